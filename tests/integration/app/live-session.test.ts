import { copyFileSync, mkdirSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { turn } from "../../../src/adapters/platform/turn.ts";
import type { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listRuns } from "../../../src/adapters/sqlite/queries/runs.ts";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import { drive as driveOn } from "../../../src/app/drive.ts";
import { EXIT_CODE } from "../../../src/core/errors.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { HttpClient } from "../../../src/ports.ts";
import { tempFolder } from "../../support/kbt.ts";
import { filedRows } from "../../support/orders/filed-rows.ts";
import { finalProblems, standingProblems } from "../../support/orders/judge.ts";
import { liveSeed, watchedBy } from "../../support/orders/live-seed.ts";
import { dbOf, EAGER, liveHere, replayProblems } from "../../support/orders/live-session.ts";

// The whole `kbt live` in this process and in lockstep, judged by the exchange's own books.

const folder = tempFolder();
afterAll(() => folder.remove());

const SIM = { scenario: "edge", seed: 2, speed: "max" } as const;
const SERIES = ["KXBTC15M"];

test("I1: while a gate is shut nothing at all is asked of the exchange, and no order leaves", async () => {
  const opened = await openLocalExchange(SIM);
  const methods: string[] = [];
  const http: HttpClient = {
    request: (request, signal) => {
      methods.push(request.method);
      return opened.http.request(request, signal);
    },
  };
  const settings = { ...EAGER, "risk.bankroll_usd": "1", "risk.max_position_pct": "0" };
  const session = { env: { ...opened, http }, folder: `${folder.path}/shut`, series: SERIES };
  const result = await liveHere({ ...session, settings, sim: SIM });
  expect(result.exitCode).toBe(3);
  expect(result.error?.message).toContain("limits");
  expect(methods).toEqual([]);
});

test("what ends a start is on file as the exit code of the command", async () => {
  const opened = await openLocalExchange(SIM);
  const http: HttpClient = {
    request: (request, signal) =>
      request.url.includes("/portfolio/orders")
        ? Promise.resolve({ status: 401, headers: {}, body: "{}" })
        : opened.http.request(request, signal),
  };
  const session = { env: { ...opened, http }, folder: `${folder.path}/start`, series: SERIES };
  const result = await liveHere({ ...session, sim: SIM });
  expect(result.error?.kind).toBe("auth");
  const reader = openReader(dbOf(session.folder), { segments: false });
  expect(listRuns(reader)).toMatchObject([{ mode: "live", exitCode: EXIT_CODE.auth }]);
  reader.close();
});

test("with too little cash on the shard nothing is ordered", async () => {
  const opened = await openLocalExchange(SIM);
  const exchange = opened.sim?.simulation as LocalExchange;
  const [from, to] = [2, 0].map((exchangeIndex) => ({ exchangeIndex, subaccount: 0 }));
  const cashUd = exchange.desk.balances().find((one) => one.exchangeIndex === 2)?.availableUd ?? 0;
  expect(from && to && exchange.desk.transfer(from, to, cashUd - 1_000_000)).toBe(true);
  // Reads lag: some time ago.
  opened.sim?.clock.moveTo(opened.clock.nowMs() + 10_000);
  exchange.runUntil(opened.clock.nowMs());
  const session = { env: opened, folder: `${folder.path}/poor`, series: SERIES, sim: SIM };
  const result = await liveHere({ ...session, untilMs: opened.clock.nowMs() + 20_000 });
  expect(result).toMatchObject({ exitCode: 0, data: { orders: 0 } });
  expect(result.data).toHaveProperty(["by_reason", "risk.cash"]);
  expect(exchange.desk.orders()).toEqual([]);
});

test("I32: stopped in the middle it takes back what rests, proves it, and ends with 0", async () => {
  const opened = await openLocalExchange(SIM);
  const exchange = opened.sim?.simulation as LocalExchange;
  const stop = new AbortController();
  const simulation = watchedBy(exchange, () => {
    const rests = exchange.desk.orders().some(({ status }) => status === "resting");
    if (rests) stop.abort(new DOMException("stopped", "AbortError"));
  });
  const env = { ...opened, sim: opened.sim === null ? null : { ...opened.sim, simulation } };
  const session = { env, folder: `${folder.path}/stopped`, series: SERIES, sim: SIM };
  const result = await liveHere({ ...session, signal: stop.signal });
  expect(stop.signal.aborted).toBe(true);
  expect(result).toMatchObject({ exitCode: 0, data: { verified_empty: true, resting: [] } });
  expect(standingProblems(exchange)).toEqual([]);
});

test("I5, I22: what a killed run's order has filled is booked before positions are compared, and the first start goes on", async () => {
  const opened = await openLocalExchange(SIM);
  const exchange = opened.sim?.simulation as LocalExchange;
  const [before, after] = [`${folder.path}/before`, `${folder.path}/after`];
  mkdirSync(after);
  const kill = new AbortController();
  const http: HttpClient = {
    request: (request, signal) => {
      // The disk as a SIGKILL would leave it: the order is on its way, and nobody here will hear what comes of it.
      if (request.method === "POST" && exchange.desk.fills().length === 0) {
        for (const end of ["", "-wal"]) copyFileSync(dbOf(before) + end, dbOf(after) + end);
      }
      return opened.http.request(request, signal);
    },
  };
  const simulation = watchedBy(exchange, () => {
    if (exchange.desk.fills().length > 0) kill.abort(new DOMException("killed", "AbortError"));
  });
  const sim = opened.sim === null ? null : { ...opened.sim, simulation };
  const env = { ...opened, http, sim };
  await liveHere({ env, folder: before, series: SERIES, sim: SIM, signal: kill.signal });
  expect(exchange.desk.fills().length).toBeGreaterThan(0);
  expect(filedRows(dbOf(after)).fills).toEqual([]);

  // An exchange that goes on beside the next run, as any but that of --sim does: there the past is looked up.
  const over = new AbortController();
  const real = { monoMs: () => Date.now(), turn, sleep: (ms: number) => wait(ms) };
  const clock = opened.sim?.clock as VirtualClock;
  const drive = { simulation: exchange, clock, speed: 20, real, onTime: () => {} };
  const driven = driveOn(drive, over.signal);
  const untilMs = clock.nowMs() + 15_000;
  const next = { env: { ...opened, sim: null }, folder: after, series: SERIES, sim: null };
  const result = await liveHere({ ...next, untilMs });
  over.abort(new DOMException("over", "AbortError"));
  await driven;
  expect(result).toMatchObject({ exitCode: 0, data: { verified_empty: true } });
  expect(finalProblems(exchange, filedRows(dbOf(after)))).toEqual([]);
  // What is left of an earlier run is where a replay starts from too.
  expect(await replayProblems(next)).toEqual([]);
});

test("I2 to I9, I28, I30, I32, I39: a minute of the whole session in chaos, as it is shipped, and its replay", async () => {
  const end = await liveSeed({ seed: 1, minutes: 1, folder: `${folder.path}/chaos` });
  expect(end.problems, "npm run soak:live -- --seed 1 --minutes 1").toEqual([]);
  expect(end.steps).toBeGreaterThan(100);
}, 120_000);

test("X3: nothing is bought while the crypto shard pauses, although the exchange as a whole trades and would take it", async () => {
  const opened = await openLocalExchange(SIM);
  const untilMs = opened.clock.nowMs() + 60_000;
  const resumesMs = untilMs - 30_000;
  const stop = new AbortController();
  const sentMs: number[] = [];
  const http: HttpClient = {
    request: async (request, signal) => {
      if (request.method === "POST" && request.url.endsWith("/portfolio/events/orders")) {
        sentMs.push(opened.clock.nowMs());
        stop.abort(new DOMException("seen enough", "AbortError"));
      }
      const response = await opened.http.request(request, signal);
      const isPaused = opened.clock.nowMs() < resumesMs;
      if (!isPaused || !request.url.endsWith("/exchange/status")) return response;
      const shard = { exchange_index: 2, exchange_active: true, trading_active: false };
      const status = { ...JSON.parse(response.body), exchange_index_statuses: [shard] };
      return { ...response, body: JSON.stringify(status) };
    },
  };
  const session = { env: { ...opened, http }, folder: `${folder.path}/paused`, series: SERIES };
  const result = await liveHere({ ...session, sim: SIM, untilMs, signal: stop.signal });
  expect(result.exitCode).toBe(0);
  expect(sentMs.length).toBeGreaterThan(0);
  expect(Math.min(...sentMs)).toBeGreaterThanOrEqual(resumesMs);
});

test("I30, R9: a purchase that takes is in the run's group; refused because of the key, it latches and the run ends with 4", async () => {
  const opened = await openLocalExchange(SIM);
  const stop = new AbortController();
  const bodies: string[] = [];
  const http: HttpClient = {
    request: (request, signal) => {
      // What the latch does first.
      if (request.method === "PUT") stop.abort(new DOMException("latched", "AbortError"));
      if (request.method !== "POST" || !request.url.endsWith("/portfolio/events/orders")) {
        return opened.http.request(request, signal);
      }
      bodies.push(request.body ?? "");
      const body = JSON.stringify({ error: { code: "forbidden", message: "forbidden" } });
      return Promise.resolve({ status: 403, headers: {}, body });
    },
  };
  const session = { env: { ...opened, http }, folder: `${folder.path}/auth`, series: SERIES };
  const settings = { ...EAGER, "strategy.threshold-ev.entry": "taker" };
  const untilMs = opened.clock.nowMs() + 60_000;
  const result = await liveHere({ ...session, settings, sim: SIM, untilMs, signal: stop.signal });
  expect(bodies.map((body) => JSON.parse(body))).toMatchObject([
    { time_in_force: "immediate_or_cancel", order_group_id: expect.stringMatching(/./) },
  ]);
  expect(result).toMatchObject({ exitCode: 4, data: { latched: ["auth"], verified_empty: true } });
  expect(result.error).toMatchObject({ kind: "auth", code: "LATCHED" });
});

test("R14: a list of what rests that has no end is no list: nothing is traded", async () => {
  const opened = await openLocalExchange(SIM);
  const methods: string[] = [];
  const http: HttpClient = {
    request: async (request, signal) => {
      methods.push(request.method);
      const response = await opened.http.request(request, signal);
      if (!request.url.includes("/portfolio/orders?")) return response;
      return { ...response, body: JSON.stringify({ orders: [], cursor: "again" }) };
    },
  };
  const session = { env: { ...opened, http }, folder: `${folder.path}/endless`, series: SERIES };
  const result = await liveHere({ ...session, sim: SIM, windows: 1 });
  expect(result).toMatchObject({ exitCode: 3, error: { code: "LIVE_REFUSED" } });
  expect(result.error?.message).toContain("reconcile");
  expect(new Set(methods)).toEqual(new Set(["GET"]));
});

import { afterAll, expect, test } from "vitest";
import { openLocalExchange } from "../../../src/app/compose/local-exchange.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { HttpClient } from "../../../src/ports.ts";
import { tempFolder } from "../../support/kbt.ts";
import { standingProblems } from "../../support/orders/judge.ts";
import { liveSeed, watchedBy } from "../../support/orders/live-seed.ts";
import { EAGER, liveHere } from "../../support/orders/live-session.ts";

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

test("I2 to I9, I28, I30, I32: a minute of the whole session in chaos, as it is shipped", async () => {
  const end = await liveSeed({ seed: 1, minutes: 1, folder: `${folder.path}/chaos` });
  expect(end.problems, "npm run soak:live -- --seed 1 --minutes 1").toEqual([]);
  expect(end.steps).toBeGreaterThan(100);
}, 120_000);

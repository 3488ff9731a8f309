import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import type { FaultRule } from "../../src/exchange/faults/fault-rule.ts";
import { kbt, type Ran, rows, tempFolder } from "../support/kbt.ts";

// `kbt live` as a process: against an exchange inside it, and against one in another process, which lives on when a client
// is killed and whose books are the judge.

const BIN = resolve(import.meta.dirname, "../../bin/kbt.js");
const folder = tempFolder();
const cwd = folder.path;
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  folder.remove();
});

/** Waits in the book for a little edge in hourly markets, of which there are many, up to their close: something rests nearly always. */
const EAGER = `--series KXBTCD --confirm-live KXBTCD --set strategy.threshold-ev.entry=maker
  --set strategy.threshold-ev.ev_min=0.001 --set strategy.threshold-ev.no_new_entries_last_seconds=5 --set risk.max_open_positions=3 --set risk.max_daily_loss_pct=1
  --set live.orders_per_market_hour=1000 --set live.orders_per_market_day=1000 --set live.duplicate_s=0
  --set live.max_rolling_loss_pct=1 --set live.max_drawdown_pct=1 --set live.loss_streak=1000 --set live.repeats_max=1000 --set live.loop_lag_ms=60000 --set live.disk_free_mb=0`.split(
  /\s+/,
);
const ARMED = { TRADING_ENABLED: "1" };

test("against the exchange in the process it trades, ends on its own and proves that nothing rests", async () => {
  const args = ["live", "--sim", "--sim-speed", "20", "--seconds", "8", "--db", "sim.sqlite"];
  const { code, stdout } = await kbt([...args, ...EAGER, "--json"], { cwd, env: ARMED });
  const { data, ok } = JSON.parse(stdout);
  expect(data).toMatchObject({ verified_empty: true, in_doubt: [], resting: [], latched: [] });
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  const open = "SELECT count(*) FROM orders WHERE state IN ('pending', 'resting', 'unknown')";
  expect(rows(`${cwd}/sim.sqlite`, open)).toEqual([[0]]);
}, 60_000);

interface Ledger {
  readonly orders: readonly { readonly clientOrderId: string; readonly status: string }[];
  readonly fills: readonly { readonly tradeId: string }[];
  readonly violationCounts: Readonly<Record<string, number>>;
}

/** The local exchange in a process of its own: how to reach it, and its books. */
async function exchange() {
  const env = { PATH: process.env["PATH"] ?? "", HOME: cwd };
  const child = spawn(process.execPath, [BIN, "sim", "--json"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const { data } = JSON.parse(String(line));
  return {
    env: {
      ...ARMED,
      KALSHI_REST_URL: data.rest_url,
      KALSHI_WS_URL: data.ws_url,
      COINBASE_WS_URL: data.coinbase_ws_url,
      KBT_COINBASE__REST_URL: data.coinbase_rest_url,
      KALSHI_API_KEY_ID: data.key_id,
      KALSHI_PRIVATE_KEY_PATH: data.key_path,
    },
    /** Nobody there answers while it stands still. */
    pause: (isPaused: boolean) => void child.kill(isPaused ? "SIGSTOP" : "SIGCONT"),
    ledger: async () => (await (await fetch(`${data.control_url}/ledger`)).json()) as Ledger,
    /** What will go wrong there. */
    fault: async (rule: FaultRule) => {
      const body = JSON.stringify(rule);
      const { ok } = await fetch(`${data.control_url}/faults`, { method: "POST", body });
      expect(ok).toBe(true);
    },
  };
}

/** What a start reads before its first event, each with what may go wrong with it once. */
const PASSING: readonly FaultRule[] = [
  { fault: "http_status", match: { path: "*/series/KXBTCD" }, params: { status: 429 } },
  { fault: "http_status", match: { path: "*/portfolio/orders" }, params: { status: 503 } },
  { fault: "http_body", match: { path: "*/user_data_timestamp" }, params: { how: "truncated" } },
  { fault: "http_lost", match: { path: "*/portfolio/positions" }, params: { how: "reset" } },
];

test("a start asks again for what it reads, and says what went wrong", async () => {
  const { env, fault } = await exchange();
  for (const rule of PASSING) await fault({ ...rule, when: { times: 1 } });
  const args = ["live", "--db", "again.sqlite", "--seconds", "2", "--json", ...EAGER];
  const log = { KBT_STORAGE__LOG_PATH: "again.jsonl" };
  const { code, stdout } = await kbt(args, { cwd, env: { ...env, ...log } });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, data: { verified_empty: true } });
  expect(code).toBe(0);
  const lines = readFileSync(`${cwd}/again.jsonl`, "utf8").trim().split("\n");
  const again = lines.map((line) => JSON.parse(line)).filter(({ ev }) => ev === "start.again");
  expect(again.map(({ msg }) => msg)).toEqual([
    expect.stringContaining("answered 429"),
    expect.stringContaining("answered 503"),
    expect.stringContaining("is not JSON"),
    expect.stringContaining("no answer from 127.0.0.1"),
  ]);
}, 60_000);

test("a start that is refused four times in a row says so", async () => {
  const { env, fault } = await exchange();
  await fault({ fault: "http_status", match: { path: "*/portfolio/orders" } });
  const args = ["live", "--db", "away.sqlite", "--seconds", "2", "--json", ...EAGER];
  const { code, stdout } = await kbt(args, { cwd, env });
  expect(code).toBe(5);
  expect(JSON.parse(stdout).error).toMatchObject({ code: "EXCHANGE_UNAVAILABLE" });
}, 60_000);

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error(`waited too long for ${what}`);
}

test("I3, I17, I30, I31: a killed client is found out by the next one, of which there is one, and kbt kill ends it", async () => {
  const { env, ledger, pause } = await exchange();
  const args = ["live", "--db", "live.sqlite", ...EAGER];
  const resting = async (): Promise<number> =>
    (await ledger()).orders.filter(({ status }) => status === "resting").length;
  const hasEnded: Promise<Ran>[] = [];
  const start = (): { kill(signal: NodeJS.Signals): void } => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env },
    });
    started.push(child);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    hasEnded.push(once(child, "exit").then(([code]) => ({ code, stdout: "", stderr })));
    return { kill: (signal) => void child.kill(signal) };
  };

  const first = start();
  await until("an order that rests", async () => (await resting()) > 0);
  first.kill("SIGKILL");
  await hasEnded[0];
  const left = (await ledger()).orders.filter(({ status }) => status === "resting");

  start();
  // What the first one left behind is taken back before anything else happens.
  await until("the end of what was left", async () => {
    const now = new Map((await ledger()).orders.map((one) => [one.clientOrderId, one.status]));
    return left.every(({ clientOrderId }) => now.get(clientOrderId) !== "resting");
  });
  const second = await kbt(args, { cwd, env });
  expect(second.code).toBe(3);
  expect(second.stderr).toMatch(/missing: .*lock/);
  await until("another order that rests", async () => (await resting()) > 0);

  const killed = await kbt(["kill", "--db", "live.sqlite", "--json"], { cwd, env });
  expect(killed.code).toBe(0);
  expect(JSON.parse(killed.stdout).data).toMatchObject({ verified_empty: true, resting: [] });
  // The process sees the file, takes everything back and ends; the latch outlives it.
  expect((await hasEnded[1])?.code).toBe(3);
  expect(await resting()).toBe(0);
  const again = await kbt(args, { cwd, env });
  expect(again.code).toBe(3);
  expect(again.stderr).toMatch(/missing: latch, kill/);

  const status = await kbt(["status", "--db", "live.sqlite", "--json"], { cwd, env });
  expect(JSON.parse(status.stdout).data).toMatchObject({
    processes: [],
    open_orders: [],
    latches: [{ mode: "live", kind: "kill" }],
    kill_file: expect.stringContaining("live.sqlite.KILL"),
  });

  const books = await ledger();
  expect(books.violationCounts).toEqual({});
  const db = `${cwd}/live.sqlite`;
  const ids = rows(db, "SELECT client_order_id FROM orders").flat();
  for (const { clientOrderId } of books.orders) expect(ids).toContain(clientOrderId);
  expect(new Set(books.orders.map((one) => one.clientOrderId)).size).toBe(books.orders.length);
  expect(rows(db, "SELECT fill_id FROM fills ORDER BY 1").flat()).toEqual(
    books.fills.map(({ tradeId }) => tradeId).toSorted(),
  );
  const open = "SELECT count(*) FROM orders WHERE state IN ('pending', 'resting', 'unknown')";
  expect(rows(db, open)).toEqual([[0]]);

  // The account's own lists, and what is on file of it.
  const reconciled = await kbt(["ledger", "reconcile", "--db", "live.sqlite", "--json"], {
    cwd,
    env,
  });
  expect(JSON.parse(reconciled.stdout).data).toMatchObject({
    residues: [],
    exchange: "account",
    compared: { fills: books.fills.length },
  });
  expect(reconciled.code).toBe(0);

  const reset = await kbt(["live", "reset", "kill", "--reason", "test", "--db", "live.sqlite"], {
    cwd,
    env,
  });
  expect(reset.code).toBe(0);
  expect(existsSync(`${cwd}/live.sqlite.KILL`)).toBe(false);

  // Told twice it waits for nothing any more, and says what that may have left.
  const hasty = start();
  await until("an order that rests", async () => (await resting()) > 0);
  pause(true);
  hasty.kill("SIGINT");
  await sleep(500);
  hasty.kill("SIGINT");
  const { code, stderr } = (await hasEnded[2]) ?? {};
  pause(false);
  expect(code).toBe(130);
  expect(stderr).toContain("orders may rest until they expire: kbt kill");
}, 200_000);

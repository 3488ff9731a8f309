import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import type { MarketEvent } from "../../src/core/events.ts";
import { price, qty } from "../../src/core/units.ts";
import { aMarket } from "../support/builders.ts";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// A file that has grown for a while, and the commands that keep it small and give it back.

const folder = tempFolder();
afterAll(() => folder.remove());

/** 2026-01-05T00:00:00Z: months before the local exchange's time. */
const OLD_MS = 1_767_571_200_000;
const OLD = "KXBTC15M-26JAN050015-15";
const DELTAS = 2_500;

const delta = (n: number): MarketEvent => ({
  type: "delta",
  ticker: OLD,
  sid: 3,
  seq: n,
  side: n % 2 === 0 ? "yes" : "no",
  price: price(4_100),
  delta: qty(n % 3 === 0 ? -250 : 100 * n),
  exchangeMs: n % 5 === 0 ? null : OLD_MS + n - 3,
  recvMs: OLD_MS + n,
});

async function oldRun(path: string): Promise<void> {
  const run = {
    mode: "collect",
    startedMs: OLD_MS,
    version: "0",
    config: {},
    command: "x",
  } as const;
  const recorder = createRecorder({ path, env: "sim", run, nowMs: () => OLD_MS + 900_000 });
  const market = aMarket({ ticker: OLD, openMs: OLD_MS, closeMs: OLD_MS + 900_000 });
  recorder.event({ type: "market", market, recvMs: OLD_MS });
  for (let n = 1; n <= DELTAS; n++) recorder.event(delta(n));
  for (let n = 0; n < 40; n++) recorder.event({ type: "wake", recvMs: OLD_MS + n * 1_000 });
  await recorder.close(0);
}

interface Collected {
  readonly data: {
    readonly bytes_stored: number;
    readonly bytes_per_day: number;
    readonly estimated_bytes_per_day: number;
    readonly bytes_clock: string;
    readonly other_runs_wrote: boolean;
    readonly upkeep: {
      readonly removed: Readonly<Record<string, number>>;
      readonly packed_deltas: number;
      readonly bytes_freed: number;
    } | null;
  };
}

async function collect(db: string, ...args: readonly string[]): Promise<Collected["data"]> {
  const ran = await kbt(["collect", "--sim", "--seconds", "3", "--json", "--db", db, ...args], {
    cwd: folder.path,
    env: { KBT_STORAGE__COMPACT_AFTER_HOURS: "24" },
  });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return (JSON.parse(ran.stdout) as Collected).data;
}

describe("a long recording", () => {
  const db = `${folder.path}/long.sqlite`;
  beforeAll(() => oldRun(db));

  test("collect packs old deltas beside what it records", async () => {
    const { upkeep } = await collect(db);
    expect(upkeep).toMatchObject({ removed: {}, packed_deltas: DELTAS });
    expect(upkeep?.bytes_freed).toBeGreaterThan(30_000);
    expect(rows(db, "SELECT sum(n) FROM delta_segments")).toEqual([[DELTAS]]);
    expect(rows(db, "SELECT count(*) FROM deltas WHERE ev < 20000000000")).toEqual([[0]]);
    expect(rows(db, "SELECT count(*) > 0 FROM deltas")).toEqual([[1]]);
  });

  test("collect --retain thins it and says so, in the file too", async () => {
    const { upkeep } = await collect(db, "--retain", "48");
    expect(upkeep?.removed).toEqual({ kalshi_orderbook_deltas: DELTAS, wakes: 40 });
    expect(rows(db, "SELECT count(*) FROM delta_segments")).toEqual([[0]]);
    expect(rows(db, "SELECT table_name, rows FROM thinned WHERE run_id = 1")).toEqual([
      ["kalshi_orderbook_deltas", DELTAS],
      ["wakes", 40],
    ]);
    const ran = await kbt(["collect", "--sim", "--seconds", "1", "--db", db, "--retain", "48"], {
      cwd: folder.path,
    });
    expect(ran.stdout).toContain("packed 0 deltas of closed markets; 0 B free for reuse\n");
  });

  test("collect says what a day of it takes, measured and estimated", async () => {
    const args = ["collect", "--sim", "--sim-speed", "60", "--seconds", "4", "--db", "size.sqlite"];
    const plain = await kbt(args, { cwd: folder.path });
    expect(plain.stdout).toMatch(
      /\nstored [\d.]+ [kM]B in [\d.]+ s of exchange time: [\d.]+ [MG]B an exchange day at this rate \(estimate for these feeds: [\d.]+ [MG]B\)\n/,
    );
    const data = await collect("size.sqlite", "--sim-speed", "60");
    expect(data).toMatchObject({ bytes_clock: "exchange", other_runs_wrote: false });
    expect(data.bytes_stored).toBeGreaterThan(10_000);
    const ratio = data.bytes_per_day / data.estimated_bytes_per_day;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test("hours that are no number are a usage error", async () => {
    const ran = await kbt(["collect", "--sim", "--retain", "-1", "--db", db], { cwd: folder.path });
    expect(ran.code).toBe(2);
  });
});

type Cell = string | number | null;

describe("ledger export", () => {
  const db = `${folder.path}/export.sqlite`;
  const HEAD = "ev,run_id,ticker,sid,seq,side,price_cc,delta_cq,exchange_ms,recv_ms";
  const COLUMNS = `SELECT ${HEAD} FROM kalshi_orderbook_deltas ORDER BY ev`;
  let plain: Cell[][] = [];
  const give = (...args: readonly string[]) =>
    kbt(["ledger", "export", "--what", "deltas", "--db", db, ...args], { cwd: folder.path });

  beforeAll(async () => {
    await oldRun(db);
    plain = rows(db, COLUMNS) as Cell[][];
    await collect(db);
    plain = [...plain, ...(rows(db, COLUMNS) as Cell[][])];
    expect(rows(db, "SELECT sum(n) FROM delta_segments")).toEqual([[DELTAS]]);
    expect(plain.length).toBeGreaterThan(DELTAS);
  });

  test("gives packed and plain deltas back as the rows they were, as CSV", async () => {
    const ran = await give();
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const lines = ran.stdout.split("\n");
    expect(lines.shift()).toBe(HEAD);
    expect(lines.pop()).toBe("");
    expect(lines).toEqual(plain.map((row) => row.map((cell) => cell ?? "").join(",")));
    expect((await give("--format", "csv")).stdout).toBe(ran.stdout);
  });

  test("as JSON, between two times", async () => {
    const until = new Date(OLD_MS + 1_700).toISOString();
    const ran = await give("--format", "json", "--until", until);
    const list = JSON.parse(ran.stdout) as Record<string, unknown>[];
    expect(list).toHaveLength(1_700);
    expect(list.map((row) => Object.values(row))).toEqual(plain.slice(0, 1_700));
    expect(Object.keys(list[0] ?? {}).join(",")).toBe(HEAD);
    const since = await give("--format", "json", "--until", until, "--since", until);
    expect(JSON.parse(since.stdout)).toEqual(list.slice(-1));
    const none = await give("--format", "json", "--until", "2020-01-01");
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  test("as one document with --json", async () => {
    const ran = await give("--json", "--until", new Date(OLD_MS + 5).toISOString());
    const document = JSON.parse(ran.stdout) as { data: unknown[] };
    expect(document).toMatchObject({ schema: "kbt.ledger/v1", ok: true, error: null });
    expect(document.data).toHaveLength(5);
    expect(document.data[2]).toEqual({
      ev: 10_000_000_003,
      run_id: 1,
      ticker: OLD,
      sid: 3,
      seq: 3,
      side: "no",
      price: "0.4100",
      delta: "-2.50",
      exchange: "2026-01-05T00:00:00.000Z",
      exchange_ms: OLD_MS,
      recv: "2026-01-05T00:00:00.003Z",
      recv_ms: OLD_MS + 3,
    });
  });

  test.each([
    [["ledger", "export"], "ledger export needs --what"],
    [["ledger", "export", "--what", "deltas", "--format", "csv", "--json"], "one JSON document"],
    [["ledger", "orders", "--format", "csv"], "ledger orders does not export"],
    [["ledger", "export", "--what", "secrets"], "deltas"],
  ])("%j is a usage error", async (args, text) => {
    const ran = await kbt([...args, "--db", db], { cwd: folder.path });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(text);
  });
});

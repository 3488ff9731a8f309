import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { Book } from "../../src/core/book.ts";
import type { Level } from "../../src/core/events.ts";
import { type Price, price, qty, type Side } from "../../src/core/units.ts";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SHARED = resolve(ROOT, "../shared/data/kalshi/ws-btc15m");
const EXCERPT = resolve(ROOT, "tests/fixtures/recordings/20260515T023655Z-excerpt.jsonl");
const TABLES = {
  orderbook_snapshot: "kalshi_orderbook_snapshots",
  orderbook_delta: "kalshi_orderbook_deltas",
  ticker: "kalshi_tickers",
  trade: "kalshi_trades",
};

interface Line {
  readonly frame?: { readonly type: string };
}

function framesOf(file: string): Record<keyof typeof TABLES, number> {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const counts = { orderbook_snapshot: 0, orderbook_delta: 0, ticker: 0, trade: 0 };
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const type = (JSON.parse(line) as Line).frame?.type ?? "";
    if (type in counts) counts[type as keyof typeof counts]++;
  }
  return counts;
}

/** Rows of one run, by the type of frame that they came from. */
function storedIn(db: string, run = 1): Record<string, number> {
  return Object.fromEntries(
    Object.entries(TABLES).map(([type, table]) => [
      type,
      Number(rows(db, `SELECT count(*) FROM ${table} WHERE ev / 10000000000 = ${run}`)[0]?.[0]),
    ]),
  );
}

type BookRow = [
  ev: number,
  kind: string,
  ticker: string,
  side: Side,
  at: number,
  size: number,
  yes: string,
  no: string,
  ms: number,
];
type TickerRow = [ticker: string, bid: number, ask: number, ms: number];

const levelsOf = (json: string): Level[] =>
  (JSON.parse(json) as [number, number][]).map(([at, size]) => [price(at), qty(size)]);

/** Share of ticker rows whose bid and ask the rebuilt book showed within 1.5 s of their time. */
function tickerAgreement(db: string, run: number): number {
  const states = new Map<string, { ms: number; bid: number; ask: number }[]>();
  const books = new Map<string, Book>();
  const events = rows(
    db,
    `SELECT ev, 'delta', ticker, side, price_cc, delta_cq, '', '', exchange_ms FROM kalshi_orderbook_deltas WHERE run_id = ${run}
     UNION ALL SELECT ev, 'snapshot', ticker, '', 0, 0, yes_levels, no_levels, recv_ms FROM kalshi_orderbook_snapshots WHERE run_id = ${run} ORDER BY 1`,
  ) as BookRow[];
  for (const [, kind, ticker, side, at, size, yes, no, ms] of events) {
    const book = books.get(ticker) ?? new Book();
    books.set(ticker, book);
    if (kind === "snapshot") book.replace(levelsOf(yes), levelsOf(no), ms);
    else expect(book.apply(side, at as Price, qty(size), ms)).toBe(true);
    const list = states.get(ticker) ?? [];
    states.set(ticker, list);
    list.push({ ms, bid: book.bid("yes") ?? 0, ask: book.ask("yes") ?? 10_000 });
  }
  const tickers = rows(
    db,
    `SELECT ticker, yes_bid_cc, yes_ask_cc, exchange_ms FROM kalshi_tickers WHERE run_id = ${run}`,
  ) as TickerRow[];
  const agreeing = tickers.filter(([ticker, bid, ask, ms]) => {
    const list = states.get(ticker) ?? [];
    // The state before the window counts too: it was still standing when the window began.
    const first = Math.max(0, list.findIndex((state) => state.ms >= ms - 1_500) - 1);
    for (let i = first; i < list.length && (list[i]?.ms ?? 0) <= ms + 1_500; i++) {
      if (list[i]?.bid === bid && list[i]?.ask === ask) return true;
    }
    return false;
  });
  return agreeing.length / Math.max(1, tickers.length);
}

describe("a recording", () => {
  const folder = tempFolder();
  afterAll(() => folder.remove());

  test("collect over sockets stores every frame, ends by itself and is done", async () => {
    const db = `${folder.path}/collect.sqlite`;
    const args = [
      "collect",
      "--kalshi",
      `--sim=replay:${EXCERPT}`,
      "--seconds",
      "0",
      "--sim-speed",
      "30",
      "--db",
      db,
    ];
    const { code, stdout } = await kbt(args, { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toContain("ended with the recording");
    expect(stdout).toContain("definition of done: met");
    expect(storedIn(db)).toEqual(framesOf(EXCERPT));
  }, 30_000);

  test("one that breaks off is stored up to there, exit 7", async () => {
    const file = `${folder.path}/cut.jsonl`;
    const db = `${folder.path}/cut.sqlite`;
    writeFileSync(file, readFileSync(EXCERPT).subarray(0, 40_050));
    const args = [
      "collect",
      "--kalshi",
      `--sim=replay:${file}`,
      "--seconds",
      "0",
      "--sim-speed",
      "max",
    ];
    const { code, stderr } = await kbt([...args, "--db", db, "--quiet"], { cwd: folder.path });
    expect(code).toBe(7);
    expect(stderr).toMatch(
      /^error\[CAPTURE_TRUNCATED\] \S*cut\.jsonl ends in the middle of line \d+ [^\n]+\n$/,
    );
    expect(storedIn(db)["orderbook_delta"]).toBeGreaterThan(50);
  });
});

interface IndexRow {
  readonly file: string;
  readonly market_ticker: string;
  readonly close_time: string;
  readonly first_recv_ns: string;
  readonly last_recv_ns: string;
  readonly next_floor_strike: number | null;
  readonly derived_result: string | null;
}

const isThere = existsSync(`${SHARED}/index.json`);
// Two of them here, one without and one with a change of market in it; all when asked for.
const isAll = process.env["KBT_TEST_ALL_CAPTURES"] === "1";
const CHOSEN = new Set(["20260511T121731Z.jsonl.gz", "20260515T023655Z.jsonl.gz"]);
const files = isThere
  ? readdirSync(SHARED).filter((name) => name.endsWith(".gz") && (isAll || CHOSEN.has(name)))
  : [];
const index = isThere
  ? (JSON.parse(readFileSync(`${SHARED}/index.json`, "utf8")) as IndexRow[])
  : [];

describe.skipIf(!isThere)(
  isThere
    ? isAll
      ? "every recorded session"
      : "two of the recorded sessions"
    : "SKIPPED: ../shared/data absent",
  () => {
    const folder = tempFolder();
    const all = `${folder.path}/all.sqlite`;
    afterAll(() => folder.remove());

    test.each(files)(
      "%s: each frame stored, the book agrees with the ticker, evaluated each second, settled as known",
      async (file) => {
        const replay = [`--sim=replay:${SHARED}/${file}`, "--sim-speed", "max", "--quiet"];
        const { code } = await kbt(["paper", ...replay, "--db", all], { cwd: folder.path });
        const run = files.indexOf(file) + 1;
        expect(code).toBe(0);
        expect(storedIn(all, run)).toEqual(framesOf(`${SHARED}/${file}`));
        expect(tickerAgreement(all, run)).toBeGreaterThan(0.99);
        for (const row of index.filter((one) => one.file === file)) {
          const close = Date.parse(row.close_time) / 1000;
          const from = Math.ceil(Number(row.first_recv_ns) / 1e9) + 1;
          const to = Math.min(Math.floor(Number(row.last_recv_ns) / 1e9), close) - 1;
          const seconds = rows(
            all,
            `SELECT count(DISTINCT at_ms / 1000) FROM opportunities WHERE ticker = '${row.market_ticker}' AND at_ms / 1000 BETWEEN ${from} AND ${to}`,
          );
          expect(seconds).toEqual([[to - from + 1]]);
          const settled = rows(
            all,
            `SELECT result, CAST(expiration_value AS REAL), final FROM settlements WHERE ticker = '${row.market_ticker}'`,
          );
          expect(settled).toEqual(
            row.derived_result === null ? [] : [[row.derived_result, row.next_floor_strike, 1]],
          );
        }
      },
      60_000,
    );

    test("collect over a change of market is done, with the reconnect as its only hole", async () => {
      const file = `${SHARED}/20260511T121731Z.jsonl.gz`;
      const db = `${folder.path}/collect.sqlite`;
      const { code, stdout } = await kbt(
        [
          "collect",
          "--kalshi",
          "--coinbase",
          `--sim=replay:${file}`,
          "--seconds",
          "0",
          "--sim-speed",
          "max",
          "--db",
          db,
        ],
        { cwd: folder.path },
      );
      expect(code).toBe(0);
      expect(stdout).toContain("definition of done: met");
      expect(storedIn(db)).toEqual(framesOf(file));
      expect(rows(db, "SELECT reason FROM feed_gaps")).toEqual([["disconnect"]]);
    }, 30_000);

    test("calibrate scores model against market over all of them together", async () => {
      const { code, stdout } = await kbt(["calibrate", "--json", "--db", all], {
        cwd: folder.path,
      });
      expect(code).toBe(0);
      const { data } = JSON.parse(stdout);
      const known = index.filter((row) => files.includes(row.file) && row.derived_result !== null);
      expect(known.length).toBeGreaterThan(0);
      expect(data.coverage.settledWindows).toBe(known.length);
      expect(data.report.all.scored).toBeGreaterThan(isAll ? 5 : 0);
    });
  },
);

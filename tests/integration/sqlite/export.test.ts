import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type ExportName,
  type ExportRange,
  exportOf,
} from "../../../src/adapters/sqlite/export/pages.ts";
import { createHistoryStore } from "../../../src/adapters/sqlite/history-store.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { EXPORT_WHATS } from "../../../src/app/context.ts";
import { csvRows } from "../../../src/app/export-format.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";
import { parseCsv } from "../../support/csv.ts";
import { aLeg, anOpportunity, anOrder, EVENTS, T0, TICKER } from "./support.ts";

type Cell = string | number | null;

const folder = mkdtempSync(join(tmpdir(), "kbt-export-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than a page of what feeds said, two decisions, an order with its legs, and minutes of a market. */
async function aFile(): Promise<string> {
  const path = join(folder, "kbt.sqlite");
  for (const mode of ["collect", "paper"] as const) {
    const run = { mode, startedMs: T0, version: "0", config: {}, command: mode };
    const recorder = createRecorder({ path, env: "sim", run, nowMs: () => T0 + 60_000 });
    for (let n = 0; n < 1_100; n++) {
      for (const event of EVENTS) {
        const nth = { tradeId: `t-${mode}-${n}` };
        recorder.event(event.type === "trade" ? { ...event, ...nth } : event);
      }
    }
    if (mode === "paper") {
      recorder.opportunity(anOpportunity(recorder, 1, { decision: "trade", pStrategy: 0.25 }));
      recorder.opportunity(anOpportunity(recorder, 2, { yesBid: null, pMarket: null, side: null }));
      recorder.order(anOrder(recorder.runId * 1e10 + 1));
      recorder.fill(aFill({ atMs: T0 + 2_200 }));
      recorder.ledger(aLeg());
      recorder.ledger(aLeg({ status: '=refused, "for now"', orderId: null, atMs: T0 + 9_000 }));
    }
    await recorder.close(0);
  }
  const store = createHistoryStore({ path, env: "sim" });
  const minute = { open: price(10), high: price(20), low: price(5), close: price(15) };
  store.addCandles([
    {
      ticker: TICKER,
      intervalS: 60,
      endMs: T0 + 60_000,
      bid: minute,
      ask: null,
      price: null,
      volume: qty(250),
      openInterest: qty(0),
    },
  ]);
  store.close();
  return path;
}

const path = await aFile();

function exported(name: ExportName, range: ExportRange = {}): Cell[][] {
  const reader = openReader(path);
  try {
    return [...exportOf(name).pages(reader, range)].flat().map((row) => [...row]);
  } finally {
    reader.close();
  }
}

function stored(sql: string): Cell[][] {
  const reader = openReader(path);
  try {
    return reader.db.prepare<[], Cell[]>(sql).raw().all();
  } finally {
    reader.close();
  }
}

const columnsOf = (name: ExportName) => exportOf(name).columns.map((column) => column.name);
const NAMES = EXPORT_WHATS.filter((name) => name !== "capture" && name !== "lots");

/** The contract's name of each table, and the order of its rows. */
const VIEWS: readonly (readonly [ExportName, view: string, order: string])[] = [
  ["deltas", "kalshi_orderbook_deltas", "ev"],
  ["tickers", "kalshi_tickers", "ev"],
  ["public-trades", "kalshi_trades", "ev"],
  ["spots", "spot_ticks", "ev"],
  ["index", "index_ticks", "ev"],
  ["gaps", "feed_gaps", "ev"],
  ["opportunities", "opportunities", "opportunity_id"],
  ["trades", "trade_ledger", "ledger_id"],
  ["market-candles", "kalshi_candles", "end_ms"],
];

describe("an export holds", () => {
  test.each(VIEWS)("%s as %s shows them, page after page", (name, view, order) => {
    const rows = exported(name);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows).toEqual(
      stored(`SELECT ${columnsOf(name).join(", ")} FROM ${view} ORDER BY ${order}`),
    );
  });

  test("each level of each book, and a row for a book without any", () => {
    const books = stored("SELECT ev, yes_levels, no_levels FROM kalshi_orderbook_snapshots");
    const rows = exported("snapshots");
    expect(rows).toHaveLength(books.length);
    expect(rows[0]?.slice(2)).toEqual([TICKER, 7, 1, T0 + 1_006, "yes", 9_000, 12_300]);
  });

  test("each receipt of a candle, fill and settlement", () => {
    expect(exported("candles")).toHaveLength(2_200);
    expect(exported("fills").map((row) => row.slice(1))).toEqual(
      stored(`SELECT ${columnsOf("fills").slice(1).join(", ")} FROM fills`),
    );
    expect(exported("settlements").map((row) => row.slice(1))).toEqual(
      stored(`SELECT ${columnsOf("settlements").slice(1).join(", ")} FROM settlement_revisions`),
    );
  });
});

describe("every column", () => {
  test.each(NAMES)("of %s has one type in all rows, and its unit in whole numbers", (name) => {
    const { columns } = exportOf(name);
    const rows = exported(name);
    expect(rows.length).toBeGreaterThan(0);
    for (const [at, column] of columns.entries()) {
      const found = new Set(rows.map((row) => kindOf(row[at] ?? null, column.type)));
      found.delete("null");
      expect([...found], column.name).toEqual(found.size === 0 ? [] : [column.type]);
      if (/_(ms|cc|cq|ud)$/.test(column.name)) expect(column.type).toBe("integer");
    }
  });

  test.each(NAMES)("of %s comes back from CSV as it went in", (name) => {
    const { columns } = exportOf(name);
    const rows = exported(name);
    const format = csvRows(columnsOf(name));
    const text = format.before + rows.map((row) => format.row(row)).join("");
    const [head, ...lines] = parseCsv(text);
    expect(head).toEqual(columnsOf(name));
    const parsed = lines.map((line) =>
      line.map((cell, at) => {
        if (cell === "") return null;
        return columns[at]?.type === "text" ? cell : Number(cell);
      }),
    );
    // The one text that a spreadsheet would run keeps the mark that stops it; an empty text is like none.
    const expected = rows.map((row) =>
      row.map((cell) => {
        if (cell === "") return null;
        return typeof cell === "string" && cell.startsWith("=") ? `'${cell}` : cell;
      }),
    );
    expect(parsed).toEqual(expected);
  });
});

/** What a cell is, as the column's type would have it. */
function kindOf(cell: Cell, type: string): string {
  if (cell === null) return "null";
  if (typeof cell === "string") return "text";
  // A real number may be whole.
  return Number.isInteger(cell) && type !== "real" ? "integer" : "real";
}

describe("a range", () => {
  test("of time has both ends in it", () => {
    const all = exported("trades");
    expect(all).toHaveLength(2);
    expect(exported("trades", { since: T0 + 9_000 })).toEqual(all.slice(1));
    expect(exported("trades", { until: T0 + 3_000 })).toEqual(all.slice(0, 1));
    expect(exported("spots", { until: T0 + 1_002 })).toHaveLength(2_200);
    expect(exported("spots", { since: T0 + 1_004 })).toEqual([]);
  });

  test.each(["deltas", "snapshots", "spots", "opportunities", "trades", "fills"] as const)(
    "of a run or a mode gives %s of that alone",
    (name) => {
      const all = exported(name);
      const run = columnsOf(name).indexOf("run_id");
      const ofSecond = all.filter((row) => row[run] === 2);
      expect(ofSecond.length).toBeGreaterThan(0);
      expect(exported(name, { runId: 2 })).toEqual(ofSecond);
      expect(exported(name, { mode: "paper" })).toEqual(ofSecond);
      expect(exported(name, { mode: "live" })).toEqual([]);
    },
  );
});

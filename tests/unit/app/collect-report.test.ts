import { expect, test } from "vitest";
import { collectReport } from "../../../src/app/collect-report.ts";

const NOTHING = {
  runId: 1,
  environment: "Kalshi demo",
  feeds: [],
  end: { reason: "seconds", error: null, realMs: 10_000 },
  stored: new Map(),
  gaps: new Map(),
  delivered: new Set<string>(),
  absent: new Set<string>(),
  raw: [],
  truncated: null,
  upkeep: null,
  size: {
    bytes_stored: 0,
    bytes_per_day: null,
    estimated_bytes_per_day: null,
    bytes_clock: "real",
    bytes_seconds: 10,
    other_runs_wrote: false,
  },
} as const;

test.each<{ tickers: number; snapshots: number; notMet: readonly string[] }>([
  { tickers: 0, snapshots: 0, notMet: [] },
  { tickers: 4, snapshots: 1, notMet: [] },
  { tickers: 4, snapshots: 0, notMet: ["kalshi delivered tickers, but no order book"] },
])("$tickers tickers and $snapshots books: $notMet", ({ notMet, snapshots, tickers }) => {
  const rows = new Map([
    ["kalshi_tickers", tickers],
    ["kalshi_orderbook_snapshots", snapshots],
  ]);
  const report = collectReport({ ...NOTHING, rows });
  expect(report.not_met).toEqual(notMet);
  expect(report.definition_of_done).toBe(notMet.length === 0);
});

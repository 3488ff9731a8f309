import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { measureCaptures } from "../../../scripts/measure/captures.ts";
import {
  generatedQuotes,
  quoteStatistics,
  recordedBrackets,
} from "../../../scripts/measure/quotes.ts";
import { measureScenario } from "../../../scripts/measure/scenario.ts";
import { type Statistics, statisticsOf } from "../../../scripts/measure/statistics.ts";

const data = path.resolve(import.meta.dirname, "../../../../shared/data");
const isThere = existsSync(path.join(data, "kalshi/ws-btc15m/index.json"));

/** An hour and a half of market takes three seconds by itself, several times that beside other work. */
const TIMEOUT_MS = 60_000;

type Row = readonly [name: string, recorded: number, low: number, high: number];

/**
 * KXBTC15M as recorded on 11 to 15 May 2026 (seven sessions, thirteen markets, 475,000 deltas) with the Coinbase trades of
 * the same minutes, and the band a generated market must stay in.
 */
const CAPTURES: readonly Row[] = [
  ["deltas per second, mean", 89.9, 75, 110],
  ["deltas per second, median", 68, 50, 95],
  ["deltas per second, p90", 191, 150, 240],
  ["deltas per second, p99", 354, 270, 450],
  ["deltas per second, max", 647, 400, 1000],
  ["deltas per second, mid 20–80c, 120–300 s to close", 105, 75, 160],
  ["deltas per second, mid 20–80c, 300–600 s to close", 83, 65, 130],
  ["deltas per second, mid 20–80c, 600–900 s to close", 99.6, 75, 130],
  ["deltas per second, mid under 3c or over 97c", 44.6, 20, 60],
  ["spread in cents, mid 0–5c or its mirror, mean", 0.442, 0.3, 0.65],
  ["spread in cents, mid 5–10c or its mirror, mean", 0.544, 0.3, 0.7],
  ["spread in cents, mid 10–35c or its mirror, mean", 1.3, 1.1, 1.55],
  ["spread in cents, mid 35–65c or its mirror, mean", 1.19, 1.05, 1.45],
  ["spread in cents, mid 35–65c or its mirror, p90", 2, 2, 2],
  ["contracts at the touch, median", 435, 300, 700],
  ["contracts 1–2 ticks behind, median", 1961, 1400, 2800],
  ["contracts 3–5 ticks behind, median", 1208, 900, 2000],
  ["contracts 6–10 ticks behind, median", 1100, 800, 1900],
  ["contracts on a side, median", 71_311, 40_000, 100_000],
  ["contracts on a side, last 5 minutes, median", 37_596, 25_000, 60_000],
  ["levels on a side, median", 98, 80, 140],
  ["size added, p10", 2, 1, 5],
  ["size added, median", 76, 40, 110],
  ["size added, p90", 1000, 500, 1500],
  ["size added, p99", 4999, 3000, 7000],
  ["fractional sizes, share of deltas", 0.153, 0.1, 0.22],
  ["moves of an order, share of deltas", 0.482, 0.4, 0.56],
  ["deltas in the millisecond of another, share", 0.381, 0.28, 0.46],
  ["crossed runs per 10,000 deltas", 2.28, 0.8, 4],
  ["ticker interval in ms, p5", 659, 600, 800],
  ["ticker interval in ms, median", 1003, 950, 1060],
  ["ticker interval in ms, p95", 1407, 1200, 1500],
  ["contracts traded per second", 843, 550, 1100],
  ["tickers that report trades, share", 0.937, 0.85, 1],
  ["last trade, contracts, median", 13.9, 9, 24],
  ["last trade, contracts, p90", 107, 80, 220],
  ["last trade, share that is fractional", 0.635, 0.55, 0.72],
  ["burst at the close, deltas, median", 403, 150, 600],
  ["last delta after the close, ms, max", 835, 300, 850],
  ["empty snapshots per close", 1.17, 1, 1.5],
  ["change of the mid in a second, cents, standard deviation, mid 20–80c", 1.87, 1.2, 2.4],
  ["quote lag behind Coinbase in ms", 100, -100, 300],
  ["correlation at that lag", 0.498, 0.35, 0.65],
  ["correlation 500 ms later", 0.135, 0.05, 0.3],
];

/** KXBTC, 188 brackets an hour, on odd days of July 2026. */
const BRACKETS: readonly Row[] = [
  ["spread in cents, mid 0–5c, median", 2, 1, 3],
  ["spread in cents, mid 5–10c, median", 3, 2, 4],
  ["spread in cents, mid 10–20c, median", 3, 2, 4],
  ["spread in cents, mid 20–35c, median", 3, 2, 5],
  ["markets without a bid, share", 0.971, 0.95, 0.985],
];

function expectWithin(statistics: Statistics, rows: readonly Row[]): void {
  const outside = rows.flatMap(([name, , low, high]) => {
    const value = statistics.get(name) ?? Number.NaN;
    return value >= low && value <= high ? [] : [`${name}: ${value}, not ${low} to ${high}`];
  });
  expect(outside).toEqual([]);
}

function expectRecorded(statistics: Statistics, rows: readonly Row[]): void {
  const measured = rows.map(([name]) => [name, rounded(statistics.get(name) ?? Number.NaN)]);
  expect(measured).toEqual(rows.map(([name, recorded]) => [name, recorded]));
}

describe("a generated market is like the recorded one", () => {
  test(
    "KXBTC15M: rates, spreads, depth, sizes, tickers, trades, close and lag",
    () => {
      const run = { scenario: "fair", seed: 1, windows: 6 } as const;
      const measured = measureScenario({ ...run, series: "KXBTC15M", product: "BTC-USD" });
      expect(measured.markets).toHaveLength(6);
      expectWithin(statisticsOf(measured), CAPTURES);
    },
    TIMEOUT_MS,
  );

  test(
    "KXBTC: spreads of the hourly brackets by price",
    () => {
      const run = { scenario: "fair", seed: 1, series: "KXBTC", hours: 2 } as const;
      expectWithin(
        quoteStatistics(generatedQuotes({ ...run, looksS: [2160, 300, 240] })),
        BRACKETS,
      );
    },
    TIMEOUT_MS,
  );

  test("the bands hold what was recorded", () => {
    const wrong = [...CAPTURES, ...BRACKETS].filter(
      ([, recorded, low, high]) => recorded < low || recorded > high,
    );
    expect(wrong).toEqual([]);
  });
});

describe.skipIf(!isThere)(
  isThere ? "the recorded numbers" : "SKIPPED: ../shared/data absent, no recorded number checked",
  () => {
    test(
      "KXBTC15M: the captures give what stands here",
      () => {
        expectRecorded(statisticsOf(measureCaptures(data)), CAPTURES);
      },
      TIMEOUT_MS,
    );

    test(
      "KXBTC: the snapshots give what stands here",
      () => {
        expectRecorded(quoteStatistics(recordedBrackets(data)), BRACKETS);
      },
      TIMEOUT_MS,
    );
  },
);

/** As the numbers stand above: whole from a hundred on, else three digits. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

// Best quotes of many markets at single moments: all that is on record of the hourly brackets and of KXSOL15M.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { isObject, parseObject } from "../../src/exchange/replay/read-capture.ts";
import type { ScenarioName } from "../../src/exchange/scenario/profile.ts";
import { createScenarioWorld } from "../../src/exchange/scenario/scenario-world.ts";
import type { WorldBook } from "../../src/exchange/world.ts";
import { mean, quantile } from "./numbers.ts";
import type { Statistics } from "./statistics.ts";

/** Cents; 0 for no bid and 100 for no ask. */
export interface Quote {
  readonly bid: number;
  readonly ask: number;
  /** Contracts on the YES and on the NO side, where known. */
  readonly depth?: readonly [yes: number, no: number];
}

const BANDS = [
  [0, 5],
  [5, 10],
  [10, 20],
  [20, 35],
  [35, 65],
  [65, 90],
] as const;

/** Spread by price and the share of markets nobody bids for. */
export function quoteStatistics(quotes: readonly Quote[]): Statistics {
  const twoSided = quotes.filter(({ bid, ask }) => bid > 0 && ask < 100);
  const spreads = BANDS.flatMap(([from, to]) => {
    const rows = twoSided
      .filter(({ bid, ask }) => (bid + ask) / 2 >= from && (bid + ask) / 2 < to)
      .map(({ bid, ask }) => ask - bid);
    const name = `spread in cents, mid ${from}–${to}c`;
    return [
      [`${name}, median`, quantile(rows, 0.5)],
      [`${name}, mean`, mean(rows)],
    ] as const;
  });
  return new Map([
    ...spreads,
    ["markets without a bid, share", quotes.filter(({ bid }) => bid === 0).length / quotes.length],
    ["contracts on a side, mid 35–65c, median", middleDepth(twoSided)],
  ]);
}

function middleDepth(quotes: readonly Quote[]): number {
  const middle = quotes.filter(({ bid, ask }) => bid + ask >= 70 && bid + ask < 130);
  return quantile(
    middle.flatMap(({ depth }) => depth ?? []),
    0.5,
  );
}

function rowsOf(file: string): Readonly<Record<string, unknown>>[] {
  const lines = gunzipSync(readFileSync(file)).toString().split("\n");
  return lines.map(parseObject).filter(isObject);
}

/** The 188 KXBTC brackets of the running hour, 36 and 4 to 6 minutes before its close, July 2026. */
export function recordedBrackets(data: string): Quote[] {
  const folder = path.join(data, "kalshi/hourly-brackets");
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl.gz"));
  return files.flatMap((name) =>
    rowsOf(path.join(folder, name))
      .filter((row) => row["series"] === "KXBTC")
      .flatMap(({ current }) => (isObject(current) ? outcomesOf(current["outcomes"]) : [])),
  );
}

function outcomesOf(outcomes: unknown): Quote[] {
  if (!Array.isArray(outcomes)) return [];
  return outcomes.filter(isObject).map((outcome) => ({
    bid: 100 * Number(outcome["yes_bid"] ?? 0),
    ask: 100 * Number(outcome["yes_ask"] ?? 1),
  }));
}

/** KXSOL15M every second or so of several windows, August 2026. */
export function recordedSol(data: string): Quote[] {
  const file = path.join(data, "kalshi/crypto15m-snapshots/KXSOL15M.raw_snapshots.jsonl.gz");
  return rowsOf(file).map((row) => ({
    bid: 100 * Number(row["yb"]),
    ask: 100 * Number(row["ya"]),
    depth: [Number(row["yes_depth"]), Number(row["no_depth"])],
  }));
}

interface QuoteRun {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly series: string;
  readonly hours: number;
  /** Seconds before the close at which to look. */
  readonly looksS: readonly number[];
}

/** The same from a scenario world, at the same distances from the close. */
export function generatedQuotes(run: QuoteRun): Quote[] {
  const world = createScenarioWorld({ scenario: run.scenario, seed: run.seed });
  const quotes: Quote[] = [];
  const endMs = world.startMs + run.hours * 3_600_000;
  for (let ms = Math.ceil(world.startMs / 60_000) * 60_000; ms <= endMs; ms += 60_000) {
    world.runUntil(ms, () => {});
    for (const market of world.markets()) {
      if (market.seriesTicker !== run.series || market.status !== "active") continue;
      if (!run.looksS.includes((market.closeMs - ms) / 1000)) continue;
      const book = world.book(market.ticker);
      if (book !== undefined) quotes.push(quoteOf(book));
    }
  }
  return quotes;
}

function quoteOf({ yes, no }: WorldBook): Quote {
  return {
    bid: (yes.at(-1)?.[0] ?? 0) / 100,
    ask: 100 - (no.at(-1)?.[0] ?? 0) / 100,
    depth: [contracts(yes), contracts(no)],
  };
}

function contracts(levels: WorldBook["yes"]): number {
  return levels.reduce((sum, [, countCq]) => sum + countCq / 100, 0);
}

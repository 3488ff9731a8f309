import { readdirSync } from "node:fs";
import path from "node:path";
import type { Market, StrikeType } from "../../../src/core/market.ts";
import { probYes } from "../../../src/core/prob/market-prob.ts";
import { effectiveVariance } from "../../../src/core/prob/settlement.ts";
import { diurnalFactor, diurnalMean } from "../../../src/core/vol/seasonal.ts";
import { isObject, parseObject } from "../../../src/exchange/replay/read-capture.ts";
import { aMarket } from "../../../tests/support/builders.ts";
import { averagesApart } from "./chain.ts";
import { NORMAL, plainYes, STUDENT } from "./plain.ts";
import { csvRows, readRecording } from "./recordings.ts";
import { forecastOf, type Row } from "./scoring.ts";

// Hourly brackets: some quotes an hour of whole ladders, with Coinbase's quote of the moment and the official settlement.
// There is no tick stream, so sigma comes from the hourly settlement values that were known by then, and there is no basis.

const HOUR_MS = 3_600_000;
/** Returns that an estimate needs, and how many of them halve the weight of an older one. */
const RETURNS_MIN = 6;
const HALF_LIFE_RETURNS = 24;
const VARIANCE_S = averagesApart(3_600);
/** Relative s.d. of Coinbase against the index, as configured for BTC and ETH. */
const BASIS_SD = 1e-4;
/** Markets around spot in which the outcome is open; taken by spot alone. */
const NEAR_MARKETS = 12;
const SPREAD_MAX = 0.06;

type Json = Readonly<Record<string, unknown>>;

interface Quote {
  readonly market: Market;
  /** NaN when a side is missing or the spread is wide. */
  readonly mid: number;
}

interface Snapshot {
  readonly atMs: number;
  readonly series: string;
  readonly spotUsd: number;
  readonly closeMs: number;
  readonly event: string;
  readonly quotes: readonly Quote[];
}

interface Settled {
  readonly series: string;
  readonly closeMs: number;
  readonly valueUsd: number;
  /** When the recorder had read it. */
  readonly knownMs: number;
}

/** `season` is the product's formula: variance without its time of day, then the time of day of what is ahead. */
export type HourlySigma = "season" | "chain" | "constant";

export interface HourlyRun {
  /** The markets nearest to spot. */
  readonly near: readonly Row[];
  /** Every market with a mid that counts. */
  readonly quoted: readonly Row[];
  readonly snapshots: number;
  readonly dropped: ReadonlyMap<string, number>;
  /** Settlement in standard deviations of the model, one for each snapshot. */
  readonly standardised: readonly number[];
}

/** Prices every ladder on record with a sigma of its past; `constant` is per √second and used for BTC alone. */
export function measureHourly(data: string, sigma: HourlySigma, constant = Number.NaN): HourlyRun {
  const settled = readSettled(data);
  const snapshots = readSnapshots(data);
  const values = new Map(snapshots.values.map(([event, value]) => [event, value]));
  for (const [event, value] of settled.values) values.set(event, value);
  const near: Row[] = [];
  const quoted: Row[] = [];
  const standardised: number[] = [];
  const dropped = new Map<string, number>();
  for (const snapshot of snapshots.list) {
    const valueUsd = values.get(snapshot.event);
    const rate = sigmaAt(settled.list, snapshot, { sigma, constant });
    const tauS = (snapshot.closeMs - snapshot.atMs) / 1000;
    const reason = reasonAgainst(valueUsd, rate, tauS);
    if (reason !== null || valueUsd === undefined) {
      dropped.set(reason ?? "", (dropped.get(reason ?? "") ?? 0) + 1);
      continue;
    }
    const rows = rowsOf(snapshot, { valueUsd, sigma: rate, tauS });
    near.push(...rows.slice(0, NEAR_MARKETS));
    quoted.push(...rows.filter(({ p }) => Number.isFinite(p["market"])));
    const sd = rate * Math.sqrt(effectiveVariance({ tau: tauS }).veff);
    standardised.push(Math.log(valueUsd / snapshot.spotUsd) / sd);
  }
  return { near, quoted, snapshots: snapshots.list.length, dropped, standardised };
}

function reasonAgainst(valueUsd: number | undefined, sigma: number, tauS: number): string | null {
  if (valueUsd === undefined) return "settlement unknown";
  if (!Number.isFinite(sigma)) return "no sigma yet";
  return tauS < 60 ? "inside the last minute" : null;
}

/** Nearest market first. */
function rowsOf(
  snapshot: Snapshot,
  { sigma, tauS, valueUsd }: { valueUsd: number; sigma: number; tauS: number },
): Row[] {
  const { spotUsd } = snapshot;
  const distance = ({ market }: Quote): number => Math.abs(centreOf(market) - spotUsd);
  return snapshot.quotes
    .toSorted((a, b) => distance(a) - distance(b))
    .map(({ market, mid }) => {
      const inputs = { spotUsd, sigma, tauS };
      const known = { basisMean: 0, basisSd: BASIS_SD, known: null };
      return {
        window: `${snapshot.closeMs}`,
        ticker: market.ticker,
        tauS,
        y: isYes(market, valueUsd) ? 1 : 0,
        p: {
          model: forecastOf(
            probYes(market, { ...inputs, ...known, nu: STUDENT.nu, shape: "student" }),
          ),
          plain: plainYes(market, { ...inputs, law: NORMAL }),
          "plain, student": plainYes(market, { ...inputs, law: STUDENT }),
          market: mid,
        },
      };
    });
}

function centreOf({ capUsd, floorUsd }: Market): number {
  const [from, to] = [floorUsd ?? capUsd, capUsd ?? floorUsd];
  return ((from ?? Number.NaN) + (to ?? Number.NaN)) / 2;
}

/** Whether a settlement value lets YES win; values are whole cents, and so are the ends of a bracket. */
export function isYes({ capUsd, floorUsd, strikeType }: Market, valueUsd: number): boolean {
  const cents = Math.round(valueUsd * 100);
  const floor = floorUsd === null ? Number.NEGATIVE_INFINITY : Math.round(floorUsd * 100);
  const cap = capUsd === null ? Number.POSITIVE_INFINITY : Math.round(capUsd * 100);
  if (strikeType === "greater") return cents > floor;
  if (strikeType === "less") return cents < cap;
  return cents >= floor && cents <= cap;
}

/** Per √second, of what was known at the time of a snapshot; NaN when that is too little. */
function sigmaAt(
  settled: readonly Settled[],
  { atMs, closeMs, series }: Snapshot,
  { constant, sigma }: { sigma: HourlySigma; constant: number },
): number {
  if (sigma === "constant") return series === "KXBTC" ? constant : Number.NaN;
  const past = settled.filter((one) => one.series === series && one.knownMs <= atMs);
  let weight = 1;
  let [sum, weights, count] = [0, 0, 0];
  for (const [i, { closeMs: endMs, valueUsd }] of [...past.entries()].toReversed()) {
    const before = past[i - 1];
    if (before === undefined || endMs - before.closeMs !== HOUR_MS) continue;
    const season = sigma === "season" ? diurnalFactor(before.closeMs) : 1;
    sum += (weight * Math.log(valueUsd / before.valueUsd) ** 2) / (VARIANCE_S * season);
    weights += weight;
    weight *= 0.5 ** (1 / HALF_LIFE_RETURNS);
    count++;
  }
  if (count < RETURNS_MIN) return Number.NaN;
  const ahead = sigma === "season" ? diurnalMean(atMs, (closeMs - atMs) / 1000) : 1;
  return Math.sqrt((sum / weights) * ahead);
}

function readSettled(data: string): {
  readonly list: readonly Settled[];
  readonly values: ReadonlyMap<string, number>;
} {
  const rows = csvRows(readRecording(data, "kalshi/hourly-brackets/settlements.csv"));
  const list = rows
    .map(([event = "", closeTime = "", value, , , capturedAt = ""]) => ({
      series: event.slice(0, event.indexOf("-")),
      closeMs: Date.parse(closeTime),
      valueUsd: Number(value),
      knownMs: Date.parse(capturedAt),
    }))
    .toSorted((a, b) => a.closeMs - b.closeMs);
  return { list, values: new Map(rows.map(([event = "", , value]) => [event, Number(value)])) };
}

function readSnapshots(data: string): {
  readonly list: Snapshot[];
  readonly values: [event: string, valueUsd: number][];
} {
  const list: Snapshot[] = [];
  const values: [string, number][] = [];
  const folder = path.join(data, "kalshi/hourly-brackets");
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl.gz"));
  for (const file of files.toSorted()) {
    const text = readRecording(data, `kalshi/hourly-brackets/${file}`).toString();
    for (const row of text.split("\n").map(parseObject)) {
      if (row === undefined) continue;
      const { previous_settlement: previous } = row;
      if (isObject(previous) && Number(previous["expiration_value"]) > 0) {
        values.push([String(previous["event_ticker"]), Number(previous["expiration_value"])]);
      }
      const snapshot = snapshotOf(row);
      if (snapshot !== null) list.push(snapshot);
    }
  }
  return { list, values };
}

/** Null for a capture without a ladder. */
function snapshotOf(row: Json): Snapshot | null {
  const { current, spot } = row;
  if (!isObject(current) || !isObject(spot)) return null;
  const { close_time: closeTime, outcomes } = current;
  if (typeof closeTime !== "string" || !Array.isArray(outcomes)) return null;
  const closeMs = Date.parse(closeTime);
  const series = String(row["series"]);
  return {
    atMs: Date.parse(String(row["captured_at"])),
    series,
    spotUsd: (Number(spot["bid"]) + Number(spot["ask"])) / 2,
    closeMs,
    event: String(current["event_ticker"]),
    quotes: outcomes.filter(isObject).map((outcome) => quoteOf(outcome, series, closeMs)),
  };
}

const STRIKE_TYPES: readonly StrikeType[] = ["between", "greater", "less"];

function quoteOf(outcome: Json, series: string, closeMs: number): Quote {
  const { cap_strike: cap, floor_strike: floor, strike_type: type } = outcome;
  const [bid, ask] = [Number(outcome["yes_bid"]), Number(outcome["yes_ask"])];
  const counts = bid > 0 && ask < 1 && ask - bid <= SPREAD_MAX + 1e-9;
  return {
    market: aMarket({
      ticker: String(outcome["ticker"]),
      seriesTicker: series,
      strikeType: STRIKE_TYPES.find((each) => each === type) ?? "unknown",
      floorUsd: typeof floor === "number" ? floor : null,
      capUsd: typeof cap === "number" ? cap : null,
      openMs: closeMs - HOUR_MS,
      closeMs,
    }),
    mid: counts ? (bid + ask) / 2 : Number.NaN,
  };
}

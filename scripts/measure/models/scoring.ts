import { type ClusterMean, clusterMean } from "../../../src/core/calibration/intervals.ts";
import { mean } from "../../../src/core/calibration/scores.ts";

// Scores of several forecasts of the same outcomes, side by side by time to close. Rows are paired: one that any of the
// forecasts has no answer for is in no column (models.md §4.1).

/** One market at one moment, with what each source said and what came of it. */
export interface Row {
  /** Settlement instant, or whatever else the rows of which share an outcome: the unit of evidence. */
  readonly window: string;
  readonly ticker: string;
  readonly tauS: number;
  readonly y: 0 | 1;
  /** P(YES) by source. */
  readonly p: Readonly<Record<string, number>>;
}

/** What the model says; NaN where it says why it cannot tell, so that the row is in no column. */
export function forecastOf(said: number | string): number {
  return typeof said === "string" ? Number.NaN : said;
}

/** Times to close in seconds, `from` exclusive and `to` inclusive. */
export interface Bucket {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export const QUARTER_BUCKETS: readonly Bucket[] = bucketsOf([
  900, 720, 480, 300, 180, 120, 60, 30, 0,
]);
/** Named in minutes. */
export const HOURLY_BUCKETS: readonly Bucket[] = bucketsOf(
  [3600, 2700, 1800, 900, 600, 300, 0],
  60,
);

function bucketsOf(edges: readonly number[], unit = 1): Bucket[] {
  return edges.slice(1).map((from, i) => {
    const to = edges[i] ?? Number.NaN;
    return { name: `${to / unit}–${from / unit}`, from, to };
  });
}

/** Bucket of a time to close; undefined outside all of them. */
export function bucketOf(buckets: readonly Bucket[], tauS: number): Bucket | undefined {
  return buckets.find(({ from, to }) => tauS > from && tauS <= to);
}

/** Forecasts are kept this far from 0 and 1 in the log loss (models.md §4.2). */
const EPS = 1e-3;
/** A mid is not believed beyond these, and a forecast is held against it between them, as `kbt calibrate` does (§4.1). */
const MARKET_P_MIN = 0.005;
const MARKET = "market";

function squaredError(p: number, y: 0 | 1): number {
  return (p - y) ** 2;
}

export function logScore(p: number, y: 0 | 1): number {
  const kept = kept01(p, EPS);
  return -Math.log(y === 1 ? kept : 1 - kept);
}

function kept01(p: number, margin: number): number {
  return Math.min(1 - margin, Math.max(margin, p));
}

interface Scores {
  readonly brier: number;
  readonly logLoss: number;
}

/** How much lower the scores of one source are than those of another, positive when it is the better one. */
interface Gain {
  readonly source: string;
  readonly over: string;
  readonly brier: ClusterMean;
  readonly logLoss: ClusterMean;
}

export interface Line {
  readonly bucket: string;
  readonly windows: number;
  readonly rows: number;
  readonly scores: Readonly<Record<string, Scores>>;
  readonly gains: readonly Gain[];
}

export interface TableSpec {
  readonly buckets: readonly Bucket[];
  readonly sources: readonly string[];
  /** Pairs to be compared, the one that is expected to be better first. */
  readonly pairs: readonly (readonly [source: string, over: string])[];
}

/** A line for each bucket that has rows, and one for all of them together. */
export function scoreTable(rows: readonly Row[], spec: TableSpec): Line[] {
  const complete = rows.filter(({ p }) =>
    spec.sources.every((source) => Number.isFinite(p[source])),
  );
  const inside = complete.filter(({ tauS }) => bucketOf(spec.buckets, tauS) !== undefined);
  const groups = spec.buckets.map((bucket) => ({
    name: bucket.name,
    rows: inside.filter(({ tauS }) => bucketOf(spec.buckets, tauS) === bucket),
  }));
  return [...groups, { name: "all", rows: inside }]
    .filter((group) => group.rows.length > 0)
    .map((group) => lineOf(group.name, group.rows, spec));
}

function lineOf(bucket: string, rows: readonly Row[], spec: TableSpec): Line {
  const scores: Record<string, Scores> = {};
  for (const source of spec.sources) {
    const believed = (row: Row): number =>
      kept01(row.p[source] ?? Number.NaN, source === MARKET ? MARKET_P_MIN : 0);
    scores[source] = {
      brier: mean(rows.map((row) => squaredError(believed(row), row.y))),
      logLoss: mean(rows.map((row) => logScore(believed(row), row.y))),
    };
  }
  return {
    bucket,
    windows: new Set(rows.map(({ window }) => window)).size,
    rows: rows.length,
    scores,
    gains: spec.pairs.map(([source, over]) => gainOf(rows, source, over)),
  };
}

/** Against the market both are kept where a mid is believed, so that neither wins by the width of a clip. */
export function gainOf(rows: readonly Row[], source: string, over: string): Gain {
  const margin = source === MARKET || over === MARKET ? MARKET_P_MIN : 0;
  const cluster = rows.map(({ window }) => window);
  const gain = (score: (p: number, y: 0 | 1) => number): ClusterMean => {
    const at = (row: Row, name: string): number =>
      score(kept01(row.p[name] ?? Number.NaN, margin), row.y);
    return clusterMean({ d: rows.map((row) => at(row, over) - at(row, source)), cluster });
  };
  return { source, over, brier: gain(squaredError), logLoss: gain(logScore) };
}

/** For each market and decision time the first row at or after it, at most `slackS` late; rows in order of time. */
export function atDecisionTimes(
  rows: readonly Row[],
  timesS: readonly number[],
  slackS = 2,
): Row[] {
  const picked = new Map<string, Row>();
  for (const row of rows) {
    const time = timesS.find((at) => row.tauS <= at && row.tauS > at - slackS);
    if (time === undefined) continue;
    const key = `${row.ticker} ${time}`;
    if (!picked.has(key)) picked.set(key, row);
  }
  return [...picked.values()];
}

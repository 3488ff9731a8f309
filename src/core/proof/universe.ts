import { encompassing, evCalibrationSlope } from "../calibration/regression.ts";
import { logError, squaredError } from "../calibration/scores.ts";
import { tInverse } from "../prob/student.ts";
import { pairedOf } from "./paired.ts";
import type {
  EncompassingTest,
  NetProfit,
  ProofOptions,
  Universe,
  UniverseScores,
} from "./proof.ts";
import { isPriced, type ProofRow, profitOf, windowsOf } from "./rows.ts";
import { sourceScores } from "./source-scores.ts";

/** Model and market side by side on the same rows, and the tests of their difference. */
export function universeOf(rows: readonly ProofRow[], options: ProofOptions): Universe {
  const { closes } = windowsOf(rows);
  const times = rows.map(({ atMs }) => atMs);
  return {
    rows: rows.length,
    windows: closes.length,
    fromMs: least(times),
    untilMs: closes.at(-1) ?? null,
    scores: rows.length === 0 ? null : scoresOf(rows, options),
  };
}

function scoresOf(rows: readonly ProofRow[], options: ProofOptions): UniverseScores {
  const windows = windowsOf(rows);
  const paired = (lossOf: (p: number, y: number) => number) =>
    pairedOf(
      rows.map(({ outcome, p, q }) => lossOf(q, outcome) - lossOf(p, outcome)),
      windows,
      options,
    );
  return {
    model: sourceScores({ rows, pOf: ({ p }) => p }, options),
    market: sourceScores({ rows, pOf: ({ q }) => q }, options),
    brier: paired(squaredError),
    logLoss: paired(logError(options.eps)),
    logLossRobust: paired(logError(options.epsRobust)),
    encompassing: encompassingOf(rows, options),
    net: netOf(rows, options),
  };
}

function encompassingOf(
  rows: readonly ProofRow[],
  { alpha }: ProofOptions,
): EncompassingTest | null {
  const test = encompassing({
    p: rows.map(({ p }) => p),
    q: rows.map(({ q }) => q),
    y: rows.map(({ outcome }) => outcome),
    cluster: rows.map(({ closeMs }) => closeMs),
  });
  if (test === null) return null;
  const { df, pOneSided, se, t, theta } = test;
  const half = tInverse(1 - alpha / 2, df) * se;
  return { theta, lower: theta - half, upper: theta + half, se, t, pOneSided };
}

function netOf(all: readonly ProofRow[], options: ProofOptions): NetProfit | null {
  const rows = all.filter(isPriced);
  if (rows.length === 0) return null;
  const pnl = rows.map(profitOf);
  const predicted = rows.map(({ ev }) => ev ?? 0);
  const slope = evCalibrationSlope({
    ev: predicted,
    pnl,
    cluster: rows.map(({ closeMs }) => closeMs),
  });
  return {
    ...pairedOf(pnl, windowsOf(rows), options),
    rows: rows.length,
    meanEv: predicted.reduce((sum, ev) => sum + ev, 0) / rows.length,
    evSlope: slope === null ? null : { slope: slope.slope, se: slope.seSlope },
  };
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b));
}

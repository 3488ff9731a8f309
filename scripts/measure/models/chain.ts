import { wilson } from "../../../src/core/calibration/intervals.ts";
import { chanceAbove } from "../../../src/core/prob/settlement.ts";
import { probUpDown } from "../../../src/core/prob/up-down.ts";
import { NORMAL, STUDENT } from "./plain.ts";
import { csvRows, readRecording } from "./recordings.ts";
import { logScore, type Row } from "./scoring.ts";

// Settled 15-minute markets of which only strike and outcome are on record. The strike is the index average at the open and
// there is no price besides, so the model can say one thing at the open: nearly one half. What can be tested is that, and
// the law: settlement in standard deviations, with sigma from the windows before.

const WINDOW_S = 900;
const HALF_LIFE_WINDOWS = 96;
const WINDOWS_MIN = 24;
/** Thresholds off the money, standard deviations of the window. */
const THRESHOLDS = [-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3];

interface Window {
  readonly ticker: string;
  readonly closeMs: number;
  /** NaN where only the result is on record. */
  readonly strikeUsd: number;
  readonly valueUsd: number;
  readonly isYes: boolean;
}

interface ThresholdLine {
  readonly sd: number;
  readonly windows: number;
  /** Settled at or above, with a 95 % Wilson interval that takes the windows for independent. */
  readonly above: number;
  readonly interval: readonly [lower: number, upper: number];
  readonly student: number;
  readonly normal: number;
  readonly studentLogLoss: number;
  readonly normalLogLoss: number;
}

export interface ChainRun {
  readonly windows: number;
  readonly yes: number;
  readonly interval: readonly [lower: number, upper: number];
  readonly ties: number;
  /** Adjacent windows, and those of them where the strike is the settlement value of the one before. */
  readonly adjacent: number;
  readonly chained: number;
  /** At the open: the model, one half, and the share of YES among the windows before. */
  readonly rows: readonly Row[];
  readonly thresholds: readonly ThresholdLine[];
  readonly standardised: readonly number[];
}

export function measureChain(data: string): ChainRun {
  const windows = readWindows(data);
  const complete = windows.filter(({ strikeUsd, valueUsd }) => strikeUsd > 0 && valueUsd > 0);
  const gaps = complete.slice(1).flatMap((window, i) => {
    const before = complete[i];
    const isNext = window.closeMs - (before?.closeMs ?? 0) === WINDOW_S * 1000;
    return isNext ? [window.strikeUsd - (before?.valueUsd ?? Number.NaN)] : [];
  });
  const standardised = standardise(complete);
  const yes = windows.filter(({ isYes }) => isYes).length;
  return {
    windows: windows.length,
    yes,
    interval: wilson({ k: yes, n: windows.length, conf: 0.95 }),
    ties: complete.filter(({ strikeUsd, valueUsd }) => cents(strikeUsd) === cents(valueUsd)).length,
    adjacent: gaps.length,
    chained: gaps.filter((gap) => Math.abs(gap) < 0.005).length,
    rows: rowsOf(windows),
    thresholds: THRESHOLDS.map((sd) => thresholdLine(standardised, sd)),
    standardised,
  };
}

/** Some strikes are a millionth below the cent that they mean. */
function cents(usd: number): number {
  return Math.round(usd * 100);
}

function rowsOf(windows: readonly Window[]): Row[] {
  let [yes, seen] = [0, 0];
  return windows.map(({ closeMs, isYes, ticker }) => {
    const share = (yes + 1) / (seen + 2);
    yes += isYes ? 1 : 0;
    seen++;
    return {
      window: `${closeMs}`,
      ticker,
      tauS: WINDOW_S,
      y: isYes ? 1 : 0,
      p: { model: atOpen(), half: 0.5, "base rate": share },
    };
  });
}

/**
 * The reference is known and spot is not, which is what it is a minute before the open: two averages a quarter of an hour
 * apart (models.md §1.8). The answer hardly depends on sigma.
 */
function atOpen(): number {
  return probUpDown({ ...APART, sigma: 0.6e-4, window: WINDOW_S, ...STUDENT, shape: "student" }).p;
}

const APART = { S: 1, sigma: 1e-4, tToOpen: 60, refKnownCount: 0, refKnownSum: 0 };

/** Variance of the log ratio of two settlement averages this far apart, per unit variance rate, seconds. */
export function averagesApart(seconds: number): number {
  return probUpDown({ ...APART, window: seconds }).veff;
}

/** ln(value/strike) in standard deviations by the windows before, once there are enough of them. */
function standardise(windows: readonly Window[]): number[] {
  const veff = averagesApart(WINDOW_S);
  const found: number[] = [];
  const keep = 0.5 ** (1 / HALF_LIFE_WINDOWS);
  let [sum, weight] = [0, 0];
  for (const [i, { strikeUsd, valueUsd }] of windows.entries()) {
    const log = Math.log(valueUsd / strikeUsd);
    if (i >= WINDOWS_MIN) found.push(log / Math.sqrt((sum / weight) * veff));
    sum = sum * keep + (log * log) / veff;
    weight = weight * keep + 1;
  }
  return found;
}

function thresholdLine(standardised: readonly number[], sd: number): ThresholdLine {
  const n = standardised.length;
  const k = standardised.filter((z) => z >= sd).length;
  const [student, normal] = [chanceAbove(-sd, STUDENT), chanceAbove(-sd, NORMAL)];
  const loss = (p: number): number => (k * logScore(p, 1) + (n - k) * logScore(p, 0)) / n;
  return {
    sd,
    windows: n,
    above: k / n,
    interval: wilson({ k, n, conf: 0.95 }),
    student,
    normal,
    studentLogLoss: loss(student),
    normalLogLoss: loss(normal),
  };
}

function readWindows(data: string): Window[] {
  return csvRows(readRecording(data, "kalshi/settled-KXBTC15M.csv"))
    .map(([ticker = "", closeTime = "", strike, value, result]) => ({
      ticker,
      closeMs: Date.parse(closeTime),
      strikeUsd: strike === "" ? Number.NaN : Number(strike),
      valueUsd: value === "" ? Number.NaN : Number(value),
      isYes: result === "yes",
    }))
    .toSorted((a, b) => a.closeMs - b.closeMs);
}

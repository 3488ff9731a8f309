import { wouldTrade } from "../calibration/pick-rows.ts";
import { mean } from "../calibration/scores.ts";
import { DAY_MS } from "../iso-time.ts";
import type { Prob } from "../units.ts";
import type { Condition, EvBins, Evidence, Paired, ProofOptions, Universe } from "./proof.ts";
import { costOf, isPriced, type PricedRow, type ProofRow, profitOf } from "./rows.ts";

// What CONFIRMED asks and what kills (models.md §4.10), each with the number that decides. Only the evidence may be looked at
// after every window; all other conditions can but refuse, so that no order of looking makes a confirmation likelier.

/** What the conditions are asked of. */
export interface Findings {
  readonly options: ProofOptions;
  readonly effectiveWindows: number;
  readonly evidence: Evidence;
  readonly evBins: EvBins;
  /** Of the whole version. */
  readonly wouldTrade: Universe;
  readonly trades: readonly PricedRow[];
  /** Of the last part, on which nothing was chosen. */
  readonly confirmation: { readonly all: Universe; readonly wouldTrade: Universe };
  readonly confirmationRows: readonly ProofRow[];
}

/** Below as many nothing is confirmed, whatever it looks like: only edges of 7 cents and more can show (models.md §4.9). */
const CONFIRM_WINDOWS = 300;
const SLOPE_LOW = 0.8;
const SLOPE_HIGH = 1.2;
const MISCALIBRATION_P_MIN = 0.01;
const TREND_P_MAX = 0.05;
const DAY_SHARE_MAX = 0.25;
const WINDOW_SHARE_MAX = 0.15;
const THETA_KILL = 0.25;

/** Windows that CONFIRMED asks for. */
export function confirmWindows({ minWindows }: Pick<ProofOptions, "minWindows">): number {
  return Math.max(CONFIRM_WINDOWS, minWindows);
}

export function confirmConditions(findings: Findings): readonly Condition[] {
  const { confirmation, effectiveWindows, evidence, options } = findings;
  const held = confirmation.wouldTrade.scores;
  return [
    atLeast("windows", `independent windows with a trade: ${confirmWindows(options)}`, {
      value: effectiveWindows,
      bound: confirmWindows(options),
      digits: 0,
    }),
    {
      name: "evidence",
      met: evidence.logE >= evidence.logThreshold,
      rule: `wealth of betting at real prices: ${Math.exp(evidence.logThreshold).toFixed(0)}-fold`,
      found: `${wealth(evidence.logE)}-fold after ${evidence.bets} bets`,
      value: Math.exp(evidence.logE),
      bound: Math.exp(evidence.logThreshold),
    },
    atLeast("held_out_profit", "last 40 %: a contract earns after costs", {
      value: held?.net?.mean ?? null,
      bound: 0,
      digits: 4,
    }),
    atLeast("brier", "last 40 %: Brier as good as the market's", {
      value: held?.brier.mean ?? null,
      bound: 0,
      digits: 4,
    }),
    atLeast("log_loss", "last 40 %: log loss as good as the market's", {
      value: held?.logLoss.mean ?? null,
      bound: 0,
      digits: 4,
    }),
    slopeCondition(confirmation.all),
    atLeast("calibration", "last 40 %: miscalibration by chance, p > 0.01", {
      value: confirmation.all.scores?.model.miscalibrationP ?? null,
      bound: MISCALIBRATION_P_MIN,
      digits: 3,
      isStrict: true,
    }),
    trendCondition(findings.evBins),
    ...spreadConditions(findings.trades),
    atLeast("robust_clipping", `last 40 %: log loss clipped at ${options.epsRobust} holds`, {
      value: held?.logLossRobust.mean ?? null,
      bound: 0,
      digits: 4,
    }),
    sigmaCondition(findings),
  ];
}

/** Any of them stops it. Each bound is that of a 95 % interval by window. */
export function killConditions({ wouldTrade: { scores } }: Findings): readonly Condition[] {
  return [
    below("brier", "Brier surely worse than the market's", {
      value: upperOf(scores?.brier),
      bound: 0,
    }),
    below("theta", "theta surely below 0.25", {
      value: scores?.encompassing?.upper ?? null,
      bound: THETA_KILL,
    }),
    below("net_profit", "a contract surely loses after costs", {
      value: upperOf(scores?.net),
      bound: 0,
    }),
  ];
}

function upperOf(test: Paired | null | undefined): number | null {
  return test?.cluster?.upper ?? null;
}

interface Held {
  readonly value: number | null;
  readonly bound: number;
  readonly digits?: number;
  readonly isStrict?: boolean;
}

function atLeast(
  name: string,
  rule: string,
  { bound, digits = 4, isStrict, value }: Held,
): Condition {
  const isMet = value !== null && (isStrict === true ? value > bound : value >= bound);
  return { name, met: isMet, rule, found: words(value, digits), value, bound };
}

function below(name: string, rule: string, { bound, value }: Held): Condition {
  const found = value === null ? words(value) : `upper bound ${words(value)}`;
  return { name, met: value !== null && value < bound, rule, found, value, bound };
}

function words(value: number | null, digits = 4): string {
  return value === null ? "not known" : value.toFixed(digits);
}

function wealth(logE: number): string {
  const value = Math.exp(logE);
  return value < 1e6 ? value.toFixed(value < 10 ? 2 : 0) : value.toExponential(1);
}

function slopeCondition({ scores }: Universe): Condition {
  const cox = scores?.model.cox ?? null;
  const { slope = null, slopeLower: low = null, slopeUpper: high = null } = cox ?? {};
  const isKnown = low !== null && high !== null;
  return {
    name: "slope",
    met: isKnown && low <= SLOPE_HIGH && high >= SLOPE_LOW,
    rule: "last 40 %: Cox slope can be 0.8 to 1.2",
    found: isKnown ? `${words(slope, 2)} (${low.toFixed(2)} to ${high.toFixed(2)})` : words(null),
    value: slope,
    bound: null,
  };
}

function trendCondition({ isotonicRange, trend }: EvBins): Condition {
  const p = trend?.pOneSided ?? null;
  return {
    name: "ev_trend",
    met: p !== null && p < TREND_P_MAX && (isotonicRange ?? 0) > 0,
    rule: "better predictions earn more, p < 0.05",
    found: p === null ? words(p) : `p ${p.toFixed(3)}`,
    value: p,
    bound: TREND_P_MAX,
  };
}

/** One lucky day, or one lucky settlement, is no edge. */
function spreadConditions(trades: readonly PricedRow[]): Condition[] {
  const perDay = sums(
    trades,
    ({ closeMs }) => Math.floor(closeMs / DAY_MS),
    () => 1,
  );
  const perWindow = sums(trades, ({ closeMs }) => closeMs, profitOf);
  const profit = trades.reduce((sum, row) => sum + profitOf(row), 0);
  const day = trades.length === 0 ? null : Math.max(...perDay) / trades.length;
  const window = profit > 0 ? perWindow.reduce((a, b) => Math.max(a, b), 0) / profit : null;
  return [
    atMost("days", "busiest day: at most 25 % of the trades", day, DAY_SHARE_MAX),
    atMost("windows_profit", "best window: at most 15 % of the profit", window, WINDOW_SHARE_MAX),
  ];
}

function atMost(name: string, rule: string, value: number | null, bound: number): Condition {
  const found = value === null ? "no profit to divide" : `${(value * 100).toFixed(0)} %`;
  return { name, met: value !== null && value <= bound, rule, found, value, bound };
}

function sums(
  rows: readonly PricedRow[],
  keyOf: (row: PricedRow) => number,
  valueOf: (row: PricedRow) => number,
): number[] {
  const totals = new Map<number, number>();
  for (const row of rows) {
    const key = keyOf(row);
    totals.set(key, (totals.get(key) ?? 0) + valueOf(row));
  }
  return [...totals.values()];
}

/**
 * Every model is a little wrong about sigma. The result is that trades earn after costs: it must hold of those that would
 * still be worth their cost, were sigma 15 % lower or higher.
 */
function sigmaCondition({ confirmationRows }: Findings): Condition {
  const name = "robust_sigma";
  const rule = "last 40 %: trades earn that bear sigma +/- 15 %";
  const trades = tradesOf(confirmationRows);
  const knowing = trades.filter(({ pHigh, pLow }) => pLow !== null && pHigh !== null);
  if (trades.length > 0 && knowing.length === 0) {
    return { name, met: true, rule, found: "there is no sigma in it", value: null, bound: 0 };
  }
  const means = [pLowOf, pHighOf].map((pOf) => {
    const worth = knowing.filter((row) => chanceOf(row, pOf(row)) > costOf(row));
    return worth.length === 0 ? null : mean(worth.map(profitOf));
  });
  const known = means.filter((one) => one !== null);
  const value = known.length < means.length ? null : Math.min(...known);
  return atLeast(name, rule, { value, bound: 0 });
}

const pLowOf = ({ p, pLow }: ProofRow): Prob => pLow ?? p;
const pHighOf = ({ p, pHigh }: ProofRow): Prob => pHigh ?? p;

/** Chance of the side that is bought. */
function chanceOf({ side }: PricedRow, p: Prob): Prob {
  return side === "yes" ? p : 1 - p;
}

/** Trades among rows. */
export function tradesOf(rows: readonly ProofRow[]): PricedRow[] {
  return rows.filter(wouldTrade).filter(isPriced);
}

import { requireBetween } from "../input-checks.ts";
import { numberAt } from "../prob/number-at.ts";
import { type Money, type Ms, money } from "../units.ts";
import { type Performance, type PerformanceOptions, performanceOf } from "./performance.ts";
import { type ClosedTrade, type EquityMark, moneySum, windowsOf } from "./trade.ts";

// The last part of the time is kept away from every choice, and judged once (models.md §4.1).

/** Share of the windows that is held out. */
export const HOLD_OUT_SHARE = 0.3;

export interface Split {
  /** Last close of the part that choices are made on; the part held out begins after it. */
  readonly boundaryMs: Ms;
  /**
   * Events that were traded before the boundary and closed after it. They are in neither part: what moved them moved the
   * last windows of the first part as well.
   */
  readonly straddling: ReadonlySet<string>;
}

/**
 * Where to cut, with the given share of the windows held out, at least one and never all. Null with fewer than two windows.
 * Throws `RangeError` unless the share lies between 0 and 1.
 */
export function splitOf(trades: readonly ClosedTrade[], share = HOLD_OUT_SHARE): Split | null {
  requireBetween("share", share, { above: 0, below: 1 });
  const windows = windowsOf(trades);
  if (windows.length < 2) return null;
  const heldOut = Math.min(windows.length - 1, Math.max(1, Math.round(windows.length * share)));
  const boundaryMs = numberAt(windows, windows.length - heldOut - 1);
  const before = new Set(
    trades.filter(({ openedMs }) => openedMs <= boundaryMs).map(({ eventTicker }) => eventTicker),
  );
  const after = trades.filter(({ closeMs }) => closeMs > boundaryMs);
  return {
    boundaryMs,
    straddling: new Set(
      after.map(({ eventTicker }) => eventTicker).filter((event) => before.has(event)),
    ),
  };
}

export interface Parts {
  readonly fit: readonly ClosedTrade[];
  readonly holdOut: readonly ClosedTrade[];
}

export function partsOf(trades: readonly ClosedTrade[], split: Split): Parts {
  const whole = trades.filter(({ eventTicker }) => !split.straddling.has(eventTicker));
  return {
    fit: whole.filter(({ closeMs }) => closeMs <= split.boundaryMs),
    holdOut: whole.filter(({ closeMs }) => closeMs > split.boundaryMs),
  };
}

export interface PartPerformance {
  readonly fit: Performance;
  readonly holdOut: Performance;
}

/** Both parts on their own, the second with what the first left of the bankroll. */
export function performanceOfParts(
  trades: readonly ClosedTrade[],
  split: Split,
  options: PerformanceOptions,
): PartPerformance {
  const { bankroll, marks } = options;
  const parts = partsOf(trades, split);
  const early = marks.filter(({ atMs }) => atMs <= split.boundaryMs);
  const late = marks.filter(({ atMs }) => atMs > split.boundaryMs);
  const left = lastEquity(early) ?? realisedBy(trades, split.boundaryMs, bankroll);
  return {
    fit: performanceOf(parts.fit, { ...options, marks: early }),
    holdOut: performanceOf(parts.holdOut, { ...options, bankroll: left, marks: late }),
  };
}

function lastEquity(marks: readonly EquityMark[]): Money | undefined {
  return marks.toSorted((a, b) => a.atMs - b.atMs).at(-1)?.equity;
}

function realisedBy(trades: readonly ClosedTrade[], atMs: Ms, bankroll: Money): Money {
  const over = trades.filter(({ closedMs }) => closedMs <= atMs);
  return money(bankroll + moneySum(over, ({ pnl }) => pnl));
}

import { numberAt } from "../prob/number-at.ts";
import { type Money, type Ms, money } from "../units.ts";
import { maxDrawdown } from "./equity.ts";
import { type ClosedTrade, type EquityMark, moneySum } from "./trade.ts";

interface Fall {
  readonly amount: Money;
  /** Deepest fall as a share of its peak, a maximum of its own; null while no peak was positive. */
  readonly fraction: number | null;
  /** Peak and trough of the deepest amount. */
  readonly peakMs: Ms;
  readonly troughMs: Ms;
}

export interface Account {
  /** Null with neither a mark nor a trade. */
  readonly drawdown: Fall | null;
  /** Weighted by the time it stood. */
  readonly averageEquity: Money;
  /** Cash for all that was bought over the average equity (models.md §6); null when that is not positive. */
  readonly turnover: number | null;
}

/** What became of the account that made these trades. */
export function accountOf(
  trades: readonly ClosedTrade[],
  start: { readonly bankroll: Money; readonly marks: readonly EquityMark[] },
): Account {
  const curve = curveOf(trades, start);
  const averageEquity = averageOf(curve, start.bankroll);
  const bought = moneySum(trades, ({ paid }) => paid);
  return {
    drawdown: fallOf(curve),
    averageEquity,
    turnover: averageEquity > 0 ? bought / averageEquity : null,
  };
}

/**
 * Equity in order of time, the bankroll first: the marks, or without any what trades left behind at the time they were
 * over. The latter sees nothing of a fall that a position recovered from.
 */
export function curveOf(
  trades: readonly ClosedTrade[],
  { bankroll, marks }: { readonly bankroll: Money; readonly marks: readonly EquityMark[] },
): readonly EquityMark[] {
  const rest = marks.length > 0 ? marks.toSorted(byTime) : realisedOf(trades, bankroll);
  const [first] = rest;
  if (first === undefined) return [];
  const opened = trades.map(({ openedMs }) => openedMs);
  const startMs = marks.length > 0 ? first.atMs : opened.reduce((a, b) => Math.min(a, b));
  return [{ atMs: startMs, equity: bankroll }, ...rest];
}

function byTime(a: EquityMark, b: EquityMark): number {
  return a.atMs - b.atMs;
}

/** What settles at one instant moves the account once, whatever order it is listed in. */
function realisedOf(trades: readonly ClosedTrade[], bankroll: Money): readonly EquityMark[] {
  const profitAt = new Map<Ms, number>();
  for (const { closedMs, pnl } of trades) {
    profitAt.set(closedMs, (profitAt.get(closedMs) ?? 0) + pnl);
  }
  let equity = bankroll;
  return [...profitAt]
    .toSorted(([a], [b]) => a - b)
    .map(([atMs, profit]) => {
      equity = money(equity + profit);
      return { atMs, equity };
    });
}

function fallOf(curve: readonly EquityMark[]): Fall | null {
  const fall = maxDrawdown({ equity: curve.map(({ equity }) => equity) });
  if (fall === null) return null;
  const times = curve.map(({ atMs }) => atMs);
  return {
    amount: money(fall.dollars),
    fraction: fall.fraction,
    peakMs: numberAt(times, fall.peakIndex),
    troughMs: numberAt(times, fall.troughIndex),
  };
}

function averageOf(curve: readonly EquityMark[], bankroll: Money): Money {
  let area = 0;
  let lengthMs = 0;
  for (const [at, { atMs, equity }] of curve.entries()) {
    const stoodMs = (curve[at + 1]?.atMs ?? atMs) - atMs;
    area += equity * stoodMs;
    lengthMs += stoodMs;
  }
  return lengthMs > 0 ? money(Math.round(area / lengthMs)) : bankroll;
}

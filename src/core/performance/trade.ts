import { floatAt } from "../prob/number-at.ts";
import { type Money, type Ms, money, type Qty, qty } from "../units.ts";

// A position from flat to flat, as the statistics of a backtest see it. The settlement window, named by its close, is the
// unit of evidence: all that settles at one instant shares one price of the underlying, and so its luck.

export interface ClosedTrade {
  readonly strategy: string;
  readonly ticker: string;
  readonly seriesTicker: string;
  readonly eventTicker: string;
  /** Close of the market: the settlement window. */
  readonly closeMs: Ms;
  readonly openedMs: Ms;
  /** Flat again: sold or settled. */
  readonly closedMs: Ms;
  /** Contracts bought; positive. */
  readonly qty: Qty;
  /** Cash for what was bought, fees excluded. */
  readonly paid: Money;
  readonly fees: Money;
  /** Fees taken off. */
  readonly pnl: Money;
  /** The same if resting orders fill no sooner than the worst place in the queue allows; null while not computed. */
  readonly pnlPessimistic: Money | null;
  /** `settlement`, or the name of what sold it before. */
  readonly exit: string;
}

/** What the account was worth, open positions marked at the bid. */
export interface EquityMark {
  readonly atMs: Ms;
  readonly equity: Money;
}

/** Exit of a trade that was held to the end. */
export const HELD = "settlement";

/** Distinct windows of trades, earliest first. */
export function windowsOf(trades: readonly ClosedTrade[]): readonly Ms[] {
  return [...new Set(trades.map(({ closeMs }) => closeMs))].toSorted((a, b) => a - b);
}

/** A value of each trade, summed by window; windows without a trade have 0. Throws `RangeError` on a trade outside them. */
export function sumByWindow(
  trades: readonly ClosedTrade[],
  windows: readonly Ms[],
  valueOf: (trade: ClosedTrade) => number,
): Float64Array {
  const placeOf = new Map(windows.map((closeMs, at) => [closeMs, at]));
  const sums = new Float64Array(windows.length);
  for (const trade of trades) {
    const at = placeOf.get(trade.closeMs);
    if (at === undefined) throw new RangeError(`no window closes at ${trade.closeMs}`);
    sums[at] = floatAt(sums, at) + valueOf(trade);
  }
  return sums;
}

/** Sum in integer micro-dollars, so exact. */
export function moneySum(
  trades: readonly ClosedTrade[],
  valueOf: (trade: ClosedTrade) => number,
): Money {
  return money(trades.reduce((sum, trade) => sum + valueOf(trade), 0));
}

export function contractsOf(trades: readonly ClosedTrade[]): Qty {
  return qty(trades.reduce((sum, trade) => sum + trade.qty, 0));
}

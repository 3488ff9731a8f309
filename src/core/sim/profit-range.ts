import { type Money, money } from "../units.ts";

/** Profits by market. */
export type Profits = ReadonlyMap<string, number>;

export interface ProfitRange {
  readonly pessimistic: Money;
  readonly expected: Money;
  readonly optimistic: Money;
}

/**
 * From market to market the worse and the better of two accounts. Their sums alone would be no range: an account that was
 * not filled where the other one lost is the better one there, and elsewhere the worse.
 */
export function profitRange(expected: Profits, shadow: Profits): ProfitRange {
  let [low, middle, high] = [0, 0, 0];
  for (const ticker of new Set([...expected.keys(), ...shadow.keys()])) {
    const [one, other] = [expected.get(ticker) ?? 0, shadow.get(ticker) ?? 0];
    low += Math.min(one, other);
    middle += one;
    high += Math.max(one, other);
  }
  return { pessimistic: money(low), expected: money(middle), optimistic: money(high) };
}

/** Adds to what one market has brought. */
export function addProfit(profits: Map<string, number>, ticker: string, pnl: Money | null): void {
  if (pnl !== null) profits.set(ticker, (profits.get(ticker) ?? 0) + pnl);
}

import { isoTime } from "./iso-time.ts";
import { type ClosedLot, type LotLeg, lotsOf } from "./lots.ts";
import { seriesOfTicker } from "./market.ts";
import { type Money, type Ms, money, type Price, price as priceAt, type Side } from "./units.ts";

/** What profit can be told apart by (F232). */
export const GROUPS = ["strategy", "series", "day", "side", "price", "hour"] as const;
export type GroupBy = (typeof GROUPS)[number];

/** What a group is chosen by. */
interface Traded {
  readonly ticker: string;
  readonly strategy: string;
  readonly side: Side;
  readonly price: Price;
  readonly atMs: Ms;
}

/** Name of the group: days and hours are UTC, prices ten cents of the contract that was traded. */
export function groupOf(by: GroupBy, traded: Traded): string {
  switch (by) {
    case "strategy":
      return traded.strategy;
    case "series":
      return seriesOfTicker(traded.ticker);
    case "day":
      return isoTime(traded.atMs).slice(0, 10);
    case "side":
      return traded.side;
    case "price":
      return band(traded.price);
    case "hour":
      return `${isoTime(traded.atMs).slice(11, 13)}:00`;
  }
}

function band(price: number): string {
  const from = Math.min(9, Math.floor(price / 1_000)) * 10;
  return `${String(from).padStart(2, "0")}-${from + 10}c`;
}

/** Profit of the positions of one group, each market once. */
export interface GroupProfit {
  readonly key: string;
  readonly closed: number;
  readonly wins: number;
  readonly losses: number;
  readonly pnl: Money;
  readonly bought: Money;
}

/** Closed lots of many markets by how they were opened. */
export function profitBy(
  by: GroupBy,
  markets: Iterable<{ readonly ticker: string; readonly legs: readonly LotLeg[] }>,
  isWanted: (lot: ClosedLot) => boolean,
): GroupProfit[] {
  const groups = new Map<string, { pnl: number[]; bought: number }>();
  for (const { legs, ticker } of markets) {
    for (const [key, { bought, pnl }] of marketProfit(by, { ticker, legs }, isWanted)) {
      const group = groups.get(key) ?? { pnl: [], bought: 0 };
      groups.set(key, group);
      group.pnl.push(pnl);
      group.bought += bought;
    }
  }
  return [...groups]
    .map(([key, { bought, pnl }]) => ({
      key,
      closed: pnl.length,
      wins: pnl.filter((one) => one > 0).length,
      losses: pnl.filter((one) => one < 0).length,
      pnl: money(pnl.reduce((sum, one) => sum + one, 0)),
      bought: money(bought),
    }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

function marketProfit(
  by: GroupBy,
  { legs, ticker }: { readonly ticker: string; readonly legs: readonly LotLeg[] },
  isWanted: (lot: ClosedLot) => boolean,
): ReadonlyMap<string, { readonly pnl: number; readonly bought: number }> {
  const profits = new Map<string, { readonly pnl: number; readonly bought: number }>();
  let key = "";
  for (const lot of lotsOf(legs).closed) {
    // A corrected result belongs where its contracts are, which the lot before it says.
    if (lot.qty > 0) key = groupOf(by, { ...lot, ticker, ...entryOf(lot) });
    if (!isWanted(lot)) continue;
    const { bought, pnl } = profits.get(key) ?? { pnl: 0, bought: 0 };
    profits.set(key, { pnl: pnl + lot.gain, bought: bought + lot.paid + lot.fees });
  }
  return profits;
}

function entryOf({ closedMs, openedMs, paid, qty }: ClosedLot): { atMs: Ms; price: Price } {
  // A lot has one price, cut or not.
  return { atMs: openedMs ?? closedMs, price: priceAt(Math.round(paid / qty)) };
}

import { type LotLeg, lotsOf, totalsOf } from "./lots.ts";
import type { FillRecord } from "./records.ts";
import { type Paid, payoutOf } from "./settle-legs.ts";
import {
  costOf,
  formatMoney,
  formatQty,
  type Money,
  money,
  type Price,
  type Qty,
  qty,
} from "./units.ts";

// The same money is on file several times: in the journal of orders, in fills, in legs of the ledger and in results. What
// one of them has and another has not is a residue; each is named by the row that it is about.

/** Something that two witnesses say differently. */
export interface Residue {
  /** Stable name of the comparison. */
  readonly check: string;
  readonly mode: string;
  readonly ticker: string;
  readonly text: string;
  /** What the ledger has too much (+) or too little (−) of cash, where it is about cash. */
  readonly amount: Money;
}

/** A leg of the ledger, and the fill that it is about where it is about one. */
export interface BookedLeg extends LotLeg {
  readonly pnl: Money | null;
  readonly orderId: string | null;
  readonly fillId: string | null;
}

/** One market on one account, as each of the witnesses has it. */
export interface BookedMarket {
  readonly mode: string;
  readonly ticker: string;
  readonly fills: readonly FillRecord[];
  /** Those that moved contracts or money, oldest first. */
  readonly legs: readonly BookedLeg[];
  /** What was settled so far, as its legs have it; undefined where nothing was. */
  readonly paid: Paid | undefined;
  /** What YES pays by the final result on file; null where there is none, or where nobody says. */
  readonly finalPayout: Price | null;
}

/** An order that has ended, and what its fills add up to. */
export interface EndedOrder {
  readonly orderId: string;
  readonly mode: string;
  readonly ticker: string;
  readonly qty: Qty;
  readonly filledQty: Qty;
  readonly fillsQty: Qty;
}

export function orderResidues(orders: readonly EndedOrder[]): Residue[] {
  return orders.flatMap(({ filledQty, fillsQty, mode, orderId, qty: size, ticker }) => {
    const isWhole = filledQty === fillsQty && filledQty <= size;
    const text = `order ${orderId} over ${formatQty(size)}: the journal says ${formatQty(filledQty)} filled, its fills ${formatQty(fillsQty)}`;
    return isWhole ? [] : [{ check: "order", mode, ticker, text, amount: money(0) }];
  });
}

/** Where fills, legs and results of one market differ. */
export function marketResidues(market: BookedMarket): Residue[] {
  const found = [...legResidues(market), ...settleResidues(market)];
  // A profit that follows from something found already would be the same residue once more.
  return found.length > 0 ? found : profitResidues(market);
}

/** Cash that left the account by a fill. */
function costOfFill({ action, fee, price, qty: size }: FillRecord): number {
  const gross = costOf(price, size);
  return (action === "buy" ? gross : 0 - gross) + fee;
}

function legResidues({ fills, legs, mode, ticker }: BookedMarket): Residue[] {
  const byFill = new Map<string, BookedLeg[]>();
  for (const leg of legs) {
    if (leg.action === "settle") continue;
    const key = `${leg.orderId} ${leg.fillId}`;
    byFill.set(key, [...(byFill.get(key) ?? []), leg]);
  }
  const found: Residue[] = [];
  const note = (check: string, text: string, amount: number): void => {
    found.push({ check, mode, ticker, text, amount: money(amount) });
  };
  for (const fill of fills) {
    const key = `${fill.orderId} ${fill.fillId}`;
    const [leg, ...more] = byFill.get(key) ?? [];
    byFill.delete(key);
    const name = `fill ${fill.fillId} of order ${fill.orderId}`;
    if (leg === undefined)
      note("leg_missing", `${name} has no leg in the ledger`, costOfFill(fill));
    else if (!isSame(fill, leg)) {
      const text = `leg ${leg.ledgerId} is not what ${name} says`;
      note("leg_differs", text, costOfFill(fill) - leg.cost);
    }
    for (const { cost, ledgerId } of more)
      note("leg_twice", `leg ${ledgerId} is ${name} again`, 0 - cost);
  }
  for (const { cost, ledgerId } of [...byFill.values()].flat()) {
    note("fill_missing", `leg ${ledgerId} has no fill`, 0 - cost);
  }
  return found;
}

function isSame(fill: FillRecord, leg: BookedLeg): boolean {
  const isAlike = fill.side === leg.side && fill.action === leg.action;
  const { cost, price, qty: size } = leg;
  return isAlike && fill.price === price && fill.qty === size && costOfFill(fill) === cost;
}

function settleResidues(market: BookedMarket): Residue[] {
  return [...paidResidues(market), ...leftResidues(market)];
}

/** What was paid is what the legs say it was paid by, and that is the final result where there is one. */
function paidResidues({ finalPayout, mode, paid, ticker }: BookedMarket): Residue[] {
  if (paid === undefined) return [];
  const found: Residue[] = [];
  const due = payoutOf(paid, paid.ruling.yesPayout);
  if (due !== paid.payout) {
    const text = `settled for $${formatMoney(paid.payout)}, by its own result it is $${formatMoney(due)}`;
    const amount = money(paid.payout - due);
    found.push({ check: "settle_differs", mode, ticker, text, amount });
  }
  if (finalPayout !== null && finalPayout !== paid.ruling.yesPayout) {
    const now = payoutOf(paid, finalPayout);
    const text = `settled by another result than the final one, for $${formatMoney(due)} and not $${formatMoney(now)}`;
    found.push({ check: "result_differs", mode, ticker, text, amount: money(due - now) });
  }
  return found;
}

/** Contracts that fills leave and nothing has settled, though there is a result. */
function leftResidues({ fills, finalPayout, mode, paid, ticker }: BookedMarket): Residue[] {
  const yesPayout = finalPayout ?? paid?.ruling.yesPayout;
  const left = netOf(fills) - (paid === undefined ? 0 : paid.yesQty - paid.noQty);
  if (left === 0 || yesPayout === undefined) return [];
  const side = left > 0 ? "yes" : "no";
  const text = `${formatQty(qty(Math.abs(left)))} ${side} more by the fills than were settled`;
  const amount = money(0 - payoutOf(holdingOf(left), yesPayout));
  return [{ check: "settle_missing", mode, ticker, text, amount }];
}

function holdingOf(signed: number): Pick<Paid, "yesQty" | "noQty"> {
  return { yesQty: qty(Math.max(0, signed)), noQty: qty(Math.max(0, 0 - signed)) };
}

/** Contracts that fills leave, + is YES. */
export function netOf(fills: readonly Pick<FillRecord, "side" | "action" | "qty">[]): number {
  return fills.reduce((sum, { action, qty: size, side }) => {
    return sum + ((side === "yes") === (action === "buy") ? size : 0 - size);
  }, 0);
}

/** Of a market that is over, what legs say was earned is what its lots have earned. */
function profitResidues({ legs, mode, ticker }: BookedMarket): Residue[] {
  const lots = lotsOf(legs);
  if (lots.open.length > 0) return [];
  const { gain } = totalsOf(lots);
  const told = legs.reduce((sum, { pnl }) => sum + (pnl ?? 0), 0);
  if (gain === told) return [];
  const text = `its legs say a profit of $${formatMoney(money(told))}, its lots $${formatMoney(gain)}`;
  return [{ check: "profit", mode, ticker, text, amount: money(told - gain) }];
}

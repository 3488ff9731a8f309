import { ownPrice } from "./live/leg.ts";
import type { SeenFill, SeenPosition, SeenSettlement } from "./live/seen.ts";
import { netOf, type Residue } from "./reconcile.ts";
import type { FillRecord } from "./records.ts";
import { costOf, formatMoney, formatQty, type Money, money, type Qty, qty } from "./units.ts";

// Our account as the exchange has it, beside what the file has. What others do on the account is none of our business,
// but in markets that we trade it cannot be told apart, so those are left out and named.

/** What the exchange's lists say, whole. */
export interface TheirAccount {
  readonly fills: readonly SeenFill[];
  /** Exchange ids of the orders that bear one of our own ids. */
  readonly ourOrders: ReadonlySet<string>;
  readonly settlements: readonly SeenSettlement[];
  readonly positions: readonly SeenPosition[];
}

/** What the file says of the live account. */
export interface OurAccount {
  readonly fills: readonly FillRecord[];
  /** What each market was paid by settle legs. */
  readonly paid: ReadonlyMap<string, { readonly payout: Money; readonly isFinal: boolean }>;
  /** Contracts that are held, + is YES. */
  readonly positions: ReadonlyMap<string, Qty>;
}

export interface AccountComparison {
  readonly residues: readonly Residue[];
  /** Fills of orders that are not ours. */
  readonly foreignFills: number;
  /** What the exchange has paid less than whole settlements, because it pays whole cents (kalshi.md §4.3). */
  readonly rounding: Money;
}

const MODE = "live";
const CENT_UD = 10_000;

export function compareAccount(ours: OurAccount, theirs: TheirAccount): AccountComparison {
  const known = new Set(ours.fills.map(({ fillId }) => fillId));
  const isForeign = ({ exchangeId, tradeId }: SeenFill): boolean =>
    !known.has(tradeId) && !theirs.ourOrders.has(exchangeId);
  const foreign = theirs.fills.filter(isForeign);
  const shared = new Set(foreign.map(({ ticker }) => ticker));
  const own = theirs.fills.filter((fill) => !isForeign(fill));
  const settled = settledResidues(ours, theirs, shared);
  return {
    residues: [
      ...fillResidues(ours.fills, own),
      ...settled.residues,
      ...positionResidues(ours, theirs, shared),
    ],
    foreignFills: foreign.length,
    rounding: settled.rounding,
  };
}

interface Traded {
  readonly ticker: string;
  /** Signed, + is YES. */
  qty: number;
  /** Cash of the YES leg, and fees. */
  value: number;
  fee: number;
}

/** One trade may have met several of our orders: what counts is its sum. */
function byTrade<T>(fills: readonly T[], of: (fill: T) => Traded & { readonly id: string }) {
  const trades = new Map<string, Traded>();
  for (const fill of fills) {
    const { fee, id, qty: size, ticker, value } = of(fill);
    const sum = trades.get(id) ?? { ticker, qty: 0, value: 0, fee: 0 };
    trades.set(id, sum);
    sum.qty += size;
    sum.value += value;
    sum.fee += fee;
  }
  return trades;
}

function fillResidues(ours: readonly FillRecord[], theirs: readonly SeenFill[]): Residue[] {
  const mine = byTrade(ours, (fill) => {
    const size = netOf([fill]);
    const value = costOf(ownPrice(fill.side, fill.price), fill.qty) * Math.sign(size);
    return { id: fill.fillId, ticker: fill.ticker, qty: size, value, fee: fill.fee };
  });
  const seen = byTrade(theirs, ({ bookSide, fee, qty: size, ticker, tradeId, yesPrice }) => {
    const sign = bookSide === "bid" ? 1 : -1;
    return { id: tradeId, ticker, qty: sign * size, value: sign * costOf(yesPrice, size), fee };
  });
  return [...new Set([...mine.keys(), ...seen.keys()])].flatMap((id): Residue[] => {
    const [our, their] = [mine.get(id), seen.get(id)];
    const ticker = our?.ticker ?? their?.ticker ?? "";
    const amount = money(cashOf(their) - cashOf(our));
    const of = { mode: MODE, ticker, amount };
    if (our === undefined) {
      return [{ ...of, check: "exchange_fill", text: `fill ${id} of the exchange is not on file` }];
    }
    if (their === undefined) {
      return [
        { ...of, check: "exchange_fill", text: `fill ${id} is on file, the exchange has none` },
      ];
    }
    if (our.qty === their.qty && amount === 0 && our.fee === their.fee) return [];
    const text = `fill ${id}: ${textOf(our)} on file, ${textOf(their)} at the exchange`;
    return [{ ...of, check: "exchange_fill", text }];
  });
}

function cashOf(of: Traded | undefined): number {
  return of === undefined ? 0 : of.value + of.fee;
}

function textOf({ fee, qty: size, value }: Traded): string {
  return `${formatQty(qty(size))} for $${formatMoney(money(value))} and a fee of $${formatMoney(money(fee))}`;
}

function settledResidues(
  ours: OurAccount,
  { settlements }: TheirAccount,
  shared: ReadonlySet<string>,
): { readonly residues: Residue[]; readonly rounding: Money } {
  const revenue = new Map<string, number>();
  for (const { revenue: paid, ticker } of settlements) {
    revenue.set(ticker, (revenue.get(ticker) ?? 0) + paid);
  }
  const residues: Residue[] = [];
  let rounding = 0;
  for (const [ticker, { isFinal, payout }] of ours.paid) {
    // Before it is final the exchange has paid nothing.
    if (shared.has(ticker) || !isFinal) continue;
    const theirs = revenue.get(ticker) ?? 0;
    const cut = payout - theirs;
    if (cut >= 0 && cut < CENT_UD) {
      rounding += cut;
      continue;
    }
    const text = `settled for $${formatMoney(payout)}, the exchange paid $${formatMoney(money(theirs))}`;
    residues.push({ check: "exchange_settlement", mode: MODE, ticker, text, amount: money(cut) });
  }
  return { residues, rounding: money(rounding) };
}

function positionResidues(
  ours: OurAccount,
  theirs: TheirAccount,
  shared: ReadonlySet<string>,
): Residue[] {
  const traded = new Set(ours.fills.map(({ ticker }) => ticker));
  const seen = new Map(theirs.positions.map(({ qty: size, ticker }) => [ticker, size]));
  return [...traded].flatMap((ticker): Residue[] => {
    // Provisionally settled here, still held there.
    const isSettling = ours.paid.get(ticker)?.isFinal === false;
    const [our, their] = [ours.positions.get(ticker) ?? 0, seen.get(ticker) ?? 0];
    if (shared.has(ticker) || isSettling || our === their) return [];
    const text = `${formatQty(qty(our))} contracts held by the file, ${formatQty(qty(their))} by the exchange`;
    return [{ check: "exchange_position", mode: MODE, ticker, text, amount: money(0) }];
  });
}

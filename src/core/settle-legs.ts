import type { LedgerRecord, Ruling } from "./records.ts";
import { complement, costOf, type Money, money, type Price, type Qty, qty } from "./units.ts";

// Settled positions as legs of the ledger. The first leg pays; every later one says what has become known since, and its
// money is the difference to what was paid, so that all legs of a market together are what the newest result pays. The
// running engine and `ledger settle` both write these, and nobody else does.

/** Settled by our own average of the exchange's index, because no result had come. */
export const INDEX_AVERAGE = "index_average";

/** A position that was settled, as its legs have it so far. */
export interface Paid {
  /** The newest of what it was settled by. */
  readonly ruling: Ruling;
  readonly strategy: string;
  readonly yesQty: Qty;
  readonly noQty: Qty;
  /** What it had cost, fees included. */
  readonly cost: Money;
  /** What all legs together have paid. */
  readonly payout: Money;
}

/** One leg, and the position after it. */
interface Settled {
  readonly leg: LedgerRecord;
  readonly paid: Paid;
}

/** What is to be settled. */
interface Holding {
  readonly ticker: string;
  /** Signed: + is YES contracts, − is NO contracts. */
  readonly qty: Qty;
  readonly cost: Money;
  readonly strategy: string;
}

export function pnlOf({ cost, payout }: Pick<Paid, "cost" | "payout">): Money {
  return money(payout - cost);
}

/** Exactly what the contracts are paid: NO gets what is left of the dollar. */
export function payoutOf(
  { noQty, yesQty }: Pick<Paid, "yesQty" | "noQty">,
  yesPayout: Price,
): Money {
  return money(costOf(yesPayout, yesQty) + costOf(complement(yesPayout), noQty));
}

/** Pays a position for the first time. */
export function firstLeg({ cost, qty: held, strategy, ticker }: Holding, ruling: Ruling): Settled {
  const yesQty = qty(Math.max(0, held));
  const noQty = qty(Math.max(0, 0 - held));
  const payout = payoutOf({ yesQty, noQty }, ruling.yesPayout);
  const paid: Paid = { ruling, strategy, yesQty, noQty, cost, payout };
  const leg = legOf(paid, ruling, {
    ticker,
    qty: qty(Math.abs(held)),
    cost: money(0 - payout),
    pnl: pnlOf(paid),
    payload: {},
  });
  return { leg, paid };
}

/**
 * What a later ruling changes: a difference in money, or no more than who says it and that it is final now. Null when it says
 * nothing new, or comes from further down: nothing provisional takes a final result back, nor our own average one of the
 * exchange. What the exchange says of what our own average had said is new even where both say the same: on file somebody
 * else may have written another result in between.
 */
export function nextLeg(before: Paid, ruling: Ruling): Settled | null {
  const rise = rankOf(ruling) - rankOf(before.ruling);
  if (rise < 0) return null;
  const payout = payoutOf(before, ruling.yesPayout);
  const change = payout - before.payout;
  const isNew = rise > 0 || ruling.yesPayout !== before.ruling.yesPayout;
  if (change === 0 && !isNew) return null;
  const { atMs, result, source, yesPayout } = before.ruling;
  const leg = legOf(before, ruling, {
    ticker: ruling.ticker,
    qty: qty(0),
    cost: money(0 - change),
    pnl: change === 0 ? null : money(change),
    payload: {
      [change === 0 ? "confirms" : "corrects"]: {
        at_ms: atMs,
        source,
        result,
        yes_payout_cc: yesPayout,
      },
    },
  });
  return { leg, paid: { ...before, ruling, payout } };
}

/** What a ruling does to the account of a market. */
export interface Settling {
  /** What it changes about what was paid before; null when nothing. */
  readonly next: Settled | null;
  /** What it pays of what is held; null when nothing is. */
  readonly first: Settled | null;
  readonly after: Paid | undefined;
}

/** Confirms or corrects what was paid, and pays what is held. */
export function settleBy(
  { held, paid }: { readonly held: Holding | undefined; readonly paid: Paid | undefined },
  ruling: Ruling,
): Settling {
  const next = paid === undefined ? null : nextLeg(paid, ruling);
  const known = next?.paid ?? paid;
  if (held === undefined) return { next, first: null, after: known };
  // What a fill after the settlement has made is paid as the rest was.
  const first = firstLeg(held, { ...(known?.ruling ?? ruling), atMs: ruling.atMs });
  return { next, first, after: together(known, first.paid) };
}

/** Two settled parts of one position, which a late fill has made. */
function together(one: Paid | undefined, other: Paid): Paid {
  if (one === undefined) return other;
  return {
    ...other,
    yesQty: qty(one.yesQty + other.yesQty),
    noQty: qty(one.noQty + other.noQty),
    cost: money(one.cost + other.cost),
    payout: money(one.payout + other.payout),
  };
}

function rankOf({ isFinal, source }: Ruling): number {
  if (isFinal) return 2;
  return source === INDEX_AVERAGE ? 0 : 1;
}

function legOf(
  { noQty, strategy, yesQty }: Paid,
  ruling: Ruling,
  facts: Pick<LedgerRecord, "ticker" | "qty" | "cost" | "pnl" | "payload">,
): LedgerRecord {
  return {
    ...facts,
    atMs: ruling.atMs,
    action: "settle",
    side: noQty > yesQty ? "no" : "yes",
    price: null,
    status: ruling.result === "" ? "void" : ruling.result,
    source: ruling.source,
    strategy,
    orderId: null,
    payload: {
      provisional: !ruling.isFinal,
      yes_payout_cc: ruling.yesPayout,
      expiration_value: ruling.expirationValue,
      ...facts.payload,
    },
    ruling,
  };
}

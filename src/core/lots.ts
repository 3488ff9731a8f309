import {
  type Action,
  costOf,
  type Money,
  type Ms,
  money,
  otherSide,
  PRICE_ONE,
  type Price,
  type Qty,
  qty,
  type Side,
} from "./units.ts";

// First in, first out, as the exchange counts (F199) and a tax return asks. The engine itself trades on average cost, which
// is one number; a lot is what was bought at once and says when. Both make the same profit of a market that is over.

/** What lots need of a leg of the ledger. */
export interface LotLeg {
  readonly ledgerId: number;
  readonly atMs: Ms;
  readonly action: Action | "settle";
  readonly side: Side;
  readonly price: Price | null;
  readonly qty: Qty;
  /** Cash that left the account, fees included. */
  readonly cost: Money;
  readonly strategy: string;
}

/** Contracts that were bought together and are still held. */
export interface OpenLot {
  readonly side: Side;
  readonly qty: Qty;
  readonly openedMs: Ms;
  /** Without the fee. */
  readonly paid: Money;
  readonly fee: Money;
  readonly strategy: string;
  readonly openedBy: number;
}

/**
 * How a lot ended: `sold`; `netted` by buying the other side, which makes a pair worth a dollar; `settled`; `corrected`
 * is no contracts, only what a later result has changed; `unmatched` closes what no leg has opened.
 */
type LotEnd = "sold" | "netted" | "settled" | "corrected" | "unmatched";

/** Contracts that were bought together and went together. */
export interface ClosedLot {
  readonly side: Side;
  readonly qty: Qty;
  /** Null where no purchase belongs to it. */
  readonly openedMs: Ms | null;
  readonly closedMs: Ms;
  readonly end: LotEnd;
  /** What it cost and what it brought, both without fees. */
  readonly paid: Money;
  readonly proceeds: Money;
  /** Of both ends. */
  readonly fees: Money;
  /** proceeds − paid − fees. */
  readonly gain: Money;
  readonly strategy: string;
  readonly openedBy: number | null;
  readonly closedBy: number;
}

/** Lots of one market on one account. */
export interface Lots {
  readonly open: readonly OpenLot[];
  readonly closed: readonly ClosedLot[];
  /**
   * Dollars that pairs of YES and NO moved and no leg has: a purchase that nets pays the pair out at once, and a sale of
   * what is not held buys the other side of one.
   */
  readonly paired: Money;
}

/** Sums of lots, which are the ledger's cash to the last micro-dollar. */
export interface LotTotals {
  readonly proceeds: Money;
  readonly paid: Money;
  readonly fees: Money;
  readonly gain: Money;
  /** What open lots have cost, fees included. */
  readonly open: Money;
}

/** Lots of the legs of one market on one account, oldest first. */
export function lotsOf(legs: Iterable<LotLeg>): Lots {
  const book: Book = { open: [], closed: [], paired: 0 };
  for (const leg of legs) {
    if (leg.action === "settle") settle(book, leg);
    else if (leg.qty > 0 && leg.price !== null) trade(book, leg, leg.price);
  }
  return { ...book, paired: money(book.paired) };
}

export function totalsOf({ closed, open }: Pick<Lots, "open" | "closed">): LotTotals {
  const sum = (of: (lot: ClosedLot) => number): Money =>
    money(closed.reduce((total, lot) => total + of(lot), 0));
  return {
    proceeds: sum(({ proceeds }) => proceeds),
    paid: sum(({ paid }) => paid),
    fees: sum(({ fees }) => fees),
    gain: sum(({ gain }) => gain),
    open: money(open.reduce((total, { fee, paid }) => total + paid + fee, 0)),
  };
}

interface Book {
  open: OpenLot[];
  readonly closed: ClosedLot[];
  paired: number;
}

/** Buying one side is selling the other: what is held on that side goes first, the rest is a new lot. */
function trade(book: Book, leg: LotLeg, price: Price): void {
  const isBuy = leg.action === "buy";
  const gross = costOf(price, leg.qty);
  const fee = money(isBuy ? leg.cost - gross : leg.cost + gross);
  const goes = isBuy ? otherSide(leg.side) : leg.side;
  // Price of one contract of the side that goes; of the side that comes it is the rest of the dollar.
  const unit = isBuy ? PRICE_ONE - price : price;
  const held = heldOf(book, goes);
  const closing = Math.min(held, leg.qty);
  const opening = leg.qty - closing;
  const closingFee = money(share(fee, closing, leg.qty));
  if (closing > 0) {
    const end = isBuy ? "netted" : "sold";
    close(book, { leg, side: goes, qty: closing, proceeds: unit * closing, fee: closingFee, end });
  }
  if (opening > 0) {
    book.open.push({
      side: otherSide(goes),
      qty: qty(opening),
      openedMs: leg.atMs,
      paid: money((PRICE_ONE - unit) * opening),
      fee: money(fee - closingFee),
      strategy: leg.strategy,
      openedBy: leg.ledgerId,
    });
  }
  book.paired += PRICE_ONE * (isBuy ? closing : 0 - opening);
}

function settle(book: Book, leg: LotLeg): void {
  const { cost, qty: size, side } = leg;
  const proceeds = 0 - cost;
  if (size === 0) {
    if (proceeds !== 0) book.closed.push(loose(leg, { end: "corrected", size: 0, proceeds }));
    return;
  }
  const closing = Math.min(heldOf(book, side), size);
  const part = share(proceeds, closing, size);
  if (closing > 0) close(book, { leg, side, qty: closing, proceeds: part, fee: 0, end: "settled" });
  if (closing === size) return;
  const rest = { size: size - closing, proceeds: proceeds - part };
  book.closed.push(loose(leg, { end: "unmatched", ...rest }));
}

interface Closing {
  readonly leg: LotLeg;
  readonly side: Side;
  /** No more than is held. */
  readonly qty: number;
  readonly proceeds: number;
  readonly fee: number;
  readonly end: LotEnd;
}

/** Takes contracts off the oldest lots. Shares are cut so that the parts of a sum are the sum. */
function close(book: Book, closing: Closing): void {
  let left = closing.qty;
  let proceedsLeft = closing.proceeds;
  let feeLeft = closing.fee;
  const kept: OpenLot[] = [];
  for (const lot of book.open) {
    if (lot.side !== closing.side || left === 0) {
      kept.push(lot);
      continue;
    }
    const size = Math.min(lot.qty, left);
    const proceeds = share(proceedsLeft, size, left);
    const fee = share(feeLeft, size, left);
    const paid = share(lot.paid, size, lot.qty);
    const openFee = share(lot.fee, size, lot.qty);
    book.closed.push({
      side: lot.side,
      qty: qty(size),
      openedMs: lot.openedMs,
      closedMs: closing.leg.atMs,
      end: closing.end,
      paid: money(paid),
      proceeds: money(proceeds),
      fees: money(openFee + fee),
      gain: money(proceeds - paid - openFee - fee),
      strategy: lot.strategy,
      openedBy: lot.openedBy,
      closedBy: closing.leg.ledgerId,
    });
    left -= size;
    proceedsLeft -= proceeds;
    feeLeft -= fee;
    if (size === lot.qty) continue;
    const rest = { paid: money(lot.paid - paid), fee: money(lot.fee - openFee) };
    kept.push({ ...lot, ...rest, qty: qty(lot.qty - size) });
  }
  book.open = kept;
}

/** Money that belongs to no purchase on file. */
function loose(
  { atMs, ledgerId, side, strategy }: LotLeg,
  of: { readonly end: LotEnd; readonly size: number; readonly proceeds: number },
): ClosedLot {
  return {
    side,
    qty: qty(of.size),
    openedMs: null,
    closedMs: atMs,
    end: of.end,
    paid: money(0),
    proceeds: money(of.proceeds),
    fees: money(0),
    gain: money(of.proceeds),
    strategy,
    openedBy: null,
    closedBy: ledgerId,
  };
}

function heldOf({ open }: Book, side: Side): Qty {
  return qty(open.reduce((sum, lot) => sum + (lot.side === side ? lot.qty : 0), 0));
}

/** A part of a sum of money, to the micro-dollar; the whole of it for the whole. */
function share(total: number, part: number, whole: number): number {
  if (part === whole) return total;
  // Sums of money times hundredths of contracts leave the safe integers at some ten thousand dollars.
  const product = total * part;
  if (Number.isSafeInteger(product)) return Math.trunc(product / whole);
  return Number((BigInt(total) * BigInt(part)) / BigInt(whole));
}

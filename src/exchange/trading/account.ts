import { ownCc } from "./prices.ts";
import type { Balance, BookSide, CashPlace, Position } from "./types.ts";

/** One client's trade as it changes cash and position. */
export interface AccountTrade extends CashPlace {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly side: BookSide;
  readonly priceCc: number;
  readonly countCq: number;
  readonly atMs: number;
}

interface Purse extends CashPlace {
  /** Everything that is owned in cash, reserved or not. */
  cashUd: number;
  reservedUd: number;
  atMs: number;
}

const HIGHEST_SUBACCOUNT = 63;

/** True for a subaccount number that can exist. */
export function isSubaccount(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= HIGHEST_SUBACCOUNT;
}

/** Cash by shard and subaccount, and the positions by market and subaccount. Reserved never means spent. */
export class Account {
  readonly #purses = new Map<string, Purse>();
  readonly #reserves = new Map<string, number>();
  readonly #positions = new Map<string, Position>();

  /** True when this shard has ever held money of the user, whatever the subaccount. */
  isKnownAt(exchangeIndex: number): boolean {
    for (const purse of this.#purses.values()) {
      if (purse.exchangeIndex === exchangeIndex) return true;
    }
    return false;
  }

  deposit(place: CashPlace, amountUd: number, atMs: number): void {
    if (amountUd === 0) return;
    const purse = this.#purse(place);
    purse.cashUd += amountUd;
    purse.atMs = atMs;
  }

  availableUd(place: CashPlace): number {
    const purse = this.#purses.get(purseKey(place));
    return purse === undefined ? 0 : purse.cashUd - purse.reservedUd;
  }

  reservedUd(ticker: string, subaccount: number): number {
    return this.#reserves.get(`${ticker} ${subaccount}`) ?? 0;
  }

  /** Sets what the orders of one market and subaccount reserve. */
  reserve(place: CashPlace & { readonly ticker: string }, amountUd: number, atMs: number): void {
    const key = `${place.ticker} ${place.subaccount}`;
    const change = amountUd - (this.#reserves.get(key) ?? 0);
    if (amountUd === 0) this.#reserves.delete(key);
    else this.#reserves.set(key, amountUd);
    const purse = this.#purse(place);
    purse.reservedUd += change;
    purse.atMs = atMs;
  }

  balance(place: CashPlace): Balance {
    return balanceOf(this.#purse(place));
  }

  balances(): readonly Balance[] {
    return [...this.#purses.values()].map(balanceOf);
  }

  positionCq(ticker: string, subaccount: number): number {
    return this.#positions.get(`${ticker} ${subaccount}`)?.positionCq ?? 0;
  }

  positions(): readonly Position[] {
    return [...this.#positions.values()];
  }

  /** Moves cash and position by one trade, before its fee. */
  trade(trade: AccountTrade): void {
    const old = this.#position(trade);
    const signed = trade.side === "bid" ? trade.countCq : -trade.countCq;
    const isOpposite = old.positionCq * signed < 0;
    const closedCq = isOpposite ? Math.min(trade.countCq, Math.abs(old.positionCq)) : 0;
    const openedCq = trade.countCq - closedCq;
    // The other leg: who sells YES pays 1 − p for NO, who buys YES against NO gets 1 − p back.
    const openedUd = ownCc(trade.side, trade.priceCc) * openedCq;
    const proceedsUd = (10_000 - ownCc(trade.side, trade.priceCc)) * closedCq;
    const closedCostUd = share(old.costUd, closedCq, Math.abs(old.positionCq));
    this.#pay(trade, proceedsUd - openedUd);
    this.#keep({
      ...old,
      positionCq: old.positionCq + signed,
      costUd: old.costUd - closedCostUd + openedUd,
      tradedUd: old.tradedUd + openedUd + proceedsUd,
      volumeCq: old.volumeCq + trade.countCq,
      realizedUd: old.realizedUd + proceedsUd - closedCostUd,
      atMs: trade.atMs,
    });
  }

  /** Takes the fee of a trade. */
  charge(trade: AccountTrade, feeUd: number): Position {
    const old = this.#position(trade);
    this.#pay(trade, -feeUd);
    return this.#keep({ ...old, feesUd: old.feesUd + feeUd });
  }

  /** Ends a position: its revenue becomes cash. */
  settle(position: Position, revenueUd: number, atMs: number): Position {
    this.#pay({ ...position, atMs }, revenueUd);
    const realizedUd = position.realizedUd + revenueUd - position.costUd;
    return this.#keep({ ...position, positionCq: 0, costUd: 0, realizedUd, atMs });
  }

  #pay(place: CashPlace & { readonly atMs: number }, amountUd: number): void {
    const purse = this.#purse(place);
    purse.cashUd += amountUd;
    purse.atMs = place.atMs;
  }

  #purse(place: CashPlace): Purse {
    const key = purseKey(place);
    const known = this.#purses.get(key);
    if (known !== undefined) return known;
    const { exchangeIndex, subaccount } = place;
    const purse = { exchangeIndex, subaccount, cashUd: 0, reservedUd: 0, atMs: 0 };
    this.#purses.set(key, purse);
    return purse;
  }

  #position(trade: AccountTrade): Position {
    const { ticker, eventTicker, exchangeIndex, subaccount, atMs } = trade;
    const known = this.#positions.get(`${ticker} ${subaccount}`);
    if (known !== undefined) return known;
    const nothing = { positionCq: 0, costUd: 0, tradedUd: 0, volumeCq: 0, realizedUd: 0 };
    return { ticker, eventTicker, exchangeIndex, subaccount, ...nothing, feesUd: 0, atMs };
  }

  #keep(position: Position): Position {
    this.#positions.set(`${position.ticker} ${position.subaccount}`, position);
    return position;
  }
}

function purseKey({ exchangeIndex, subaccount }: CashPlace): string {
  return `${exchangeIndex} ${subaccount}`;
}

function balanceOf({ exchangeIndex, subaccount, cashUd, reservedUd, atMs }: Purse): Balance {
  return { exchangeIndex, subaccount, availableUd: cashUd - reservedUd, reservedUd, atMs };
}

/** The part of a cost that belongs to `partCq` of `wholeCq`, rounded down; the last part takes what is left. */
function share(costUd: number, partCq: number, wholeCq: number): number {
  if (partCq === 0) return 0;
  return Number((BigInt(costUd) * BigInt(partCq)) / BigInt(wholeCq));
}

import type { FillRecord } from "./records.ts";
import { type Money, money, PRICE_ONE, type Qty, qty, type Side, ZERO_QTY } from "./units.ts";

/** Holding in one market. YES and NO held together net to pairs worth exactly $1, so one signed number is enough. */
export interface Position {
  readonly ticker: string;
  /** Signed: + is YES contracts, − is NO contracts. */
  qty: Qty;
  /** Cash paid for what is held now, fees included. */
  cost: Money;
  /** The same without the fees. */
  paid: Money;
}

/** What closing a position brought. */
export interface Realised {
  readonly side: Side;
  readonly qty: Qty;
  readonly payout: Money;
  readonly pnl: Money;
}

/** Side and number of contracts of a signed quantity. */
function sideOf(signed: Qty): Side {
  return signed < 0 ? "no" : "yes";
}

/** Positions and realised profit, built from fills and settlements alone. Every fill counts once, by its id. */
export class Portfolio {
  readonly #positions = new Map<string, Position>();
  readonly #seenFills = new Set<string>();
  #realised: Money = money(0);

  get realised(): Money {
    return this.#realised;
  }

  position(ticker: string): Position | undefined {
    return this.#positions.get(ticker);
  }

  positions(): IterableIterator<Position> {
    return this.#positions.values();
  }

  get openCount(): number {
    return this.#positions.size;
  }

  /** Most that all open positions together can still lose: what was paid for them. */
  worstCase(): Money {
    let total = 0;
    for (const position of this.#positions.values()) total += Math.max(0, position.cost);
    return money(total);
  }

  hasFill(fillId: string): boolean {
    return this.#seenFills.has(fillId);
  }

  /** Books a fill of an earlier run, which has told of what it realised. */
  adopt(fill: FillRecord): void {
    const before = this.#realised;
    this.applyFill(fill);
    this.#realised = before;
  }

  /** Books a fill; returns what it realised when it closed something. A repeated fill id changes nothing. */
  applyFill(fill: FillRecord): Realised | null {
    if (this.#seenFills.has(fill.fillId)) return null;
    this.#seenFills.add(fill.fillId);
    const held = this.#positions.get(fill.ticker) ?? {
      ticker: fill.ticker,
      qty: ZERO_QTY,
      cost: money(0),
      paid: money(0),
    };
    const buysYes = (fill.side === "yes") === (fill.action === "buy");
    const change = buysYes ? fill.qty : 0 - fill.qty;
    // Price of the leg whose exposure grows: selling YES at p is buying NO at 1 − p.
    const legPrice = fill.action === "buy" ? fill.price : PRICE_ONE - fill.price;
    const closing =
      Math.sign(change) === -Math.sign(held.qty)
        ? Math.min(Math.abs(change), Math.abs(held.qty))
        : 0;
    let realised: Realised | null = null;
    if (closing > 0) {
      const share = Math.round((held.cost * closing) / Math.abs(held.qty));
      // A closed pair pays $1: what was paid for the held leg and for the new one comes off it.
      const pnl = PRICE_ONE * closing - share - legPrice * closing - fill.fee;
      realised = {
        side: sideOf(held.qty),
        qty: qty(closing),
        payout: money(PRICE_ONE * closing - legPrice * closing),
        pnl: money(pnl),
      };
      held.cost = money(held.cost - share);
      held.paid = money(held.paid - Math.round((held.paid * closing) / Math.abs(held.qty)));
      this.#realised = money(this.#realised + pnl);
    }
    const opened = Math.abs(change) - closing;
    if (opened > 0) {
      held.cost = money(held.cost + legPrice * opened + (closing > 0 ? 0 : fill.fee));
      held.paid = money(held.paid + legPrice * opened);
    }
    held.qty = qty(held.qty + change);
    if (held.qty === 0) this.#positions.delete(fill.ticker);
    else this.#positions.set(fill.ticker, held);
    return realised;
  }

  /** Takes a settled position off for what it was paid. */
  settle(ticker: string, payout: Money): void {
    const held = this.#positions.get(ticker);
    if (held === undefined) return;
    this.#positions.delete(ticker);
    this.restate(money(payout - held.cost));
  }

  /** Another result than the one that was paid moves the profit by this. */
  restate(change: Money): void {
    this.#realised = money(this.#realised + change);
  }
}

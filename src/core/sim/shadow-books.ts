import { Portfolio, type Realised } from "../portfolio.ts";
import type { FillRecord, PessimisticLeg, Ruling } from "../records.ts";
import { type Paid, settleBy } from "../settle-legs.ts";
import { type Money, money, type Qty, qty, type Side } from "../units.ts";

/**
 * What the pessimistic account holds and what it was paid, as its legs say. It is settled by the same rulings as the account
 * beside it, and like that one confirmed and corrected by later ones.
 */
export class ShadowBooks {
  readonly #portfolio = new Portfolio();
  readonly #paid = new Map<string, Paid>();
  /** Whose what is held is. */
  readonly #holders = new Map<string, string>();
  #adopted = 0;

  get realised(): Money {
    return this.#portfolio.realised;
  }

  holds(ticker: string): boolean {
    return this.#portfolio.position(ticker) !== undefined;
  }

  held(ticker: string, side: Side): Qty {
    const signed: number = this.#portfolio.position(ticker)?.qty ?? 0;
    return qty(Math.max(0, side === "yes" ? signed : -signed));
  }

  /** Takes over a leg of before, which has told of what it realised. */
  adopt(leg: PessimisticLeg): void {
    const before = this.realised;
    if (leg.ruling !== null) this.settle(leg.ruling);
    else this.fill(this.#fillOf(leg), leg.strategy);
    this.#portfolio.restate(money(before - this.realised));
  }

  fill(fill: FillRecord, strategy: string): Realised | null {
    const { ticker } = fill;
    const realised = this.#portfolio.applyFill(fill);
    if (!this.holds(ticker)) this.#holders.delete(ticker);
    else if (!this.#holders.has(ticker)) this.#holders.set(ticker, strategy);
    return realised;
  }

  /** Legs of what a ruling changes; none when it says nothing new and nothing is held. */
  settle(ruling: Ruling): PessimisticLeg[] {
    const { ticker } = ruling;
    const position = this.#portfolio.position(ticker);
    const strategy = this.#holders.get(ticker) ?? "";
    const held = position === undefined ? undefined : { ...position, strategy };
    const { after, first, next } = settleBy({ paid: this.#paid.get(ticker), held }, ruling);
    this.#portfolio.restate(next?.leg.pnl ?? money(0));
    if (first !== null) {
      this.#portfolio.settle(ticker, first.paid.payout);
      this.#holders.delete(ticker);
    }
    if (after !== undefined) this.#paid.set(ticker, after);
    return [next, first].flatMap((settled) => {
      if (settled === null) return [];
      const { pnl, qty: size, side, strategy: whose } = settled.leg;
      const none = { orderId: null, price: null, fee: money(0), action: "settle" } as const;
      const by = { ...settled.paid.ruling, atMs: ruling.atMs };
      return [
        { ...none, atMs: ruling.atMs, ticker, strategy: whose, side, qty: size, pnl, ruling: by },
      ];
    });
  }

  #fillOf(leg: PessimisticLeg): FillRecord {
    const { action, atMs, fee, orderId, price, qty: size, side, ticker } = leg;
    if (action === "settle" || orderId === null || price === null) {
      throw new Error(`a pessimistic leg of ${ticker} is neither a fill nor a settlement`);
    }
    const fillId = `adopted ${++this.#adopted}`;
    // What it rested on is nothing that is looked at again.
    const kind = { isTaker: false, fillClass: null };
    return { fillId, orderId, ticker, side, action, price, qty: size, fee, ...kind, atMs };
  }
}

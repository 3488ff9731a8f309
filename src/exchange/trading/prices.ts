import type { WorldMarket } from "../world.ts";
import type { BookSide } from "./types.ts";

/** Price of the leg an order buys: YES for a bid, NO for an ask. */
export function ownCc(side: BookSide, priceCc: number): number {
  return side === "bid" ? priceCc : 10_000 - priceCc;
}

/** The bid that an order is in the book: an ask at p is a NO bid at 1 − p. */
export function bidOf({ side, priceCc }: { readonly side: BookSide; readonly priceCc: number }): {
  readonly side: "yes" | "no";
  readonly priceCc: number;
} {
  return { side: side === "bid" ? "yes" : "no", priceCc: ownCc(side, priceCc) };
}

/** True when a price and its complement both lie on the market's tick ladder, between $0 and $1 (kalshi.md §4.4). */
export function isOnGrid({ ranges }: Pick<WorldMarket, "ranges">, priceCc: number): boolean {
  const has = (cc: number): boolean =>
    ranges.some(
      ({ startCc, endCc, stepCc }) => cc >= startCc && cc < endCc && (cc - startCc) % stepCc === 0,
    );
  return priceCc > 0 && priceCc < 10_000 && has(priceCc) && has(10_000 - priceCc);
}

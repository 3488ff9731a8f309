import type { MarketView } from "../strategy.ts";
import { complement, type Price } from "../units.ts";

/** What somebody pays now for the side that is held; null where nobody does, or where the book is not to be trusted. */
export function executableBid({ bookProblem, holding, yesAsk, yesBid }: MarketView): Price | null {
  if (holding === null || bookProblem !== null) return null;
  if (holding.side === "yes") return yesBid;
  return yesAsk === null ? null : complement(yesAsk);
}

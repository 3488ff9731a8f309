import { takerFee } from "../fees.ts";
import type { MarketView } from "../strategy.ts";
import { PRICE_ONE, type Price, type Prob, price } from "../units.ts";
import { executableBid } from "./executable-bid.ts";

/** A holding that somebody pays more for than the model says it is worth. */
export interface Overpaid {
  /** By how much, after the fee of the sale, dollars per contract. */
  readonly gain: number;
  /** Lowest price at which selling still beats keeping. */
  readonly floor: Price;
}

/**
 * The rational exit: `bid − fee(bid) > p + buffer` (models.md §6). Price targets are otherwise a loss on average, since the
 * bid of a fair market is what the holding is worth. Null while it is kept, and while one of the inputs is missing.
 */
export function overpaid(view: MarketView, buffer: number): Overpaid | null {
  const found = saleGain(view);
  if (found === null || found.gain <= buffer) return null;
  return { gain: found.gain, floor: atLeast(found.worth + found.fee) };
}

/** What selling at the bid brings over the model's value of the holding, dollars per contract; null without a number of either. */
export function saleGain(
  view: MarketView,
): { readonly gain: number; readonly worth: Prob; readonly fee: number } | null {
  const { fees, holding, p } = view;
  const bid = executableBid(view);
  if (holding === null || bid === null || fees === null) return null;
  if (p === null || view.problem !== null) return null;
  const worth = holding.side === "yes" ? p : 1 - p;
  const fee = takerFee(bid, holding.qty, fees) / (holding.qty * PRICE_ONE);
  return { gain: bid / PRICE_ONE - fee - worth, worth, fee };
}

/** The lowest price that is not below a probability, a hundredth of a cent at least. */
function atLeast(worth: Prob): Price {
  return price(Math.min(PRICE_ONE - 1, Math.max(1, Math.ceil(worth * PRICE_ONE))));
}

import { executableBid } from "../core/exits/exit-book.ts";
import { takerFee } from "../core/fees.ts";
import { leave, type MarketView, type Verdict } from "../core/strategy.ts";
import { PRICE_ONE, type Price, type Prob, price } from "../core/units.ts";
import type { ModelExitParams } from "./model-exit.params.ts";

/**
 * Sells what is worth less than somebody pays for it: `bid − fee(bid) > p + buffer` (models.md §6). Price targets are
 * otherwise a loss on average, since the bid of a fair market is what the holding is worth. Null while it is kept.
 */
export function modelExit(
  view: MarketView,
  strategy: string,
  params: ModelExitParams,
): Verdict | null {
  const { fees, holding, p } = view;
  if (params.exit === "off" || holding?.strategy !== strategy) return null;
  const bid = executableBid(view);
  if (bid === null || fees === null || p === null || view.problem !== null) return null;
  const worth = holding.side === "yes" ? p : 1 - p;
  const fee = takerFee(bid, holding.qty, fees) / (holding.qty * PRICE_ONE);
  const gain = bid / PRICE_ONE - fee - worth;
  if (gain <= params.exit_buffer_cents / 100) return null;
  return leave(
    view,
    {
      reason: "model_exit",
      floor: atLeast(worth + fee),
      maxMs: params.exit_max_seconds * 1000,
      maxAttempts: params.exit_max_orders,
    },
    { side: holding.side, cost: null, ev: gain, p: null },
  );
}

/** The lowest price that is not below a probability, a hundredth of a cent at least. */
function atLeast(worth: Prob): Price {
  return price(Math.min(PRICE_ONE - 1, Math.max(1, Math.ceil(worth * PRICE_ONE))));
}

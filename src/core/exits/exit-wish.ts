import { leave, type MarketView, type Verdict } from "../strategy.ts";
import { PRICE_ONE, type Price } from "../units.ts";
import { executableBid } from "./executable-bid.ts";
import type { ExitTerms } from "./exit.ts";
import type { ExitSettings } from "./exit-settings.ts";
import { overpaid, saleGain } from "./model-exit.ts";
import { unrealizedReturn } from "./stops.ts";

/** Prices are dollars here, and 0.3 of 0.4 is a loss of a quarter whatever a double makes of it. */
const ROUNDING = 1e-9;

/**
 * What the rule wants done with a holding, whichever strategy bought it; null to keep it. Nothing is decided by an ask, a
 * last trade or a book that is not to be trusted, and nothing without a bid: there is nobody to sell to, and the next one
 * that bids is looked at for what it is. What was forgotten (`live reset`) is nobody's and is left alone.
 */
export function wishToLeave(view: MarketView, settings: ExitSettings): Verdict | null {
  const { holding } = view;
  if (holding === null || holding.strategy === "") return null;
  const bid = executableBid(view);
  const terms = bid === null ? null : termsOf(view, bid, settings);
  if (terms === null) return null;
  const ev = saleGain(view)?.gain ?? null;
  return leave(view, terms, { side: holding.side, cost: null, ev, p: null });
}

/** The terms of the first part of the rule that says so, what must be left before what may be. */
function termsOf(view: MarketView, bid: Price, settings: ExitSettings): ExitTerms | null {
  const { holding, nowMs } = view;
  if (holding === null) return null;
  const { buffer, rule, terms } = settings;
  const earned = unrealizedReturn({ entry: holding.entry, mark: bid / PRICE_ONE });
  if (rule.stopShare !== null && earned <= ROUNDING - rule.stopShare) {
    return { ...terms, reason: "stop_loss" };
  }
  if (rule.afterMs !== null && nowMs - holding.openedMs >= rule.afterMs) {
    return { ...terms, reason: "time_exit" };
  }
  if (rule.targetShare !== null && earned >= rule.targetShare - ROUNDING) {
    return { ...terms, reason: "take_profit" };
  }
  const found = rule.usesModel ? overpaid(view, buffer) : null;
  return found === null ? null : { ...terms, floor: found.floor, reason: "model_exit" };
}

import { legOf } from "../../core/live/leg.ts";
import { formatPrice, formatQty } from "../../core/units.ts";
import type { OrderTerms } from "../../ports-trading.ts";

/** The body of a create request: numbers are decimal strings made of integers, never of floats (reliability.md I11). */
export function orderBody(terms: OrderTerms): string {
  const { action, exchangeIndex, price, qty, side, ticker } = terms;
  const { bookSide, yesPrice } = legOf(side, action, price);
  return JSON.stringify({
    ticker,
    client_order_id: terms.clientOrderId,
    side: bookSide,
    count: formatQty(qty),
    price: formatPrice(yesPrice),
    self_trade_prevention_type: "taker_at_cross",
    exchange_index: exchangeIndex,
    ...(terms.timeInForce === "ioc" ? takingBody(terms) : restingBody(terms)),
  });
}

/**
 * A sale that takes must not become a purchase of the other side, whatever else has happened to the position. A purchase is
 * in the group where there is one: a group that was triggered refuses what is still on its way.
 */
function takingBody({ action, groupId }: OrderTerms): object {
  return {
    time_in_force: "immediate_or_cancel",
    ...(groupId === null ? {} : { order_group_id: groupId }),
    ...(action === "sell" ? { reduce_only: true } : {}),
  };
}

/** Nothing rests without its end and without its group: both end it when nobody here can any more (I10). */
function restingBody({ clientOrderId, expiresMs, groupId, postOnly }: OrderTerms): object {
  if (expiresMs === null || groupId === null) {
    throw new RangeError(`order ${clientOrderId} would rest without an expiry or a group`);
  }
  return {
    time_in_force: "good_till_canceled",
    expiration_time: Math.floor(expiresMs / 1000),
    order_group_id: groupId,
    post_only: postOnly,
    cancel_order_on_pause: true,
  };
}

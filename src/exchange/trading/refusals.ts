// The exchange's refusals by code and status (kalshi.md §2.0). Where both 400 and 409 are on record for a code, a client
// has to go by the code.

import type { DeskRefusal } from "./types.ts";

export const MARKET_NOT_FOUND: DeskRefusal = { status: 404, code: "market_not_found" };
/** The same for an order that is gone, executed or unknown, and for one on another shard. */
export const NOT_FOUND: DeskRefusal = { status: 404, code: "not_found" };
export const USER_NOT_FOUND: DeskRefusal = { status: 404, code: "user_not_found" };
/** After the close. */
export const MARKET_INACTIVE: DeskRefusal = { status: 409, code: "MARKET_INACTIVE" };
/** Not opened yet, or halted. */
export const MARKET_NOT_ACTIVE: DeskRefusal = { status: 400, code: "MARKET_NOT_ACTIVE" };
export const TRADING_IS_PAUSED: DeskRefusal = { status: 409, code: "trading_is_paused" };
export const INVALID_PRICE: DeskRefusal = { status: 400, code: "invalid_price" };
export const INSUFFICIENT_BALANCE: DeskRefusal = { status: 400, code: "insufficient_balance" };
export const ORDER_ALREADY_EXISTS: DeskRefusal = { status: 409, code: "order_already_exists" };
export const FILL_OR_KILL_INSUFFICIENT: DeskRefusal = {
  status: 409,
  code: "fill_or_kill_insufficient_resting_volume",
};

export function invalidOrder(details: string): DeskRefusal {
  return { status: 400, code: "invalid_order", details };
}

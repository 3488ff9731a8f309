// The bodies of the order endpoints (kalshi.md §2.9) as requests to the desk. Strict: a value the exchange would not
// understand is refused here; whether the values make an order together is for the desk to say.

import { parseDecimal } from "../../core/units.ts";
import { isSubaccount } from "../trading/account.ts";
import { INVALID_PRICE, invalidOrder } from "../trading/refusals.ts";
import {
  type AmendRequest,
  type BookSide,
  type DeskRefusal,
  isRefused,
  type OrderName,
  type OrderRequest,
  type SelfTradePrevention,
  type TimeInForce,
} from "../trading/types.ts";
import { isMilliseconds } from "../trading/violations.ts";
import {
  type BodyShape,
  flagField,
  integerField,
  invalidField,
  missingFields,
  textField,
} from "./decode-body.ts";
import type { JsonRecord } from "./types.ts";

const SIDES: readonly BookSide[] = ["bid", "ask"];
const TIMES_IN_FORCE: readonly TimeInForce[] = [
  "good_till_canceled",
  "immediate_or_cancel",
  "fill_or_kill",
];
const SELF_TRADES: readonly SelfTradePrevention[] = ["taker_at_cross", "maker"];

export const CREATE_ORDER: BodyShape = {
  name: "CreateOrderV2Request",
  fields: {
    ticker: "string",
    client_order_id: "string",
    side: "string",
    count: "string",
    price: "string",
    expiration_time: "int64",
    time_in_force: "string",
    post_only: "bool",
    self_trade_prevention_type: "string",
    cancel_order_on_pause: "bool",
    reduce_only: "bool",
    subaccount: "int",
    order_group_id: "string",
    exchange_index: "int",
  },
  required: ["ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type"],
};

export const CREATE_ORDERS: BodyShape = {
  name: "BatchCreateOrdersV2Request",
  fields: { orders: { listOf: CREATE_ORDER } },
};

export const AMEND_ORDER: BodyShape = {
  name: "AmendOrderV2Request",
  fields: {
    ticker: "string",
    side: "string",
    price: "string",
    count: "string",
    client_order_id: "string",
    updated_client_order_id: "string",
    expiration_time: "int64",
    exchange_index: "int",
  },
  required: ["ticker", "side", "price", "count"],
};

export const DECREASE_ORDER: BodyShape = {
  name: "DecreaseOrderV2Request",
  fields: {
    reduce_by: "string",
    reduce_to: "string",
    exchange_index: "int",
    market_ticker: "string",
  },
};

const CANCEL_ORDER: BodyShape = {
  name: "BatchCancelOrdersV2RequestOrder",
  fields: {
    order_id: "string",
    subaccount: "int",
    exchange_index: "int",
    market_ticker: "string",
  },
  required: ["order_id"],
};

export const CANCEL_ORDERS: BodyShape = {
  name: "BatchCancelOrdersV2Request",
  fields: { orders: { listOf: CANCEL_ORDER } },
};

/** A decoded create body as a request to the desk, or why it is refused. */
export function orderRequest(body: JsonRecord): OrderRequest | DeskRefusal {
  const lacking = missingFields(body, CREATE_ORDER);
  if (lacking !== null) return lacking;
  const leg = legOf(body, CREATE_ORDER);
  if (isRefused(leg)) return leg;
  const terms = termsOf(body);
  if (isRefused(terms)) return terms;
  const subaccount = subaccountOf(body, CREATE_ORDER);
  if (typeof subaccount !== "number") return subaccount;
  const exchangeIndex = shardOf(body, CREATE_ORDER);
  if (exchangeIndex !== null && typeof exchangeIndex !== "number") return exchangeIndex;
  return {
    ticker: textField(body, "ticker"),
    clientOrderId: textOrNull(body, "client_order_id"),
    groupId: textOrNull(body, "order_group_id"),
    subaccount,
    exchangeIndex,
    ...leg,
    ...terms,
  };
}

/** A decoded amend body as a request to the desk, or why it is refused. */
export function amendRequest(orderId: string, body: JsonRecord): AmendRequest | DeskRefusal {
  const lacking = missingFields(body, AMEND_ORDER);
  if (lacking !== null) return lacking;
  const leg = legOf(body, AMEND_ORDER);
  if (isRefused(leg)) return leg;
  const exchangeIndex = shardOf(body, AMEND_ORDER);
  if (exchangeIndex !== null && typeof exchangeIndex !== "number") return exchangeIndex;
  const expirationS = integerField(body, "expiration_time");
  if (isMilliseconds(expirationS ?? 0)) return badExpiry();
  return {
    orderId,
    ticker: textField(body, "ticker"),
    clientOrderId: textOrNull(body, "client_order_id"),
    updatedClientOrderId: textOrNull(body, "updated_client_order_id"),
    exchangeIndex,
    ...leg,
    ...(expirationS === null ? {} : { expirationS }),
  };
}

/** By how much or to what a decoded decrease body reduces an order. */
export function decreaseOf(
  body: JsonRecord,
): { readonly byCq: number } | { readonly toCq: number } | DeskRefusal {
  const by = textField(body, "reduce_by");
  const to = textField(body, "reduce_to");
  if ((by === "") === (to === "")) {
    return invalidOrder("exactly one of reduce_by or reduce_to should be provided");
  }
  const count = countOf(by === "" ? to : by);
  if (Number.isNaN(count) || (by !== "" && count === 0)) return invalidOrder(BAD_COUNT);
  return by === "" ? { toCq: count } : { byCq: count };
}

/** Where the order of a decoded decrease body is. */
export function decreaseName(orderId: string, body: JsonRecord): OrderName | DeskRefusal {
  return nameOf(orderId, body, DECREASE_ORDER);
}

/** Which order an entry of a batch cancel names, and the subaccount it must be in. */
export function cancelName(
  entry: JsonRecord,
): (OrderName & { readonly subaccount: number }) | DeskRefusal {
  const lacking = missingFields(entry, CANCEL_ORDER);
  if (lacking !== null) return lacking;
  const subaccount = subaccountOf(entry, CANCEL_ORDER);
  if (typeof subaccount !== "number") return subaccount;
  const name = nameOf(textField(entry, "order_id"), entry, CANCEL_ORDER);
  return isRefused(name) ? name : { ...name, subaccount };
}

function nameOf(orderId: string, body: JsonRecord, shape: BodyShape): OrderName | DeskRefusal {
  const exchangeIndex = shardOf(body, shape);
  if (exchangeIndex !== null && typeof exchangeIndex !== "number") return exchangeIndex;
  const ticker = textOrNull(body, "market_ticker");
  // Only the market says where to route to.
  if (exchangeIndex === -1 && ticker === null) {
    return invalidField(shape, "market_ticker", "required");
  }
  return { orderId, ticker, exchangeIndex };
}

/** Contracts in hundredths from `12`, `12.3` or `12.30`; NaN from anything else or more than a billion contracts. */
export function countOf(text: string): number {
  return /^\d{1,9}(?:\.\d{1,2})?$/.test(text) ? parseDecimal(text, 2) : Number.NaN;
}

interface Leg {
  readonly side: BookSide;
  readonly priceCc: number;
  readonly countCq: number;
}

const BAD_COUNT = "invalid count";

function legOf(body: JsonRecord, shape: BodyShape): Leg | DeskRefusal {
  const side = SIDES.find((each) => each === body["side"]);
  if (side === undefined) return invalidField(shape, "side", "oneof");
  const countCq = countOf(textField(body, "count"));
  if (!(countCq > 0)) return invalidOrder(BAD_COUNT);
  const price = textField(body, "price");
  // The API documents 2 to 4 decimals.
  const priceCc = /^\d\.\d{2,4}$/.test(price) ? parseDecimal(price, 4) : Number.NaN;
  // Between $0 and $1, neither included; the desk knows the market's grid.
  if (!(priceCc > 0 && priceCc < 10_000)) return INVALID_PRICE;
  return { side, priceCc, countCq };
}

type Terms = Pick<
  OrderRequest,
  "timeInForce" | "selfTrade" | "expirationS" | "isPostOnly" | "cancelOnPause" | "isReduceOnly"
>;

function termsOf(body: JsonRecord): Terms | DeskRefusal {
  const timeInForce = TIMES_IN_FORCE.find((each) => each === body["time_in_force"]);
  if (timeInForce === undefined) return invalidField(CREATE_ORDER, "time_in_force", "oneof");
  const selfTrade = SELF_TRADES.find((each) => each === body["self_trade_prevention_type"]);
  if (selfTrade === undefined) {
    return invalidField(CREATE_ORDER, "self_trade_prevention_type", "oneof");
  }
  const expirationS = integerField(body, "expiration_time");
  if (isMilliseconds(expirationS ?? 0)) return badExpiry();
  return {
    timeInForce,
    selfTrade,
    expirationS,
    isPostOnly: flagField(body, "post_only"),
    cancelOnPause: flagField(body, "cancel_order_on_pause"),
    isReduceOnly: flagField(body, "reduce_only"),
  };
}

function badExpiry(): DeskRefusal {
  return invalidOrder("expiration_time is not in unix seconds");
}

function subaccountOf(body: JsonRecord, shape: BodyShape): number | DeskRefusal {
  const subaccount = integerField(body, "subaccount") ?? 0;
  return isSubaccount(subaccount) ? subaccount : invalidField(shape, "subaccount", "lte");
}

function shardOf(body: JsonRecord, shape: BodyShape): number | null | DeskRefusal {
  const shard = integerField(body, "exchange_index");
  return shard === null || shard >= -1 ? shard : invalidField(shape, "exchange_index", "gte");
}

function textOrNull(body: JsonRecord, key: string): string | null {
  const text = textField(body, key);
  return text === "" ? null : text;
}

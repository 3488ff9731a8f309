// Order writes (kalshi.md §2.9): create, amend, decrease, cancel, in ones and in batches, and the retired endpoints.

import { NOT_FOUND } from "../trading/refusals.ts";
import {
  type CancelAnswer,
  type DeskRefusal,
  isRefused,
  type OrderAnswer,
  type OrderName,
} from "../trading/types.ts";
import { noteName, noteRefusal, noteRequest } from "../trading/violations.ts";
import { decodeBody, errorOf, listField, missing, refusedReply, textField } from "./decode-body.ts";
import { countText } from "./number-text.ts";
import {
  AMEND_ORDER,
  amendRequest,
  CANCEL_ORDERS,
  CREATE_ORDER,
  CREATE_ORDERS,
  cancelName,
  DECREASE_ORDER,
  decreaseName,
  decreaseOf,
  orderRequest,
} from "./order-body.ts";
import { placedJson } from "./order-json.ts";
import { failed, integerParam, isReply, ok } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";
import type { JsonRecord } from "./types.ts";

const ORDERS = "/portfolio/events/orders";
const BATCH = `${ORDERS}/batched`;
const LEGACY = "/portfolio/orders";

export const ORDER_ROUTES: readonly Route[] = [
  { method: "POST", path: ORDERS, access: "trade", handle: createOrder },
  { method: "DELETE", path: ORDERS, access: "trade", handle: cancelAll },
  { method: "POST", path: BATCH, access: "trade", cost: 10, isBatch: true, handle: createOrders },
  { method: "DELETE", path: BATCH, access: "trade", cost: 2, isBatch: true, handle: cancelOrders },
  { method: "DELETE", path: `${ORDERS}/:order`, access: "trade", cost: 2, handle: cancelOrder },
  { method: "POST", path: `${ORDERS}/:order/amend`, access: "trade", handle: amendOrder },
  { method: "POST", path: `${ORDERS}/:order/decrease`, access: "trade", handle: decreaseOrder },
  legacy("POST", LEGACY, 20),
  legacy("DELETE", LEGACY, 20),
  legacy("POST", `${LEGACY}/batched`, 20),
  legacy("DELETE", `${LEGACY}/batched`, 4),
  legacy("DELETE", `${LEGACY}/:order`, 4),
  legacy("POST", `${LEGACY}/:order/amend`, 20),
  legacy("POST", `${LEGACY}/:order/decrease`, 20),
];

/** An order endpoint of the first version: gone since June 2026. */
function legacy(method: "POST" | "DELETE", path: string, cost: number): Route {
  const handle = (call: Call): Reply => {
    call.ledger.violation("legacy_endpoint", `${method} ${path}`, call.nowMs);
    return failed(410, "deprecated_v1_order_endpoint");
  };
  return { method, path, access: "trade", cost, handle };
}

function createOrder(call: Call): Reply {
  const body = decodeBody(call, CREATE_ORDER);
  if (isReply(body)) return body;
  const answer = placed(call, body);
  return isRefused(answer) ? refusedReply(answer) : created(placedJson(answer));
}

function created(body: unknown): Reply {
  return { status: 201, body: JSON.stringify(body) };
}

function placed(call: Call, body: JsonRecord): OrderAnswer | DeskRefusal {
  const { desk, ledger, nowMs, world } = call;
  const request = orderRequest(body);
  if (isRefused(request)) {
    noteRefusal(ledger, request, wordsOf(body), nowMs);
    return request;
  }
  noteRequest(ledger, request, world.market(request.ticker)?.exchangeIndex, nowMs);
  const answer = desk.create(request);
  if (isRefused(answer)) noteRefusal(ledger, answer, wordsOf(body), nowMs);
  return answer;
}

function wordsOf(body: JsonRecord): string {
  const words = ["side", "count", "ticker", "price"].map((key) => textField(body, key));
  return `${words.join(" ")} (${textField(body, "client_order_id") || "without id"})`;
}

// A batch is answered 201 even when every order of it was refused.
function createOrders(call: Call): Reply {
  const body = decodeBody(call, CREATE_ORDERS);
  if (isReply(body)) return body;
  const orders = listField(body, "orders").map((entry) => {
    const answer = placed(call, entry);
    if (!isRefused(answer)) return placedJson(answer);
    noteRefused(call, "POST", answer);
    const id = textField(entry, "client_order_id");
    return { ...(id === "" ? {} : { client_order_id: id }), error: errorOf(answer) };
  });
  return orders.length === 0
    ? refusedReply(missing(CREATE_ORDERS, ["orders"]))
    : created({ orders });
}

function cancelOrders(call: Call): Reply {
  const body = decodeBody(call, CANCEL_ORDERS);
  if (isReply(body)) return body;
  const orders = listField(body, "orders").map((entry) => {
    const name = cancelName(entry);
    const answer = isRefused(name) ? name : cancelled(call, name, name.subaccount);
    if (!isRefused(answer)) {
      const { clientOrderId } = answer.order;
      const id = clientOrderId === null ? {} : { client_order_id: clientOrderId };
      return { ...id, ...cancelJson(answer) };
    }
    noteRefused(call, "DELETE", answer);
    const orderId = textField(entry, "order_id");
    return { error: errorOf(answer), order_id: orderId, reduced_by: countText(0) };
  });
  return orders.length === 0 ? refusedReply(missing(CANCEL_ORDERS, ["orders"])) : ok({ orders });
}

/** The entry of a batch is refused although the request as a whole is not. */
function noteRefused(call: Call, method: string, refusal: DeskRefusal): void {
  const { status, code } = refusal;
  call.ledger.refused({ method, path: BATCH, status, code, atMs: call.nowMs });
}

function cancelOrder(call: Call): Reply {
  const operation = "CancelOrderV2";
  const subaccount = integerParam(call.query, "subaccount", operation);
  if (isReply(subaccount)) return subaccount;
  const exchangeIndex = integerParam(call.query, "exchange_index", operation);
  if (isReply(exchangeIndex)) return exchangeIndex;
  const name = cancelName({
    order_id: call.params["order"] ?? "",
    market_ticker: call.query.get("market_ticker") ?? "",
    ...(subaccount === undefined ? {} : { subaccount }),
    ...(exchangeIndex === undefined ? {} : { exchange_index: exchangeIndex }),
  });
  const answer = isRefused(name) ? name : cancelled(call, name, name.subaccount);
  return isRefused(answer) ? refusedReply(answer) : ok(cancelJson(answer));
}

function cancelJson(answer: CancelAnswer): JsonRecord {
  return {
    order_id: answer.order.orderId,
    reduced_by: countText(answer.reducedCq),
    ts_ms: answer.order.updatedMs,
  };
}

function cancelled(call: Call, name: OrderName, subaccount: number): CancelAnswer | DeskRefusal {
  return onOrder(call, { name, subaccount, verb: "cancel" }, () => call.desk.cancel(name));
}

interface Target {
  readonly name: OrderName;
  readonly subaccount: number;
  readonly verb: string;
}

/** Does something to an order of this subaccount; an order of another one is not to be found. */
function onOrder<T extends object>(
  call: Call,
  target: Target,
  act: () => T | DeskRefusal,
): T | DeskRefusal {
  const { desk, ledger, nowMs } = call;
  const { name, subaccount, verb } = target;
  const order = desk.order(name.orderId);
  noteName(ledger, name, order, nowMs);
  if (order !== undefined && order.subaccount !== subaccount) return NOT_FOUND;
  const answer = act();
  if (isRefused(answer)) noteRefusal(ledger, answer, `${verb} order ${name.orderId}`, nowMs);
  return answer;
}

function amendOrder(call: Call): Reply {
  const subaccount = integerParam(call.query, "subaccount", "AmendOrderV2") ?? 0;
  if (isReply(subaccount)) return subaccount;
  const body = decodeBody(call, AMEND_ORDER);
  if (isReply(body)) return body;
  const request = amendRequest(call.params["order"] ?? "", body);
  if (isRefused(request)) {
    noteRefusal(call.ledger, request, wordsOf(body), call.nowMs);
    return refusedReply(request);
  }
  const target = { name: request, subaccount, verb: "amend" };
  const answer = onOrder(call, target, () => call.desk.amend(request));
  return isRefused(answer) ? refusedReply(answer) : ok(placedJson(answer));
}

function decreaseOrder(call: Call): Reply {
  const subaccount = integerParam(call.query, "subaccount", "DecreaseOrderV2") ?? 0;
  if (isReply(subaccount)) return subaccount;
  const body = decodeBody(call, DECREASE_ORDER);
  if (isReply(body)) return body;
  const by = decreaseOf(body);
  if (isRefused(by)) {
    noteRefusal(call.ledger, by, `decrease order ${call.params["order"] ?? ""}`, call.nowMs);
    return refusedReply(by);
  }
  const name = decreaseName(call.params["order"] ?? "", body);
  if (isRefused(name)) return refusedReply(name);
  const target = { name, subaccount, verb: "decrease" };
  const answer = onOrder(call, target, () => call.desk.decrease(name, by));
  if (isRefused(answer)) return refusedReply(answer);
  const { clientOrderId, leftCq, orderId, updatedMs } = answer.order;
  return ok({
    ...(clientOrderId === null ? {} : { client_order_id: clientOrderId }),
    order_id: orderId,
    remaining_count: countText(leftCq),
    ts_ms: updatedMs,
  });
}

function cancelAll(call: Call): Reply {
  const subaccount = integerParam(call.query, "subaccount", "CancelAllOrders") ?? null;
  if (isReply(subaccount)) return subaccount;
  call.desk.cancelAll(subaccount);
  return { status: 204, body: "" };
}

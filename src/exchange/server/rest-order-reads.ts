// Reads of orders and of their places in the queue (kalshi.md §2.8), as late as all reads of the account.

import type { OrderState, OrderStatus } from "../trading/types.ts";
import type { Archive } from "./archive.ts";
import { countText } from "./number-text.ts";
import { orderJson } from "./order-json.ts";
import { lately, listPage, listTest, subaccountParam, type Tier } from "./portfolio-query.ts";
import { badParameter, failed, isReply, listParam, ok } from "./query.ts";
import type { Call, Reply, Route } from "./route.ts";

const ORDERS = "/portfolio/orders";
const STATUSES: readonly OrderStatus[] = ["resting", "canceled", "executed"];
const EVENTS_MAX = 10;

export function orderReadRoutes(archive: Archive): readonly Route[] {
  return [
    {
      method: "GET",
      path: ORDERS,
      access: "read",
      handle: lately((call) => listOrders(call, archive, "live")),
    },
    {
      method: "GET",
      path: "/historical/orders",
      access: "read",
      handle: lately((call) => listOrders(call, archive, "historical")),
    },
    {
      method: "GET",
      path: `${ORDERS}/queue_positions`,
      access: "read",
      handle: lately(listQueuePositions),
    },
    { method: "GET", path: `${ORDERS}/:order`, access: "read", cost: 2, handle: lately(getOrder) },
    {
      method: "GET",
      path: `${ORDERS}/:order/queue_position`,
      access: "read",
      handle: lately(getQueuePosition),
    },
  ];
}

function listOrders(call: Call, archive: Archive, tier: Tier): Reply {
  const operation = tier === "live" ? "GetOrders" : "GetHistoricalOrders";
  const test = listTest(call, { operation });
  if (isReply(test)) return test;
  const status = call.query.get("status") ?? "";
  if (status !== "" && !STATUSES.some((each) => each === status)) {
    return badParameter(operation, "status", "oneof");
  }
  const events = listParam(call.query, "event_ticker");
  if (events.length > EVENTS_MAX) return badParameter(operation, "event_ticker", "max");
  const cutoffMs = archive.ordersCutoffMs(call.nowMs);
  const items = call.view
    .orders()
    .filter(
      (order) =>
        tierOf(order, cutoffMs) === tier &&
        test({ ...order, atMs: order.createdMs }) &&
        (status === "" || order.status === status) &&
        (events.length === 0 || events.includes(eventOf(call, order))),
    );
  const page = listPage(call, operation, { items, idOf: ({ orderId }) => orderId });
  if (isReply(page)) return page;
  return ok({ cursor: page.cursor, orders: page.items.map(orderJson) });
}

/** An order leaves the live list when it ended before the cutoff; a resting one never does. */
function tierOf(order: OrderState, cutoffMs: number): Tier {
  return order.status !== "resting" && order.updatedMs < cutoffMs ? "historical" : "live";
}

function eventOf(call: Call, order: OrderState): string {
  return call.world.market(order.ticker)?.eventTicker ?? "";
}

function getOrder(call: Call): Reply {
  const order = call.view.order(call.params["order"] ?? "");
  return order === undefined ? failed(404, "not_found") : ok({ order: orderJson(order) });
}

function listQueuePositions(call: Call): Reply {
  const subaccount = subaccountParam(call, "GetOrderQueuePositions") ?? 0;
  if (isReply(subaccount)) return subaccount;
  const tickers = listParam(call.query, "market_tickers");
  const event = call.query.get("event_ticker") ?? "";
  const positions = call.view
    .orders()
    .filter(
      (order) =>
        order.subaccount === subaccount &&
        (tickers.length === 0 || tickers.includes(order.ticker)) &&
        (event === "" || eventOf(call, order) === event),
    )
    .flatMap((order) => {
      const aheadCq = aheadOf(call, order);
      return aheadCq === null
        ? []
        : [
            {
              market_ticker: order.ticker,
              order_id: order.orderId,
              queue_position_fp: countText(aheadCq),
            },
          ];
    });
  return ok({ queue_positions: positions });
}

function getQueuePosition(call: Call): Reply {
  const order = call.view.order(call.params["order"] ?? "");
  const aheadCq = order === undefined ? null : aheadOf(call, order);
  if (aheadCq === null) return failed(404, "not_found");
  return ok({ queue_position_fp: countText(aheadCq) });
}

/** Contracts ahead of an order that is seen resting; null for any other. */
function aheadOf(call: Call, order: OrderState): number | null {
  return order.status === "resting" ? call.desk.aheadCq(order.orderId) : null;
}

import { openWorld } from "../../../src/app/compose/local-exchange.ts";
import type { Ms } from "../../../src/core/units.ts";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import { isRefused, type OrderRequest } from "../../../src/exchange/trading/types.ts";
import type { Outcome, SentOrder, Stretch } from "./paper-world.ts";

interface Step {
  readonly atMs: Ms;
  readonly run: () => void;
}

/** The same stretch with the orders in the exchange's own book: what its matching, fees and settlement make of them. */
export function trueWorld(
  { scenario, seed, startMs }: Stretch,
  orders: readonly SentOrder[],
  endMs: Ms,
): Outcome {
  const { world } = openWorld(scenario, seed, startMs);
  const exchange = createLocalExchange({ world, cash: CASH, hasWeeklyPause: false });
  const before = cashOf(exchange);
  for (const { atMs, run } of stepsOf(exchange, orders)) {
    exchange.runUntil(atMs);
    run();
  }
  exchange.runUntil(endMs);
  const byOrder = new Map<string, number>();
  for (const { clientOrderId, countCq } of exchange.desk.fills()) {
    const id = clientOrderId ?? "";
    byOrder.set(id, (byOrder.get(id) ?? 0) + countCq);
  }
  const filledCq = [...byOrder.values()].reduce((sum, size) => sum + size, 0);
  return { filledCq, pnlUd: cashOf(exchange) - before, byOrder };
}

/** More than all orders together can cost. */
const CASH = [{ exchangeIndex: 2, subaccount: 0, amountUd: 1e12 }];

function cashOf({ desk }: LocalExchange): number {
  return desk
    .balances()
    .reduce((sum, { availableUd, reservedUd }) => sum + availableUd + reservedUd, 0);
}

/** Arrivals, cancels and ends by their times; what is due at one time, in the order of sending. */
function stepsOf(exchange: LocalExchange, orders: readonly SentOrder[]): Step[] {
  const steps = orders.flatMap((sent): Step[] => {
    const { arrivesMs, cancelMs, order } = sent;
    const endMs = Math.min(
      cancelMs ?? Number.POSITIVE_INFINITY,
      order.expiresMs ?? Number.POSITIVE_INFINITY,
    );
    if (endMs <= arrivesMs && order.expiresMs !== null && order.expiresMs <= arrivesMs) return [];
    let orderId: string | null = null;
    const place = (): void => {
      const answer = exchange.desk.create(requestOf(sent));
      if (!isRefused(answer)) orderId = answer.order.orderId;
    };
    const end = (): void => {
      if (orderId === null) return;
      exchange.desk.cancel({ orderId, ticker: order.ticker, exchangeIndex: null });
    };
    return [
      { atMs: arrivesMs, run: place },
      ...(Number.isFinite(endMs) ? [{ atMs: endMs, run: end }] : []),
    ];
  });
  return steps.toSorted((a, b) => a.atMs - b.atMs);
}

/** The exchange has one book, that of YES: to buy NO at p is to sell YES at 1 − p. */
function requestOf({ order }: SentOrder): OrderRequest {
  const { action, orderId, postOnly, price, qty, side, ticker } = order;
  return {
    ticker,
    clientOrderId: orderId,
    side: (side === "yes") === (action === "buy") ? "bid" : "ask",
    priceCc: side === "yes" ? price : 10_000 - price,
    countCq: qty,
    timeInForce: postOnly ? "good_till_canceled" : "immediate_or_cancel",
    selfTrade: "taker_at_cross",
    expirationS: null,
    cancelOnPause: false,
    isPostOnly: postOnly,
    isReduceOnly: false,
    subaccount: 0,
    groupId: null,
    exchangeIndex: null,
  };
}

import type { OrderUpdate } from "./events.ts";
import type { ExitStep } from "./exits/exit.ts";
import type { Told } from "./live/seen.ts";
import { type Intent, IOC, type Order } from "./orders.ts";
import type { Portfolio, Realised } from "./portfolio.ts";
import type { FillRecord, LedgerRecord, OrderRecord, PositionRecord } from "./records.ts";
import type { Holding, MarketView } from "./strategy.ts";
import { costOf, type Ms, money, ZERO_QTY } from "./units.ts";

// What the order desk puts on file, as rows.

/** A new order as it enters the journal. */
export function recordOf(order: Order): OrderRecord {
  const { action, clientOrderId, createdMs, opportunityId, orderId } = order;
  const { price: limit, qty: size, side, strategy, ticker } = order;
  return {
    orderId,
    clientOrderId,
    strategy,
    opportunityId,
    ticker,
    side,
    action,
    price: limit,
    qty: size,
    state: "pending",
    createdMs,
  };
}

/** One order of an exit. */
export function saleOf(
  { market }: MarketView,
  { side, strategy }: Holding,
  { limit, qty: size }: Extract<ExitStep, { type: "sell" }>,
): Intent {
  return {
    strategy,
    ticker: market.ticker,
    side,
    action: "sell",
    price: limit,
    qty: size,
    ...IOC,
  };
}

/** A fill as a leg of the ledger. */
export function fillLeg(
  fill: FillRecord,
  {
    realised,
    strategy,
    told,
  }: {
    readonly realised: Realised | null;
    readonly strategy: string;
    readonly told: Told | undefined;
  },
): LedgerRecord {
  const gross = costOf(fill.price, fill.qty);
  return {
    atMs: fill.atMs,
    action: fill.action,
    side: fill.side,
    ticker: fill.ticker,
    price: fill.price,
    qty: fill.qty,
    cost: money((fill.action === "buy" ? gross : 0 - gross) + fill.fee),
    pnl: realised?.pnl ?? null,
    status: "filled",
    source: "venue",
    strategy,
    orderId: fill.orderId,
    payload: {
      fill_id: fill.fillId,
      fee_ud: fill.fee,
      ...(told === undefined ? {} : { told }),
    },
  };
}

/** An order that ended without a fill as a leg of the ledger. */
export function unfilledLeg({ reason, recvMs, state }: OrderUpdate, order: Order): LedgerRecord {
  return {
    atMs: recvMs,
    action: order.action,
    side: order.side,
    ticker: order.ticker,
    price: order.price,
    qty: ZERO_QTY,
    cost: money(0),
    pnl: null,
    status: state,
    source: "venue",
    strategy: order.strategy,
    orderId: order.orderId,
    payload: { reason, wanted_cq: order.qty },
  };
}

/** What is held in a market now. */
export function positionRow(ticker: string, portfolio: Portfolio, atMs: Ms): PositionRecord {
  const held = portfolio.position(ticker);
  const { cost, qty } = held ?? { qty: ZERO_QTY, cost: money(0) };
  return { ticker, qty, cost, source: "engine", atMs };
}

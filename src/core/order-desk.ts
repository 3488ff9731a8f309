import type { Effect } from "./effects.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { OrderUpdate, Settlement } from "./events.ts";
import { takerFee } from "./fees.ts";
import { uuidOf } from "./ids.ts";
import { seriesOfTicker } from "./market.ts";
import type { Intent, Order } from "./orders.ts";
import type { Portfolio, Realised } from "./portfolio.ts";
import type { FillRecord, Opportunity } from "./records.ts";
import type { GateInputs, RiskGate } from "./risk/gate.ts";
import { type SlippageBook, touchOf } from "./slippage.ts";
import type { MarketView, Verdict } from "./strategy.ts";
import { costOf, type Money, type Ms, money, type Price, ZERO_QTY } from "./units.ts";

interface OpenOrder {
  readonly order: Order;
  /** What it meant to meet: the ask of its side for a buy, the bid for a sale; null when there was none. */
  readonly touch: Price | null;
  filled: number;
}

interface Books {
  readonly portfolio: Portfolio;
  readonly gate: RiskGate;
  readonly slippage: SlippageBook;
}

/** Between strategy and venue: asks the gate, gives orders their identity, books what comes back. */
export class OrderDesk {
  readonly #config: EngineConfig;
  readonly #portfolio: Portfolio;
  readonly #gate: RiskGate;
  readonly #slippage: SlippageBook;
  readonly #open = new Map<string, OpenOrder>();
  readonly #strategyOf = new Map<string, string>();
  readonly #settled = new Set<string>();
  #counter = 0;

  constructor(config: EngineConfig, { gate, portfolio, slippage }: Books) {
    this.#config = config;
    this.#portfolio = portfolio;
    this.#gate = gate;
    this.#slippage = slippage;
  }

  /**
   * The verdict after the gate: a wish that a limit forbids becomes a no-trade with the limit's name. Limits that stand
   * whatever the size are noted beside the gates that were shut anyway.
   */
  judge(verdict: Verdict, view: MarketView): Verdict {
    const { intent } = verdict;
    const denied = intent === null ? null : this.#gate.check(gateInputs(intent, view));
    if (intent !== null && denied === null) return verdict;
    const standing = this.#gate.standing(view.market.ticker, view.nowMs);
    if (denied === null) {
      return standing.length === 0
        ? verdict
        : { ...verdict, failed: [...verdict.failed, ...standing] };
    }
    const failed = [denied.reason, ...standing.filter((code) => code !== denied.reason)];
    return { ...verdict, decision: "no_trade", reason: denied.reason, failed, intent: null };
  }

  place(verdict: Verdict, row: Opportunity, view: MarketView, effects: Effect[]): void {
    if (verdict.intent === null) return;
    const count = ++this.#counter;
    const order: Order = {
      ...verdict.intent,
      orderId: `r${this.#config.runId}-${count}`,
      clientOrderId: uuidOf(this.#config.runKey, count),
      opportunityId: row.opportunityId,
      createdMs: view.nowMs,
    };
    const approved = this.#gate.approve(order, gateInputs(verdict.intent, view));
    if ("denied" in approved) return;
    this.#open.set(order.orderId, { order, touch: touchOf(order, row), filled: 0 });
    this.#strategyOf.set(order.ticker, order.strategy);
    const { orderId, clientOrderId, strategy, opportunityId, ticker, side, action, price, qty } =
      order;
    effects.push({
      type: "order",
      row: {
        orderId,
        clientOrderId,
        strategy,
        opportunityId,
        ticker,
        side,
        action,
        price,
        qty,
        state: "pending",
        createdMs: view.nowMs,
      },
    });
    effects.push({ type: "submit", order: approved });
  }

  onFill(fill: FillRecord, effects: Effect[]): void {
    if (this.#portfolio.hasFill(fill.fillId)) return;
    const open = this.#open.get(fill.orderId);
    if (open !== undefined) {
      open.filled += fill.qty;
      this.#measure(open, fill);
    }
    const realised = this.#portfolio.applyFill(fill);
    if (realised !== null) this.#gate.onRealised(realised.pnl, fill.atMs);
    const gross = costOf(fill.price, fill.qty);
    effects.push({ type: "fill", row: fill });
    effects.push({
      type: "ledger",
      row: {
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
        strategy: open?.order.strategy ?? this.#strategyOf.get(fill.ticker) ?? "",
        orderId: fill.orderId,
        payload: { fill_id: fill.fillId, fee_ud: fill.fee },
      },
    });
    this.#position(fill.ticker, fill.atMs, effects);
  }

  #measure({ order, touch }: OpenOrder, fill: FillRecord): void {
    if (touch === null || !fill.isTaker) return;
    const { action, price, qty } = fill;
    const series = seriesOfTicker(order.ticker);
    this.#slippage.onFill({ strategy: order.strategy, series, action, touch, price, qty });
  }

  onOrder(update: OrderUpdate, effects: Effect[]): void {
    const { orderId, state, filledQty, reason, recvMs } = update;
    effects.push({ type: "orderEvent", row: { orderId, atMs: recvMs, state, filledQty, reason } });
    if (state === "pending" || state === "resting" || state === "unknown") return;
    this.#gate.resolved(orderId);
    const open = this.#open.get(orderId);
    this.#open.delete(orderId);
    if (open === undefined || filledQty > 0) return;
    const { order } = open;
    effects.push({
      type: "ledger",
      row: {
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
        orderId,
        payload: { reason, wanted_cq: order.qty },
      },
    });
  }

  /** Only a final settlement pays; a determined one may still be amended (reliability.md I29). */
  onSettlement(event: Settlement, effects: Effect[]): void {
    if (!event.final || this.#settled.has(event.ticker)) return;
    this.#settled.add(event.ticker);
    const realised = this.#portfolio.settle(event.ticker, event.result);
    if (realised === null) return;
    this.#gate.onRealised(realised.pnl, event.recvMs);
    effects.push({ type: "ledger", row: this.#settlementLeg(event, realised) });
    this.#position(event.ticker, event.recvMs, effects);
    this.#strategyOf.delete(event.ticker);
  }

  /** Drops what is only needed while a market can still settle. */
  forget(ticker: string): void {
    this.#settled.delete(ticker);
    this.#strategyOf.delete(ticker);
  }

  #settlementLeg(
    event: Settlement,
    realised: Realised,
  ): Extract<Effect, { type: "ledger" }>["row"] {
    return {
      atMs: event.recvMs,
      action: "settle",
      side: realised.side,
      ticker: event.ticker,
      price: null,
      qty: realised.qty,
      cost: money(0 - realised.payout),
      pnl: realised.pnl,
      status: event.result,
      source: event.source,
      strategy: this.#strategyOf.get(event.ticker) ?? "",
      orderId: null,
      payload: { expiration_value: event.expirationValue },
    };
  }

  #position(ticker: string, atMs: Ms, effects: Effect[]): void {
    const held = this.#portfolio.position(ticker);
    effects.push({
      type: "position",
      row: {
        ticker,
        qty: held?.qty ?? ZERO_QTY,
        cost: held?.cost ?? money(0),
        source: "engine",
        atMs,
      },
    });
  }
}

function gateInputs(intent: Intent, view: MarketView): GateInputs {
  return { intent, market: view.market, worstCost: worstCost(intent, view), nowMs: view.nowMs };
}

/** Most that an order can cost: all of it at its limit, fee included; more than any limit allows while that is unknown. */
function worstCost(intent: Intent, { fees }: MarketView): Money {
  if (intent.qty <= 0) return money(0);
  if (fees === null) return money(Number.MAX_SAFE_INTEGER);
  return money(costOf(intent.price, intent.qty) + takerFee(intent.price, intent.qty, fees));
}

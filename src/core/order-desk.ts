import type { Effect } from "./effects.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { FillEvent, OrderUpdate } from "./events.ts";
import { ExitBook } from "./exits/exit-book.ts";
import { takerFee } from "./fees.ts";
import { uuidOf } from "./ids.ts";
import { type Market, seriesOfTicker } from "./market.ts";
import type { Openers } from "./openers.ts";
import { fillLeg, positionRow, recordOf, saleOf, unfilledLeg } from "./order-rows.ts";
import type { Intent, Order } from "./orders.ts";
import type { PastTrading } from "./past-trading.ts";
import type { Portfolio } from "./portfolio.ts";
import type { FillRecord, Opportunity } from "./records.ts";
import type { GateInputs } from "./risk/check.ts";
import type { RiskGate } from "./risk/gate.ts";
import { type SlippageBook, touchOf } from "./slippage.ts";
import type { Holding, MarketView, RestingOrder, Verdict } from "./strategy.ts";
import { costOf, type Money, type Ms, money, PRICE_ONE, type Price, qty } from "./units.ts";

interface OpenOrder {
  readonly order: Order;
  /** Null for one of an earlier run until its market is heard of. */
  market: Market | null;
  /** What it meant to meet: the ask of its side for a buy, the bid for a sale; null when there was none. */
  readonly touch: Price | null;
  filled: number;
  /** When it was last asked to be cancelled. */
  cancelMs: Ms;
}

const NEVER = Number.NEGATIVE_INFINITY;
const CANCEL_AGAIN_MS = 5_000;

interface Books {
  readonly portfolio: Portfolio;
  readonly gate: RiskGate;
  readonly slippage: SlippageBook;
  readonly openers: Openers;
}

/** Between strategy and venue: asks the gate, gives orders their identity, books what comes back. */
export class OrderDesk {
  readonly #config: EngineConfig;
  readonly #portfolio: Portfolio;
  readonly #gate: RiskGate;
  readonly #slippage: SlippageBook;
  readonly #open = new Map<string, OpenOrder>();
  readonly #exits: ExitBook;
  readonly #openers: Openers;
  /** Fills of earlier runs in markets that this one has not heard of yet. */
  readonly #untold = new Map<string, { readonly fill: FillRecord; readonly strategy: string }[]>();
  #counter = 0;

  constructor(config: EngineConfig, { gate, openers, portfolio, slippage }: Books) {
    this.#config = config;
    this.#openers = openers;
    this.#portfolio = portfolio;
    this.#gate = gate;
    this.#slippage = slippage;
    this.#exits = new ExitBook(config.exits);
  }

  /** Takes over what earlier runs on the account hold and have lost today. */
  adopt({ fills, losses }: PastTrading): void {
    for (const { fill, isOpen, strategy } of fills) {
      const { atMs, ticker } = fill;
      if (isOpen) {
        this.#portfolio.adopt(fill);
        this.#noteOpener(ticker, strategy, atMs);
        if (fill.action === "sell") this.#exits.sold(ticker, atMs);
      }
      this.#tellLater(strategy, fill);
    }
    for (const { atMs, pnl } of losses) this.#gate.onRealised(pnl, atMs);
  }

  /** Takes over an order of an earlier run whose end is not on file: what is told of it is its strategy's own. */
  expect(order: Order, market: Market | null): void {
    const open = { order, market, touch: null, filled: 0, cancelMs: NEVER };
    this.#open.set(order.orderId, open);
  }

  /** Strategies hear of their earlier fills once it is known what market that was. */
  onMarket(market: Market): void {
    for (const open of this.#open.values()) {
      if (open.order.ticker === market.ticker) open.market ??= market;
    }
    for (const { fill, strategy } of this.#untold.get(market.ticker) ?? []) {
      this.#tell(market, strategy, fill);
    }
    this.#untold.delete(market.ticker);
  }

  /**
   * The verdict after the gate: a wish that a limit forbids becomes a no-trade with the limit's name. Limits that stand
   * whatever the size are noted beside the gates that were shut anyway.
   */
  judge(asked: Verdict, view: MarketView): Verdict {
    const verdict = this.#exits.overrule(asked);
    const { intent } = verdict;
    const denied = intent === null ? null : this.#denial(verdict, intent, view);
    if (intent !== null && denied === null) return verdict;
    const standing = this.#gate.standing(view.market.ticker, view.nowMs);
    if (denied === null) {
      return standing.length === 0
        ? verdict
        : { ...verdict, failed: [...verdict.failed, ...standing] };
    }
    const { reason } = denied;
    const failed = [reason, ...standing.filter((code) => code !== reason)];
    return { ...verdict, decision: "no_trade", reason, failed, intent: null, exit: null };
  }

  #denial(verdict: Verdict, intent: Intent, view: MarketView): { readonly reason: string } | null {
    const shut = this.#exits.denial(intent, view.nowMs);
    if (shut !== null) return { reason: shut };
    const { holding } = view;
    // Two strategies in one market would be one position: who opened it alone may change it.
    if (holding !== null && holding.strategy !== intent.strategy) {
      return { reason: "risk.in_market" };
    }
    // The orders of an exit are asked about one by one, each at its own price.
    if (verdict.exit !== null) return null;
    return this.#gate.check(gateInputs(intent, view, verdict.p));
  }

  /** What the run's exit rule wants done with what is held here, whoever bought it; null to keep it. */
  wishToLeave(view: MarketView): Verdict | null {
    return view.holding === null ? null : this.#exits.wish(view);
  }

  /** Carries out what a judged verdict asks for; its row is on file by then. */
  place(verdict: Verdict, row: Opportunity, view: MarketView, effects: Effect[]): void {
    const { cancel, exit, intent } = verdict;
    if (cancel !== null) this.#cancel(cancel, view.nowMs, effects);
    if (intent === null) return;
    if (exit === null) {
      this.#submit(intent, { opportunityId: row.opportunityId, p: verdict.p }, view, effects);
      return;
    }
    effects.push({ type: "risk", row: this.#exits.commit(view, exit, row.opportunityId) });
    this.workExit(view, effects);
  }

  /** Asks for it once; again when there is no answer, because a cancel can be lost and does no harm twice. */
  #cancel(orderId: string, nowMs: Ms, effects: Effect[]): void {
    const open = this.#open.get(orderId);
    if (open === undefined || nowMs - open.cancelMs < CANCEL_AGAIN_MS) return;
    open.cancelMs = nowMs;
    effects.push({ type: "cancel", orderId });
  }

  hasExit(ticker: string): boolean {
    return this.#exits.of(ticker)?.state === "working";
  }

  /** The next step of the exit that is at work in this market, if there is one. */
  workExit(view: MarketView, effects: Effect[]): void {
    const { ticker } = view.market;
    const step = this.#exits.step(view);
    // What still waits to buy would undo it, and keeps it from selling; a cancel that was lost is asked for again.
    if (step !== undefined && view.resting !== null) {
      this.#cancel(view.resting.orderId, view.nowMs, effects);
    }
    if (step?.type === "end") effects.push({ type: "risk", row: this.#exits.end(view, step) });
    const exit = this.#exits.of(ticker);
    if (step?.type !== "sell" || exit === undefined || view.holding === null) return;
    const orderId = this.#submit(
      saleOf(view, view.holding, step),
      { opportunityId: exit.opportunityId, p: null },
      view,
      effects,
    );
    if (orderId !== null) this.#exits.sent(ticker, orderId, view.nowMs);
  }

  /** Gives an intent its identity and sends it off; null when the gate refuses it after all. */
  #submit(
    intent: Intent,
    { opportunityId, p }: Pick<Verdict, "p"> & Pick<Opportunity, "opportunityId">,
    view: MarketView,
    effects: Effect[],
  ): string | null {
    const count = ++this.#counter;
    const order: Order = {
      ...intent,
      orderId: `r${this.#config.runId}-${count}`,
      clientOrderId: uuidOf(this.#config.runKey, count),
      opportunityId,
      createdMs: view.nowMs,
    };
    const approved = this.#gate.approve(order, gateInputs(intent, view, p));
    if ("denied" in approved) return null;
    const touch = touchOf(order, view);
    this.#open.set(order.orderId, {
      order,
      market: view.market,
      touch,
      filled: 0,
      cancelMs: NEVER,
    });
    effects.push({ type: "order", row: recordOf(order) });
    effects.push({ type: "submit", order: approved });
    return order.orderId;
  }

  /** What is held in a market, as strategies see it. */
  holding(ticker: string): Holding | null {
    const held = this.#portfolio.position(ticker);
    if (held === undefined) return null;
    const size = qty(Math.abs(held.qty));
    const { openedMs, strategy } = this.#openers.of(ticker);
    const entry = held.paid / (size * PRICE_ONE);
    return { side: held.qty < 0 ? "no" : "yes", qty: size, entry, strategy, openedMs };
  }

  /** The order that waits in the book of a market, or is on its way there; null for none. */
  resting(ticker: string): RestingOrder | null {
    for (const { order } of this.#open.values()) {
      if (order.ticker !== ticker || order.timeInForce !== "gtc") continue;
      const { createdMs, orderId, price, side, strategy } = order;
      return { orderId, strategy, side, price, placedMs: createdMs };
    }
    return null;
  }

  /** Whose order in a market has not come to its end; null for none. */
  ordering(ticker: string): string | null {
    for (const { order } of this.#open.values()) if (order.ticker === ticker) return order.strategy;
    return null;
  }

  onFill({ fill, told }: FillEvent, effects: Effect[]): void {
    if (this.#portfolio.hasFill(fill.fillId)) return;
    const open = this.#open.get(fill.orderId);
    if (open !== undefined) {
      open.filled += fill.qty;
      this.#measure(open, fill);
    }
    const realised = this.#portfolio.applyFill(fill);
    if (fill.action === "sell") this.#exits.sold(fill.ticker, fill.atMs);
    if (open !== undefined) {
      this.#noteOpener(fill.ticker, open.order.strategy, fill.atMs);
      this.#hear(open, fill);
    }
    if (realised !== null) this.#gate.onRealised(realised.pnl, fill.atMs);
    effects.push({ type: "fill", row: fill });
    const strategy = open?.order.strategy ?? this.#openers.of(fill.ticker).strategy;
    effects.push({ type: "ledger", row: fillLeg(fill, { realised, strategy, told }) });
    const row = positionRow(fill.ticker, this.#portfolio, fill.atMs);
    effects.push({ type: "position", row });
  }

  #noteOpener(ticker: string, strategy: string, atMs: Ms): void {
    if (this.#portfolio.position(ticker) === undefined) this.#openers.forget(ticker);
    else this.#openers.note(ticker, strategy, atMs);
  }

  #hear({ market, order }: OpenOrder, fill: FillRecord): void {
    if (market === null) this.#tellLater(order.strategy, fill);
    else this.#tell(market, order.strategy, fill);
  }

  #tellLater(strategy: string, fill: FillRecord): void {
    const untold = this.#untold.get(fill.ticker) ?? [];
    this.#untold.set(fill.ticker, untold);
    untold.push({ fill, strategy });
  }

  #tell(market: Market, strategy: string, fill: FillRecord): void {
    const { action, atMs, price, qty: size, side } = fill;
    const teller = this.#config.strategies.find(({ name }) => name === strategy);
    teller?.onFill?.({ market, side, action, price, qty: size, atMs });
  }

  #measure({ order, touch }: OpenOrder, fill: FillRecord): void {
    if (touch === null || !fill.isTaker) return;
    const { action, price: at, qty: size } = fill;
    const { strategy, ticker } = order;
    const series = seriesOfTicker(ticker);
    this.#slippage.onFill({ strategy, series, action, touch, price: at, qty: size });
  }

  onOrder(update: OrderUpdate, effects: Effect[]): void {
    const { orderId, state, filledQty, reason, recvMs } = update;
    effects.push({ type: "orderEvent", row: { orderId, atMs: recvMs, state, filledQty, reason } });
    if (state === "pending" || state === "resting" || state === "unknown") return;
    this.#gate.resolved(orderId);
    const open = this.#open.get(orderId);
    this.#open.delete(orderId);
    if (open !== undefined) this.#exits.answered(open.order.ticker, orderId);
    if (open === undefined || filledQty > 0) return;
    effects.push({ type: "ledger", row: unfilledLeg(update, open.order) });
  }

  /** Drops what is only needed while a market can still trade; who holds something there is needed for longer. */
  forget(ticker: string): void {
    if (this.#portfolio.position(ticker) === undefined) this.#openers.forget(ticker);
    this.#exits.forget(ticker);
  }
}

/** `p` is what the strategy believes; null where that is the model's. */
function gateInputs(intent: Intent, view: MarketView, p: Verdict["p"]): GateInputs {
  const { market, nowMs, yesAsk, yesBid } = view;
  const quote = { p: p ?? view.p, yesBid, yesAsk };
  return { intent, market, worstCost: worstCost(intent, view), nowMs, quote };
}

/** Most that an order can cost: all of it at its limit, fee included; more than any limit allows while that is unknown. */
function worstCost(intent: Intent, { fees }: MarketView): Money {
  if (intent.qty <= 0 || intent.action === "sell") return money(0);
  if (fees === null) return money(Number.MAX_SAFE_INTEGER);
  return money(costOf(intent.price, intent.qty) + takerFee(intent.price, intent.qty, fees));
}

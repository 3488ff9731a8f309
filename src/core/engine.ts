import { AssetBook } from "./asset-book.ts";
import type { Book } from "./book.ts";
import { BookShelf } from "./book-shelf.ts";
import type { Candidate } from "./candidate.ts";
import type { Effect } from "./effects.ts";
import type { EngineConfig } from "./engine-config.ts";
import { Evaluator } from "./evaluate.ts";
import { EventLadders } from "./event-ladders.ts";
import {
  type BookDelta,
  type BookSnapshot,
  type Candle,
  type EngineEvent,
  type FeedDrift,
  type FeedGap,
  type FundingRate,
  type IndexTick,
  isReference,
  type MarketEvent,
  type ReferenceEvent,
  type Settlement,
  type SpotTick,
} from "./events.ts";
import { FeeBook } from "./fee-book.ts";
import type { FeeSchedule } from "./fees.ts";
import { internalized } from "./internalized.ts";
import { LagFloor } from "./lag.ts";
import { isUpDown, type Market } from "./market.ts";
import { MarketState } from "./market-state.ts";
import { Openers } from "./openers.ts";
import { OrderDesk } from "./order-desk.ts";
import type { Order } from "./orders.ts";
import { Portfolio } from "./portfolio.ts";
import { RiskGate } from "./risk/gate.ts";
import { SettleDesk } from "./settle-desk.ts";
import { SlippageBook } from "./slippage.ts";
import type { MarketView, Verdict } from "./strategy.ts";
import type { Ms } from "./units.ts";
import type { View } from "./view.ts";

/** A spot tick re-evaluates a market at most this often; measured in event time, so a replay throttles alike. */
const SPOT_EVALUATION_MS = 100;
/** A settled or forgotten market leaves memory this long after its close. */
const FORGET_MS = 3_600_000;

/** Turns events into effects. Pure: no clock, no chance, no I/O; the same events give the same effects, always. */
export class Engine {
  readonly portfolio = new Portfolio();
  readonly gate: RiskGate;
  readonly settling: SettleDesk;
  readonly #config: EngineConfig;
  readonly #evaluator: Evaluator;
  readonly #desk: OrderDesk;
  readonly #fees: FeeBook;
  readonly #slippage: SlippageBook;
  readonly #markets = new Map<string, MarketState>();
  readonly #shelf = new BookShelf();
  readonly #assets: AssetBook;
  #effects: Effect[] = [];
  readonly #spotLag = new LagFloor();
  readonly #bookLag = new LagFloor();
  #bookFeedMs: Ms = Number.NEGATIVE_INFINITY;
  /** How late the newest stamped change of any book was. */
  #bookLateMs: Ms = 0;
  /** Why nothing may be traded any more in this run; null while nothing stands against it. */
  #halt: string | null = null;
  /** Counts events: what was seen of a market holds for one of them. */
  #steps = 0;
  readonly #events = new EventLadders();

  constructor(config: EngineConfig) {
    this.#config = config;
    this.gate = new RiskGate(config.limits, this.portfolio, config.guard);
    this.#evaluator = new Evaluator(config);
    this.#fees = new FeeBook(config.feeRounding);
    this.#slippage = new SlippageBook(config.slippage);
    this.#assets = new AssetBook((underlying) => config.asset(underlying));
    const { gate, portfolio } = this;
    const books = { portfolio, gate, slippage: this.#slippage, openers: new Openers() };
    this.#desk = new OrderDesk(config, books);
    this.settling = new SettleDesk(books, config.indexSettleMs);
    if (config.past === undefined) return;
    // Losses of today come last: a settlement of yesterday counts for yesterday.
    this.settling.adopt(config.past.settled);
    this.#desk.adopt(config.past);
  }

  /** Newest sign of life of the book feed. */
  get bookFeedMs(): Ms {
    return this.#bookFeedMs;
  }

  /** Takes over an order of an earlier run whose end is not on file. */
  expect(order: Order): void {
    this.#desk.expect(order, this.market(order.ticker) ?? null);
  }

  market(ticker: string): Market | undefined {
    return this.#markets.get(ticker)?.market;
  }

  markets(): Iterable<Market> {
    return [...this.#markets.values()].map((state) => state.market);
  }

  book(ticker: string): Book | undefined {
    return this.#markets.get(ticker)?.book;
  }

  /** What a fill at that time is charged by; undefined while the exchange's terms are not known. */
  fees(ticker: string, atMs: Ms): FeeSchedule | undefined {
    const market = this.#markets.get(ticker)?.market;
    return market === undefined ? undefined : this.#fees.schedule(market, atMs);
  }

  /** Newest spot price of an underlying's product, for centring a ladder. */
  spotUsd(seriesTicker: string): number | null {
    return this.#assets.ofSeries(seriesTicker)?.basis.spotUsd ?? null;
  }

  /** What strategies weigh against each other in each event that is open. */
  candidates(nowMs: Ms): readonly Candidate[] {
    this.#steps++;
    const found: Candidate[] = [];
    for (const eventTicker of this.#events.tickers()) {
      const event = this.#viewsOf(eventTicker, nowMs);
      for (const strategy of this.#config.strategies) {
        found.push(...(strategy.candidates?.(event) ?? []));
      }
    }
    return found;
  }

  /** Takes one event to its end. The returned array is valid until the next call. */
  step(event: EngineEvent): readonly Effect[] {
    // Most events have none, and the array of those is as good as new.
    if (this.#effects.length > 0) this.#effects = [];
    this.#steps++;
    // Nearly every event is a change of a book.
    if (event.type === "delta") this.#onDelta(event);
    else if (event.type === "fill") this.#desk.onFill(event, this.#effects);
    else if (event.type === "order") this.#desk.onOrder(event, this.#effects);
    else this.#onMarketEvent(event);
    return this.#effects;
  }

  /**
   * What would be done now in every open market, also where nothing has changed since it was said last. An order among the
   * effects counts against the limits like any other, until its end is told. Valid until the next call.
   */
  ask(nowMs: Ms): readonly Effect[] {
    this.#effects = [];
    this.#steps++;
    for (const state of this.#markets.values()) {
      state.startOver();
      this.#evaluate(state, nowMs);
    }
    return this.#effects;
  }

  #onMarketEvent(event: Exclude<MarketEvent, BookDelta>): void {
    if (isReference(event)) {
      this.#onReference(event);
      return;
    }
    switch (event.type) {
      case "snapshot":
        this.#onSnapshot(event);
        break;
      case "spot":
        this.#onSpot(event);
        break;
      case "index":
        this.#onIndex(event);
        break;
      case "wake":
        this.#onWake(event.recvMs);
        break;
      case "market":
        this.#onMarket(event.market);
        break;
      case "gap":
        this.#onGap(event);
        break;
      case "settlement":
        this.#onSettlement(event);
        break;
      case "ticker":
      case "trade":
        this.#bookFeedMs = event.recvMs;
        break;
    }
  }

  #onReference(event: ReferenceEvent): void {
    if (event.type === "candle") this.#onCandle(event);
    else if (event.type === "drift") this.#onDrift(event);
    else if (event.type === "fees") this.#fees.take(event);
    else if (event.type === "funding") this.#onFunding(event);
  }

  #onFunding(event: FundingRate): void {
    const asset = this.#assets.ofPerpetual(event.product);
    // What was paid for older intervals is told after the estimate of the one that runs.
    if (asset === undefined || event.atMs < (asset.funding?.atMs ?? event.atMs)) return;
    asset.funding = event;
  }

  #onMarket(market: Market): void {
    const known = this.#markets.get(market.ticker);
    const strikeBefore = known?.market.floorUsd ?? null;
    const state = known ?? new MarketState(market, this.#shelf.take());
    state.market = market;
    this.#markets.set(internalized(market.ticker), state);
    this.#events.put(state);
    if (known === undefined) this.#desk.onMarket(market);
    const asset = this.#assets.ofSeries(market.seriesTicker);
    if (
      asset !== undefined &&
      strikeBefore === null &&
      market.floorUsd !== null &&
      isUpDown(market)
    ) {
      // The strike of an up/down market is the index average of the minute that ends at its open.
      asset.onAverage(market.floorUsd, market.openMs);
    }
  }

  #onSnapshot(event: BookSnapshot): void {
    this.#bookFeedMs = event.recvMs;
    const state = this.#markets.get(event.ticker);
    if (state === undefined) return;
    state.book.replace(event.yes, event.no, event.recvMs);
    if (state.touchChanged()) this.#look(state, event.recvMs);
  }

  #onDelta(event: BookDelta): void {
    this.#bookFeedMs = event.recvMs;
    // A change without a stamp does not say how old it is, and takes nothing back of what the others said.
    if (event.exchangeMs !== null) {
      this.#bookLateMs = this.#bookLag.late(event.exchangeMs, event.recvMs);
    }
    const state = this.#markets.get(event.ticker);
    if (state === undefined || state.book.problem !== null) return;
    if (!state.book.apply(event.side, event.price, event.delta, event.recvMs)) {
      this.#effects.push({ type: "resync", ticker: event.ticker, reason: "negative_size" });
      this.#look(state, event.recvMs);
      return;
    }
    if (state.touchChanged()) this.#look(state, event.recvMs);
  }

  #onGap(event: FeedGap): void {
    for (const ticker of event.tickers) {
      const state = this.#markets.get(ticker);
      if (state === undefined) continue;
      state.book.invalidate(`gap_${event.reason}`);
      this.#look(state, event.recvMs);
    }
  }

  /** What cannot be read may be anything, the touch included: only a person can say that it is none of it (F50). */
  #onDrift({ halts, recvMs }: FeedDrift): void {
    if (!halts || this.#halt !== null) return;
    this.#halt = "payload_changed";
    for (const state of this.#markets.values()) this.#evaluate(state, recvMs);
  }

  #onSpot(event: SpotTick): void {
    if (event.source !== this.#config.spotSource) return;
    const lateMs = this.#spotLag.late(event.exchangeMs, event.recvMs);
    const asset = this.#assets.ofProduct(event.product);
    if (asset === undefined || !asset.onSpot(event, lateMs)) return;
    if (event.recvMs - asset.evaluatedMs < SPOT_EVALUATION_MS) return;
    asset.evaluatedMs = event.recvMs;
    for (const state of this.#markets.values()) {
      if (this.#assets.ofSeries(state.market.seriesTicker) === asset)
        this.#look(state, event.recvMs);
    }
  }

  #onIndex(event: IndexTick): void {
    // A stand-in is made of spot, from which the model takes its own expectation of the index.
    if (event.proxy !== null) return;
    this.#bookFeedMs = event.recvMs;
    this.#assets.ofIndex(event.indexId)?.onIndex(event.valueUsd, event.exchangeMs, event.recvMs);
  }

  #onCandle(event: Candle): void {
    // Another venue's candles are of another price, and need not be a minute long.
    if (event.source !== this.#config.spotSource) return;
    this.#assets.ofProduct(event.product)?.onCandle(event);
  }

  #onWake(nowMs: Ms): void {
    for (const asset of this.#assets.all()) asset.onSecond(nowMs);
    for (const state of this.#markets.values()) {
      this.#evaluate(state, nowMs);
      const { closeMs, ticker } = state.market;
      if (nowMs >= closeMs && this.#desk.hasExit(ticker)) this.#endExit(state, nowMs);
      this.#settleByIndex(state.market, nowMs);
      if (nowMs <= closeMs + FORGET_MS) continue;
      this.#markets.delete(ticker);
      this.#events.drop(state);
      this.#shelf.give(state.book);
      this.#desk.forget(ticker);
      this.#fees.forget(ticker);
    }
  }

  #onSettlement(event: Settlement): void {
    const state = this.#markets.get(event.ticker);
    if (state !== undefined && event.expirationValue !== null && event.final) {
      const value = Number(event.expirationValue);
      const asset = this.#assets.ofSeries(state.market.seriesTicker);
      // Hourly markets only: a 15-minute value arrives as the next market's strike and must not be learnt twice.
      if (asset !== undefined && Number.isFinite(value) && !isUpDown(state.market)) {
        asset.onAverage(value, state.market.closeMs);
      }
    }
    if (state !== undefined && event.final && !state.isSettled) {
      state.isSettled = true;
      for (const strategy of this.#config.strategies) strategy.onSettlement?.(event, state.market);
    }
    this.settling.onSettlement(event, this.#effects);
  }

  #settleByIndex(market: Market, nowMs: Ms): void {
    const average = () =>
      this.#assets.ofSeries(market.seriesTicker)?.indexAverage(market.closeMs) ?? null;
    this.settling.onWake(market, nowMs, average, this.#effects);
  }

  /** An exit that the close overtook says what it left behind. */
  #endExit(state: MarketState, nowMs: Ms): void {
    const view = this.#view(state, nowMs);
    if (view !== undefined) this.#desk.workExit(view.market, this.#effects);
  }

  /** What an event other than a wake leads to. */
  #look(state: MarketState, nowMs: Ms): void {
    if (this.#config.looksOnWakeOnly !== true) this.#evaluate(state, nowMs);
  }

  #evaluate(state: MarketState, nowMs: Ms): void {
    if (!state.isOpen(nowMs)) return;
    const view = this.#view(state, nowMs);
    if (view === undefined) return;
    this.#desk.workExit(view.market, this.#effects);
    const leaving = this.#desk.wishToLeave(view.market);
    if (leaving?.intent) this.#fileAndPlace(leaving.intent.strategy, leaving, view);
    this.#config.strategies.forEach((strategy, index) => {
      if (!state.isDue(index, strategy.everyMs, view.market)) return;
      const judged = this.#desk.judge(strategy.evaluate(view.market), view.market);
      if (!this.#evaluator.saysSomethingNew(state, index, judged, view)) return;
      this.#fileAndPlace(strategy.name, judged, view);
    });
  }

  #fileAndPlace(strategy: string, verdict: Verdict, view: View): void {
    const row = this.#evaluator.row(strategy, verdict, view);
    this.#effects.push({ type: "opportunity", row });
    this.#desk.place(verdict, row, view.market, this.#effects);
  }

  /** What there is to see of a market at this event; undefined for one that has no underlying. */
  #view(state: MarketState, nowMs: Ms): View | undefined {
    if (state.viewedStep === this.#steps && state.view !== null) return state.view;
    const asset = this.#assets.ofSeries(state.market.seriesTicker);
    if (asset === undefined) return undefined;
    const { ticker } = state.market;
    const view = this.#evaluator.view({
      state,
      asset,
      nowMs,
      bookFeedMs: this.#bookFeedMs,
      bookLateMs: this.#bookLateMs,
      halt: this.#halt,
      position: this.portfolio.position(ticker)?.qty ?? null,
      holding: this.#desk.holding(ticker),
      resting: this.#desk.resting(ticker),
      ordering: this.#desk.ordering(ticker),
      fees: this.#fees.schedule(state.market, nowMs) ?? null,
      slippage: this.#slippage,
      event: () => this.#viewsOf(state.market.eventTicker, nowMs),
    });
    state.viewedStep = this.#steps;
    state.view = view;
    return view;
  }

  #viewsOf(eventTicker: string, nowMs: Ms): readonly MarketView[] {
    return this.#events.of(eventTicker, this.#steps, (other) =>
      other.isOpen(nowMs) ? this.#view(other, nowMs)?.market : undefined,
    );
  }
}

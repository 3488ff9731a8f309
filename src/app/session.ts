import type { Effect } from "../core/effects.ts";
import type { Engine } from "../core/engine.ts";
import { KbtError } from "../core/errors.ts";
import type {
  AccountInput,
  EngineEvent,
  GateInput,
  MarketEvent,
  VenueEvent,
} from "../core/events.ts";
import type { IndexProxy } from "../core/index/proxy.ts";
import type { FillClass, FillRecord, Opportunity } from "../core/records.ts";
import { addProfit } from "../core/sim/profit-range.ts";
import type { Ms } from "../core/units.ts";
import type { Recorder, Venue } from "../ports.ts";

/** After a longer stall the seconds in between are not looked at: nobody could have acted on them then. */
const MAX_CATCH_UP_S = 3;

/** What makes a feed one that delivers. */
const LIVE: ReadonlySet<MarketEvent["type"]> = new Set<MarketEvent["type"]>([
  "spot",
  "depth",
  "snapshot",
  "ticker",
  "news",
  "forecast",
]);

/** Reasons that say the market's book was not there yet. */
const BOOKLESS: ReadonlySet<string> = new Set(["no_book", "book_stale", "book_late"]);

interface SeenMarket {
  openMs: Ms;
  closeMs: Ms;
  /** For good. */
  isSettled: boolean;
}

/** Hears of every step of the engine: before it, and when its effects are done. */
export interface StepWatch {
  begin(totals: SessionTotals): void;
  end(totals: SessionTotals): void;
}

export interface SessionParts {
  readonly recorder: Recorder;
  /** Null for `collect`, which records and decides nothing. */
  readonly engine: Engine | null;
  readonly venue: Venue | null;
  /** Stands in for the index while the exchange publishes none; null where nothing shall. */
  readonly proxy: IndexProxy | null;
  readonly startMs: Ms;
  /** Whether the whole seconds come with the events, as in a run that is replayed; left out, the session makes them. */
  readonly secondsAreRecorded?: boolean;
  /** The venue's answers are inputs, as of an exchange that nobody can ask again: each goes on file before it is taken. */
  readonly answersAreInputs?: boolean;
  /** Takes what the gate of the replayed run was told; only for a replay whose venue says nothing itself. */
  readonly toGate?: (input: GateInput) => void;
  /** Strategies whose evaluations are recorded and not counted: nobody asked about them. */
  readonly uncounted?: ReadonlySet<string>;
  /** Left out where nobody measures. */
  readonly steps?: StepWatch | undefined;
  /** Asks the feed of a market for a fresh snapshot. */
  resync(ticker: string, reason: string): void;
}

/** Running totals for progress lines and the final summary. */
export interface SessionTotals {
  events: number;
  evaluations: number;
  trades: number;
  orders: number;
  fills: number;
  /** Realised profit by market, micro-dollars. */
  readonly profits: Map<string, number>;
  /** Hundredths of contracts of all fills. */
  contracts: number;
  /** Simulated fills by what they rest on. */
  readonly fillClasses: Record<FillClass, number>;
  readonly reasons: Map<string, number>;
  /** Of those that were no trade. */
  readonly held: Map<string, number>;
  /** Holes by feed and reason: `kalshi seq`. */
  readonly gaps: Map<string, number>;
  /** Feeds that delivered what they are there for: a candle is no price, a market's description no quote. */
  readonly delivered: Set<string>;
  /** Messages whose shape is another one for good: `kalshi ticker $.msg.yes_bid_dollars`. */
  readonly changed: Set<string>;
}

/**
 * The order in which things happen, the same in every mode: time first (whole seconds and what the venue owes), then the
 * record, then the engine, then its effects. Synchronous from frame to effect, so nothing can slip in between.
 */
export class Session {
  readonly totals: SessionTotals = {
    events: 0,
    evaluations: 0,
    trades: 0,
    orders: 0,
    fills: 0,
    profits: new Map(),
    contracts: 0,
    fillClasses: { crossed: 0, queue: 0, through: 0 },
    reasons: new Map(),
    held: new Map(),
    gaps: new Map(),
    delivered: new Set(),
    changed: new Set(),
  };
  /** Markets seen in this run; little of each, because a run lasts for weeks. */
  readonly markets = new Map<string, SeenMarket>();
  readonly #priced = new Set<string>();
  readonly #parts: SessionParts;
  readonly #spot = new Map<string, number>();
  #nowMs: Ms;
  #second: number;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#nowMs = parts.startMs;
    this.#second = Math.floor(parts.startMs / 1000);
  }

  /** Newest spot price of a product; null before the first. */
  spotUsd(product: string): number | null {
    return this.#spot.get(product) ?? null;
  }

  /**
   * Takes one event; its receive time is never before the last one's, however the machine's clock is set: what was seen
   * first stays first. `feed` names the feed that sent it, null for what was read before the run.
   */
  handle(received: MarketEvent, feed: string | null = null): void {
    if (received.type === "account") {
      this.#told(received);
      return;
    }
    const { answersAreInputs, engine, recorder, venue } = this.#parts;
    const event = received.recvMs < this.#nowMs ? { ...received, recvMs: this.#nowMs } : received;
    this.advance(event.recvMs);
    // Where answers are inputs, those of this very millisecond too are on file, and heard, before the event.
    if (engine !== null && answersAreInputs === true) this.#answers(engine, venue, event.recvMs);
    this.totals.events++;
    // Nearly every event is a change of a book, of which nothing is noted.
    if (event.type !== "delta") this.#note(event, feed);
    recorder.event(event, feed);
    this.#parts.proxy?.observe(event);
    if (engine === null) return;
    venue?.observe(event);
    // What it filled is known before anybody decides on it.
    if (answersAreInputs !== true) this.#answers(engine, venue, event.recvMs);
    this.#step(engine, event);
  }

  /** Lets time pass: each whole second wakes the engine once, and venue answers arrive at their own times. */
  advance(nowMs: Ms): void {
    if (nowMs <= this.#nowMs) return;
    this.#nowMs = nowMs;
    const { engine, venue } = this.#parts;
    const second = Math.floor(nowMs / 1000);
    if (this.#parts.secondsAreRecorded === true) this.#second = second;
    if (second - this.#second > MAX_CATCH_UP_S) this.#second = second - 1;
    while (this.#second < second) {
      const wakeMs = (this.#second + 1) * 1000;
      if (engine !== null) this.#answers(engine, venue, wakeMs);
      this.#second++;
      this.#standIn(wakeMs);
      if (engine === null) continue;
      const wake = { type: "wake", recvMs: wakeMs } as const;
      this.#parts.recorder.event(wake, null);
      this.#step(engine, wake);
    }
    if (engine !== null) this.#answers(engine, venue, nowMs);
  }

  /** Values of the second that has just begun; recorded like the exchange's own, so that a replay computes none. */
  #standIn(nowMs: Ms): void {
    const { engine, proxy, recorder } = this.#parts;
    for (const tick of proxy?.onSecond(nowMs) ?? []) {
      recorder.event(tick, null);
      if (engine !== null) this.#step(engine, tick);
    }
  }

  /** What the venue has to say up to a time, each answer at its own; an answer may lead to another. */
  #answers(engine: Engine, venue: Venue | null, untilMs: Ms): void {
    for (
      let at = venue?.nextMs() ?? null;
      at !== null && at <= untilMs;
      at = venue?.nextMs() ?? null
    ) {
      this.#hear(engine, venue?.advance(at) ?? []);
    }
  }

  /** Each is heard, also where one before it could not be put on file: the venue says nothing twice. */
  #hear(engine: Engine, answers: readonly VenueEvent[]): void {
    let failure: KbtError | null = null;
    for (const event of answers) {
      try {
        this.#answer(engine, event);
      } catch (error) {
        // Anything else is a bug, after which nothing can be relied on.
        if (!(error instanceof KbtError)) throw error;
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
  }

  /**
   * What the original of a replay was told of its account, where it was told. It moves no time: what was heard between two
   * events of the market may carry a later time than the second of them.
   */
  #told({ what }: AccountInput): void {
    const { engine, toGate } = this.#parts;
    if (engine === null || toGate === undefined) return;
    if (what.type === "order" || what.type === "fill") this.#answer(engine, what);
    else toGate(what);
  }

  /** What one answer changes goes on file as one: it leads to no order, which would have to be there before it leaves. */
  #answer(engine: Engine, event: VenueEvent): void {
    const { answersAreInputs, recorder } = this.#parts;
    try {
      if (answersAreInputs === true) {
        recorder.event({ type: "account", what: event, recvMs: event.recvMs }, null);
      }
    } finally {
      // Whatever became of the record of inputs: what was filled is booked.
      recorder.together(() => this.#step(engine, event));
    }
  }

  /** Lets time pass to the end of the run and leaves no order behind. */
  finish(nowMs: Ms): void {
    const { engine, recorder, venue } = this.#parts;
    this.advance(nowMs);
    recorder.finished(this.#nowMs);
    if (engine === null) return;
    this.#hear(engine, venue?.cancelAll(this.#nowMs) ?? []);
  }

  /** Nothing is on its way to or from the venue. */
  get isQuiet(): boolean {
    return this.#parts.venue?.isQuiet() ?? true;
  }

  /**
   * Every open market was looked at with all its inputs, or as well as can be because its strike is not out; one that can
   * never have them is passed over.
   */
  everyMarketPriced(canBe: (ticker: string) => boolean): boolean {
    let open = 0;
    for (const [ticker, { closeMs, openMs }] of this.markets) {
      if (openMs > this.#nowMs || closeMs <= this.#nowMs || !canBe(ticker)) continue;
      if (!this.#priced.has(ticker)) return false;
      open++;
    }
    return open > 0;
  }

  /** Distinct closes of this run whose every market is settled for good. */
  settledWindows(): number {
    const open = new Set<Ms>();
    const closes = new Set<Ms>();
    for (const { closeMs, isSettled } of this.markets.values()) {
      // What an earlier run left to settle closed before this one began.
      if (closeMs > this.#nowMs || closeMs <= this.#parts.startMs) continue;
      closes.add(closeMs);
      if (!isSettled) open.add(closeMs);
    }
    return closes.size - open.size;
  }

  #note(event: MarketEvent, feed: string | null): void {
    if (feed !== null && LIVE.has(event.type)) this.totals.delivered.add(feed);
    this.#remember(event);
  }

  #remember(event: MarketEvent): void {
    if (event.type === "spot") this.#spot.set(event.product, event.priceUsd);
    else if (event.type === "gap") {
      const { gaps } = this.totals;
      const name = `${event.source} ${event.reason}`;
      gaps.set(name, (gaps.get(name) ?? 0) + 1);
    } else if (event.type === "drift") {
      const { halts, messageType, path, source } = event;
      if (halts) this.totals.changed.add(`${source} ${messageType} ${path}`);
    } else if (event.type === "market") {
      const { closeMs, openMs, ticker } = event.market;
      const isSettled = this.markets.get(ticker)?.isSettled ?? false;
      this.markets.set(ticker, { openMs, closeMs, isSettled });
    } else if (event.type === "settlement") {
      const known = this.markets.get(event.ticker);
      if (known !== undefined) known.isSettled = event.final;
    }
  }

  #step(engine: Engine, event: EngineEvent): void {
    const { steps } = this.#parts;
    let resyncs: Extract<Effect, { type: "resync" }>[] | null = null;
    steps?.begin(this.totals);
    for (const effect of engine.step(event)) {
      if (effect.type === "submit") this.#parts.venue?.submit(effect.order, event.recvMs);
      else if (effect.type === "cancel") this.#parts.venue?.cancel(effect.orderId, event.recvMs);
      else if (effect.type === "resync") (resyncs ??= []).push(effect);
      else this.#record(effect);
    }
    steps?.end(this.totals);
    // A feed answers with events of its own, which must not overtake what this step had to say.
    if (resyncs === null) return;
    for (const { ticker, reason } of resyncs) this.#parts.resync(ticker, reason);
  }

  #record(effect: Exclude<Effect, { type: "submit" | "cancel" | "resync" }>): void {
    const { recorder } = this.#parts;
    switch (effect.type) {
      case "opportunity":
        this.#count(effect.row);
        recorder.opportunity(effect.row);
        break;
      case "order":
        this.totals.orders++;
        recorder.order(effect.row);
        break;
      case "orderEvent":
        recorder.orderEvent(effect.row);
        break;
      case "fill":
        this.#countFill(effect.row);
        recorder.fill(effect.row);
        break;
      case "ledger":
        addProfit(this.totals.profits, effect.row.ticker, effect.row.pnl);
        recorder.ledger(effect.row);
        if (effect.row.ruling !== undefined) this.#parts.venue?.settled?.(effect.row.ruling);
        break;
      case "position":
        recorder.position(effect.row);
        break;
      case "risk":
        recorder.risk(effect.row);
        break;
    }
  }

  #countFill({ fillClass, qty }: FillRecord): void {
    this.totals.fills++;
    this.totals.contracts += qty;
    if (fillClass !== null) this.totals.fillClasses[fillClass]++;
  }

  #count({ decision, pModel, reason, strategy, ticker }: Opportunity): void {
    if (this.#parts.uncounted?.has(strategy) === true) return;
    const { held, reasons } = this.totals;
    if ((pModel !== null && !BOOKLESS.has(reason)) || reason === "strike_tbd")
      this.#priced.add(ticker);
    this.totals.evaluations++;
    if (decision === "trade") this.totals.trades++;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (decision === "no_trade") held.set(reason, (held.get(reason) ?? 0) + 1);
  }
}

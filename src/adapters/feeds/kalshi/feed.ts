// Kalshi market data: which markets, their books, tickers and trades, the settlement index, and how markets settled.
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | orderbook_snapshot          | `snapshot` event; an absent side is an empty side                              |
// | orderbook_delta             | `delta` event once the market has a snapshot on this connection                |
// | ticker                      | `ticker` event                                                                 |
// | trade                       | `trade` event                                                                  |
// | cfbenchmarks_value          | `index` event                                                                  |
// | market_lifecycle_v2         | never an event itself: reads the lists or the settlement again over REST       |
// | event_lifecycle             | the same                                                                       |
// | event_fee_update            | `fees` event of what the event overrides from now on; the lists are read again |
// | subscribed, ok, unsubscribed| acknowledgement, counted as control; `ok` also acknowledges a merge            |
// | error                       | counted as control; 10 and 25 end the connection, 9 ends the run               |
// | anything else               | rejected as `unknown_type` and counted                                         |
// | REST events, markets        | `market` event when a followed market is new or changed                        |
// | … one that cannot be read   | left out, counted as rejected, the first of each kind kept as `drift` event    |
// | REST series, event and changes | `fees` event when the terms of a followed one are new or changed             |
// | REST market after its close | `settlement` event, `final` false while determined, true once finalized        |
// | REST order book             | none; a book that differs twice is asked for again, `gap` event `rest_mismatch` |
// | hole in seq, lost connection| `gap` event naming the books that are invalid until their next snapshot        |
import { KbtError } from "../../../core/errors.ts";
import type { MarketEvent } from "../../../core/events.ts";
import { type Market, seriesOfTicker, underlyingOf } from "../../../core/market.ts";
import { settlementOf } from "../../../core/settlement.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, Feed, FeedStats, Sink } from "../../../ports.ts";
import type { LifecycleFact } from "../../kalshi/map.ts";
import type { KalshiRest } from "../../kalshi/rest.ts";
import { marketExtras, type Unreadable } from "../../kalshi/rest-body.ts";
import { sleepUnlessWoken } from "../../platform/linked-signal.ts";
import { runTogether } from "../../platform/scope.ts";
import { BookAudit } from "./book-audit.ts";
import {
  Discovery,
  type Found,
  type KalshiFeedConfig,
  readTickers,
  type SpotHint,
} from "./discovery.ts";
import { ExchangeWatch } from "./exchange-watch.ts";
import { FeeWatch } from "./fee-watch.ts";
import { chargedOf, concerns, isStreamed, lingerEndMs } from "./followed.ts";
import { firstLook, LOOK_MS, nextLookMs } from "./look.ts";
import { SettlementWatch } from "./settlement.ts";
import type { KalshiSource, SourceHandlers } from "./source.ts";
import { UnreadableLog } from "./unreadable.ts";

export type { KalshiFeedConfig } from "./discovery.ts";

export interface KalshiFeedOptions {
  readonly rest: KalshiRest;
  readonly stream: KalshiSource;
  readonly clock: Clock;
  readonly config: KalshiFeedConfig;
  readonly spotHint: SpotHint;
  /** Shared with who has read fees before the run, and with who must not buy in a pause; the feed's own when left out. */
  readonly fees?: FeeWatch;
  readonly exchange?: ExchangeWatch;
  /** Markets of positions that were there before the feed: followed to their end, whatever is selected. */
  readonly held?: () => readonly string[];
}

export interface KalshiFeed extends Feed {
  /** Asks for a market's whole book again, because the present one cannot be right. */
  resync(ticker: string, reason: string): void;
}

export function createKalshiFeed(options: KalshiFeedOptions): KalshiFeed {
  return new MarketFeed(options);
}

const PASSING: ReadonlySet<string> = new Set(["network", "venue", "protocol"]);
/** Lifecycle messages come in storms; the lists are not read more often than this because of them. */
const LOOK_SPACING_MS = 1000;
/** A settlement later than this is left to the ledger's own import. */
const UNSETTLED_MS = 24 * 3_600_000;

interface Followed {
  market: Market;
  /** What was emitted last, to notice change. */
  print: string;
  settled: string;
}

class MarketFeed implements KalshiFeed {
  readonly name = "kalshi";
  readonly stats: FeedStats;
  readonly #options: KalshiFeedOptions;
  readonly #discovery: Discovery;
  readonly #settlements = new SettlementWatch();
  readonly #exchange: ExchangeWatch;
  readonly #fees: FeeWatch;
  readonly #audit: BookAudit;
  readonly #unreadable: UnreadableLog;
  readonly #followed = new Map<string, Followed>();
  #streamed: readonly string[] = [];
  #sink: Sink = () => {};
  #wake = new AbortController();
  #connectedMs: Ms = Number.NEGATIVE_INFINITY;
  #lookMs: Ms = 0;
  #lookedMs: Ms = Number.NEGATIVE_INFINITY;
  #fresh = false;
  /** Asked once, at the first look. */
  #held: KalshiFeedOptions["held"];
  /** Newest message about a market of ours. */
  #toldMs: Ms = Number.NEGATIVE_INFINITY;
  #isPartial = false;
  #failures = 0;
  #notes: readonly string[] = [];
  #trouble = "";

  constructor(options: KalshiFeedOptions) {
    this.#options = options;
    this.#held = options.held;
    this.stats = options.stream.stats;
    this.#unreadable = new UnreadableLog(this.stats);
    const { clock, rest } = options;
    this.#exchange = options.exchange ?? new ExchangeWatch();
    this.#fees = options.fees ?? new FeeWatch(rest, clock);
    this.#audit = new BookAudit({
      rest,
      clock,
      markets: () => this.#streamedMarkets(),
      resync: (ticker, reason) => this.resync(ticker, reason),
    });
    this.#discovery = new Discovery(options.rest, options.config, options.spotHint);
  }

  status(): string {
    const { stream } = this.#options;
    const notes = [
      this.#exchange.pauses(this.#markets()),
      ...this.#notes,
      this.#fees.note,
      this.#audit.note,
    ];
    const parts = [stream.status(), ...notes, this.#trouble];
    return parts.filter((part) => part !== "").join("; ");
  }

  resync(ticker: string, reason: string): void {
    this.#options.stream.resync(ticker, reason);
  }

  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    const { stream, config } = this.#options;
    const named = [...config.tickers, config.eventTicker ?? ""].map(seriesOfTicker);
    const indices = [...config.series, ...named].map((series) => underlyingOf(series)?.indexId);
    stream.setIndices(new Set(indices.filter((id) => id !== undefined)));
    try {
      const onTrouble = (message: string): void => {
        this.#trouble = message;
      };
      const charged = () => chargedOf(this.#markets(), config, this.#options.clock.nowMs());
      await firstLook(() => this.#look(signal), onTrouble, this.#options.clock, signal);
      await runTogether(signal, [
        (scope) => stream.run(this.#handlers(scope), scope),
        (scope) => this.#loop(scope),
        (scope) => this.#fees.run(charged, (report) => this.#emit(report), scope),
        ...(stream.isRest ? [] : [(scope: AbortSignal) => this.#audit.run(scope)]),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #handlers(signal: AbortSignal): SourceHandlers {
    return {
      event: (event) => {
        if (!this.#options.stream.isRest) this.#audit.see(event);
        this.#sink(event);
      },
      market: (market) => {
        if (!signal.aborted) this.#onMarket(market);
      },
      unreadable: (list) => this.#report(list),
      lifecycle: (fact) => {
        if (!signal.aborted) this.#onLifecycle(fact);
      },
      missed: () => this.#lookSoon(),
      connected: () => {
        this.#connectedMs = this.#options.clock.nowMs();
        this.#tidy();
      },
    };
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const dueMs = Math.min(
        this.#lookMs,
        this.#settlements.nextMs(),
        this.#exchange.nextMs(),
        lingerEndMs(this.#streamedMarkets()),
      );
      await this.#pause(dueMs - clock.nowMs(), signal);
      if (clock.nowMs() >= this.#lookMs) await this.#attempt(() => this.#look(signal), signal);
      await this.#attempt(() => this.#poll(signal), signal);
      await this.#exchange.look(this.#options.rest, clock.nowMs(), signal);
      this.#tidy();
    }
  }

  /** Sleeps until due, or until something makes looking worthwhile. */
  async #pause(ms: Ms, signal: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    const wake = new AbortController();
    this.#wake = wake;
    await sleepUnlessWoken(this.#options.clock, ms, { signal, wake: wake.signal });
  }

  /** Runs one round of REST calls; what a later round may mend is shown in the status and tried again. */
  async #attempt(round: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await round();
    } catch (error) {
      if (signal.aborted) throw error;
      // What the record or the key cannot do any more is nobody's passing trouble.
      if (!(error instanceof KbtError) || !PASSING.has(error.kind)) throw error;
      this.#trouble = error.message;
      const waitMs = Math.min(LOOK_MS, 1000 * 2 ** Math.min(this.#failures++, 10));
      const nowMs = this.#options.clock.nowMs();
      if (this.#lookMs <= nowMs) this.#lookMs = nowMs + waitMs;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const fresh = this.#fresh;
    this.#fresh = false;
    this.#lookedMs = clock.nowMs();
    const found = await this.#discovery.find({ nowMs: clock.nowMs(), fresh }, signal);
    this.#report(found.unreadable);
    // Before the markets are told of: what they cost now is to be known when they are first looked at.
    this.#fees.seen(found.overrides, (report) => this.#emit(report));
    this.#take(found);
    await this.#readUnseen(found, signal);
    this.#failures = 0;
    this.#notes = found.notes;
    this.#isPartial = found.isPartial;
    this.#trouble = "";
    this.#tidy();
    // A message that came meanwhile asks for another look.
    this.#lookMs = this.#fresh ? this.#lookedMs + LOOK_SPACING_MS : this.#nextLookMs();
  }

  #take({ seen, selected }: Found): void {
    const wanted = new Set(selected.map((market) => market.ticker));
    for (const market of seen) {
      // A market that was followed stays followed to its end: there may be a position in it.
      if (wanted.has(market.ticker) || this.#followed.has(market.ticker)) this.#observe(market);
    }
    for (const market of selected) if (!this.#followed.has(market.ticker)) this.#observe(market);
  }

  /** Markets that are held, and those that left the lists before their time: closed early, paused, of an event that is over. */
  async #readUnseen({ seen }: Found, signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const tickers = new Set(seen.map((market) => market.ticker));
    const unseen = this.#markets()
      .filter(({ closeMs, ticker }) => closeMs > nowMs && !tickers.has(ticker))
      .map(({ ticker }) => ticker);
    unseen.push(...(this.#held?.() ?? []).filter((ticker) => !this.#followed.has(ticker)));
    if (unseen.length > 0) await this.#read(unseen, signal);
    this.#held = undefined;
  }

  async #read(tickers: readonly string[], signal: AbortSignal): Promise<void> {
    const { markets, unreadable } = await readTickers(this.#options.rest, tickers, signal);
    this.#report(unreadable);
    for (const market of markets) this.#observe(market);
  }

  #nextLookMs(): Ms {
    return nextLookMs({
      nowMs: this.#options.clock.nowMs(),
      markets: this.#markets(),
      toldMs: this.#toldMs,
      isPartial: this.#isPartial,
    });
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { rest, clock } = this.#options;
    const due = this.#settlements.takeDue(clock.nowMs());
    const [only, ...more] = due;
    if (only === undefined) return;
    if (more.length === 0) this.#observe(await rest.market(only, signal));
    else await this.#read(due, signal);
    this.#trouble = "";
  }

  /** A followed market came by; a change of it may move what is due next. */
  #onMarket(market: Market): void {
    const print = this.#followed.get(market.ticker)?.print;
    if (print === undefined) return;
    this.#observe(market);
    if (this.#followed.get(market.ticker)?.print === print) return;
    this.#lookMs = Math.min(this.#lookMs, this.#nextLookMs());
    this.#wake.abort();
  }

  #report(list: readonly Unreadable[]): void {
    const { clock } = this.#options;
    for (const drift of this.#unreadable.take(list, clock.nowMs())) this.#sink(drift);
  }

  /** Takes a market as REST shows it now and emits what changed. */
  #observe(market: Market): void {
    const recvMs = this.#options.clock.nowMs();
    const known = this.#followed.get(market.ticker) ?? { market, print: "", settled: "" };
    this.#followed.set(market.ticker, known);
    known.market = market;
    const print = JSON.stringify({ ...market, rawJson: null });
    if (print !== known.print) {
      this.#emit({ type: "market", market, recvMs });
      known.print = print;
    }
    if (market.status === "finalized") this.#settlements.done(market.ticker);
    else this.#settlements.add(market, recvMs);
    this.#settle(known, recvMs);
  }

  #settle(known: Followed, recvMs: Ms): void {
    const seen = { source: "kalshi", recvMs, ...marketExtras(known.market) };
    const settlement = settlementOf(known.market, seen);
    const settled = JSON.stringify({ ...settlement, recvMs: 0, settledMs: 0 });
    if (settlement === null || settled === known.settled) return;
    this.#emit(settlement);
    known.settled = settled;
  }

  #onLifecycle(fact: LifecycleFact): void {
    const nowMs = this.#options.clock.nowMs();
    if (fact.event === "determined" || fact.event === "settled") {
      const known = this.#followed.get(fact.ticker);
      if (known === undefined) return;
      // A final result is watched no more, and may be amended all the same.
      this.#settlements.add(known.market, nowMs);
      this.#settlements.poke(fact.ticker, nowMs);
      this.#wake.abort();
      return;
    }
    if (!concerns(fact, this.#markets(), this.#options.config)) return;
    const fees = this.#fees.told(fact);
    if (fees !== null) this.#emit(fees);
    this.#toldMs = nowMs;
    this.#lookSoon();
  }

  #lookSoon(): void {
    this.#fresh = true;
    const earliest = Math.max(this.#options.clock.nowMs(), this.#lookedMs + LOOK_SPACING_MS);
    if (earliest < this.#lookMs) this.#lookMs = earliest;
    this.#wake.abort();
  }

  /** Keeps the stream's markets equal to those that live or closed a moment ago, and forgets what is over. */
  #tidy(): void {
    const nowMs = this.#options.clock.nowMs();
    const streamed: string[] = [];
    for (const [ticker, { market }] of this.#followed) {
      if (isStreamed(market, this.#connectedMs, nowMs)) streamed.push(ticker);
      else this.#forgetWhenOver(market, nowMs);
    }
    if (streamed.join() === this.#streamed.join()) return;
    this.#streamed = streamed;
    this.#options.stream.setMarkets(streamed);
  }

  #forgetWhenOver(market: Market, nowMs: Ms): void {
    const { eventTicker, tickers } = this.#options.config;
    // Named markets are seen at every look; forgetting one would report it anew each time.
    if (tickers.includes(market.ticker) || eventTicker === market.eventTicker) return;
    const isUnsettled = this.#settlements.has(market.ticker);
    if (isUnsettled && market.closeMs + UNSETTLED_MS > nowMs) return;
    this.#settlements.done(market.ticker);
    this.#followed.delete(market.ticker);
  }

  #streamedMarkets(): Market[] {
    return this.#streamed.flatMap((ticker) => this.#followed.get(ticker)?.market ?? []);
  }

  #markets(): Market[] {
    return [...this.#followed.values()].map(({ market }) => market);
  }

  #emit(event: MarketEvent): void {
    this.stats.received++;
    this.stats.emitted++;
    this.#sink(event);
  }
}

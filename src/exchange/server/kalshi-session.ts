import type { ExchangeLedger } from "../trading/ledger.ts";
import type { World, WorldMarket } from "../world.ts";
import { CHANNELS, type ChannelRule } from "./channels.ts";
import { type ErrorCode, errorText, isClientFault } from "./kalshi-errors.ts";
import { snapshotBody, tickerBody } from "./kalshi-frames.ts";
import { type KalshiLimits, SecondCounter } from "./kalshi-limits.ts";
import type { RecordedSeq } from "./kalshi-recorded.ts";
import { type Subscribers, Subscription } from "./kalshi-subscription.ts";
import type { KalshiWire } from "./kalshi-wire.ts";

/** What every connection shares. */
export interface HubParts {
  readonly world: World;
  readonly ledger: ExchangeLedger;
  readonly limits: KalshiLimits;
  readonly recorded: RecordedSeq;
  readonly subscribers: Subscribers;
}

export interface ConnectOptions {
  /** Asked at every subscribe; false once the key was revoked (error 9). Always true when left out. */
  readonly isAuthorized?: () => boolean;
}

interface Delayed {
  readonly atMs: number;
  readonly run: () => void;
}

/** One Kalshi connection: its subscriptions, their numbers, and what is answered on it. */
export class KalshiSession {
  readonly wire: KalshiWire;
  readonly world: World;
  readonly limits: KalshiLimits;
  readonly commands: SecondCounter;
  readonly isAuthorized: () => boolean;
  nextPingMs = Number.POSITIVE_INFINITY;
  readonly #hub: HubParts;
  readonly #byChannel = new Map<string, Subscription>();
  #delayed: readonly Delayed[] = [];
  #sidCount = 0;

  constructor(hub: HubParts, wire: KalshiWire, options: ConnectOptions) {
    this.#hub = hub;
    this.wire = wire;
    this.world = hub.world;
    this.limits = hub.limits;
    this.commands = new SecondCounter(hub.limits.commandsPerSecond);
    this.isAuthorized = options.isAuthorized ?? (() => true);
  }

  subscriptions(): readonly Subscription[] {
    return [...this.#byChannel.values()];
  }

  ofChannel(channel: string): Subscription | undefined {
    return this.#byChannel.get(channel);
  }

  bySid(sid: number): Subscription | undefined {
    return this.subscriptions().find((subscription) => subscription.sid === sid);
  }

  open(channel: string, rule: ChannelRule, usesYesPrice: boolean): Subscription {
    const subscription = new Subscription({
      channel,
      rule,
      sid: this.#newSid(channel),
      usesYesPrice,
      wire: this.wire,
      recorded: this.#hub.recorded.channel(channel),
      updatesPerSecond: this.limits.updatesPerSecond,
      onOverflow: (full) => this.#overflow(full),
    });
    this.#byChannel.set(channel, subscription);
    this.#hub.subscribers.add(subscription);
    return subscription;
  }

  end(subscription: Subscription): void {
    subscription.isOpen = false;
    this.#byChannel.delete(subscription.channel);
    this.#hub.subscribers.remove(subscription);
  }

  /** The connection is gone. */
  closed(): void {
    for (const subscription of this.subscriptions()) this.end(subscription);
    this.#delayed = [];
    this.wire.tally.closedMs = this.world.nowMs();
  }

  error(code: ErrorCode, idField: string, sid?: number): void {
    const sidField = sid === undefined ? "" : `,"sid":${sid}`;
    const msg = `{"code":${code},"msg":"${errorText(code)}"}`;
    this.wire.tally.errors++;
    this.wire.reply(`{"type":"error"${idField}${sidField},"msg":${msg}`);
    if (isClientFault(code) && code !== 25) this.note(`error ${code}: ${errorText(code)}`);
  }

  /** Something only a mistaken client asks for, whether or not the exchange says so. */
  note(detail: string): void {
    this.#hub.ledger.violation("bad_command", detail, this.world.nowMs());
  }

  #overflow(subscription: Subscription): void {
    const { channel } = subscription;
    this.#hub.ledger.violation("slow_consumer", `${channel} overflowed`, this.world.nowMs());
    this.end(subscription);
    this.error(25, "", subscription.sid);
  }

  /** Answers a command later than those that come after it. */
  delay(atMs: number, run: () => void): void {
    this.#delayed = [...this.#delayed, { atMs, run }].toSorted((a, b) => a.atMs - b.atMs);
  }

  get nextDelayedMs(): number {
    return this.#delayed[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  runDelayed(nowMs: number): void {
    const due = this.#delayed.filter(({ atMs }) => atMs <= nowMs);
    this.#delayed = this.#delayed.filter(({ atMs }) => atMs > nowMs);
    for (const { run } of due) run();
  }

  /** The order book of each market that has one to give; `idField` answers a `get_snapshot`. */
  sendSnapshots(subscription: Subscription, tickers: readonly string[], idField = ""): void {
    for (const ticker of tickers) {
      const market = this.world.market(ticker);
      const book = this.world.book(ticker);
      if (market === undefined || book === undefined) continue;
      const body = snapshotBody(market, book, subscription.usesYesPrice);
      if (!subscription.send("orderbook_snapshot", body, idField)) return;
    }
  }

  /** What a new listener must be told at once. A recording that has yet to begin brings its own first snapshot. */
  sendFirstSnapshots(subscription: Subscription, tickers: readonly string[]): void {
    const { channel } = subscription;
    if (channel !== "orderbook_delta") return;
    const isRecorded = this.world.recordedSid(channel) !== undefined;
    this.sendSnapshots(
      subscription,
      isRecorded ? tickers.filter((ticker) => this.isLate(channel, ticker)) : tickers,
    );
  }

  /** True when the recording's connection has already brought a frame of this market. */
  isLate(channel: string, ticker: string): boolean {
    return this.#hub.recorded.channel(channel).begun.has(ticker);
  }

  sendTickers(subscription: Subscription, tickers: readonly string[]): void {
    const atMs = this.world.nowMs();
    for (const ticker of tickers) {
      const market = this.world.market(ticker);
      if (market === undefined) continue;
      const book = this.world.book(ticker);
      const lastTrade = this.world.trades(ticker)[0];
      subscription.send("ticker", tickerBody({ market, book, lastTrade, atMs }));
    }
  }

  marketById(marketId: string): WorldMarket | undefined {
    return this.world.markets().find((market) => market.marketId === marketId);
  }

  // Recorded frames carry the recorder's ids, so those are taken over and the other channels number around them.
  #newSid(channel: string): number {
    const recorded = this.world.recordedSid(channel);
    if (recorded !== undefined) return recorded;
    const reserved = new Set([...CHANNELS.keys()].map((each) => this.world.recordedSid(each)));
    do this.#sidCount++;
    while (reserved.has(this.#sidCount));
    return this.#sidCount;
  }
}

import { ExchangeLedger } from "../trading/ledger.ts";
import type { AccountEvent, OrderState } from "../trading/types.ts";
import type { Happening, World, WorldBook, WorldMarket, WorldTrade } from "../world.ts";
import { CHANNELS } from "./channels.ts";
import { FastIndexBodies, IndexBodies } from "./index-frames.ts";
import { handleCommand } from "./kalshi-commands.ts";
import type { DecideFate } from "./kalshi-fate.ts";
import {
  deltaBody,
  frameType,
  lifecycleType,
  renumbered,
  snapshotBody,
  tickerBody,
  tradeBody,
  withYesPrices,
} from "./kalshi-frames.ts";
import { KALSHI_LIMITS, type KalshiLimits } from "./kalshi-limits.ts";
import { RecordedSeq } from "./kalshi-recorded.ts";
import { type ConnectOptions, type HubParts, KalshiSession } from "./kalshi-session.ts";
import { type HubStatistics, HubTally } from "./kalshi-statistics.ts";
import { Subscribers, type Subscription } from "./kalshi-subscription.ts";
import { FrameEnd, KalshiWire } from "./kalshi-wire.ts";
import { fillBody, groupBody, orderBody, positionBody } from "./private-frames.ts";
import type { Connection, Peer, Refusal } from "./types.ts";

type Delta = Extract<Happening, { type: "delta" }>;
type Frame = Extract<Happening, { type: "frame" }>;
type BookDue = Extract<Happening, { type: "snapshot" }>;
type TickerDue = Extract<Happening, { type: "ticker" }>;
type Disconnect = Extract<Happening, { type: "disconnect" }>;
type Tick = Extract<Happening, { type: "index" }>;

const PING_EVERY_MS = 10_000;
const PING_PAYLOAD = "heartbeat";
const GOING_AWAY = 1001;
const FAST_INDEX = "cfbenchmarks_value_5hz";
/** Beyond the connections a user may have; the text is REST's, since none was ever seen on an upgrade. */
const TOO_MANY: Refusal = { status: 429, body: '{"error":"too many requests"}' };

export interface KalshiHubOptions {
  readonly world: World;
  /** A client's order by its id, so that its owner is told which deltas are his. */
  readonly order?: (orderId: string) => OrderState | undefined;
  readonly ledger?: ExchangeLedger;
  readonly limits?: Partial<KalshiLimits>;
  /** Frames say when they were sent, as since October 2026; a recording is older, so by default its frames do not. */
  readonly hasSendingTime?: boolean;
  /** Injects faults into the answering of commands; every command runs when left out. */
  readonly decideFate?: DecideFate;
}

/** All Kalshi connections: turns what happens in the world and in the account into frames for whoever subscribed. */
export class KalshiHub {
  readonly #world: World;
  readonly #parts: HubParts;
  readonly #order: (orderId: string) => OrderState | undefined;
  readonly #decideFate: DecideFate;
  readonly #end: FrameEnd;
  readonly #sessions = new Set<KalshiSession>();
  readonly #tally = new HubTally();
  readonly #indices = new IndexBodies();
  readonly #fastIndices = new FastIndexBodies();
  /** Kept here because the world copies its list of trades for whoever asks. */
  readonly #lastTrades = new WeakMap<WorldMarket, WorldTrade>();

  constructor(options: KalshiHubOptions) {
    const { world } = options;
    const isRecorded = [...CHANNELS.keys()].some((each) => world.recordedSid(each) !== undefined);
    this.#world = world;
    this.#order = options.order ?? (() => undefined);
    this.#decideFate = options.decideFate ?? (() => "run");
    this.#end = new FrameEnd(world, options.hasSendingTime ?? !isRecorded);
    this.#parts = {
      world,
      ledger: options.ledger ?? new ExchangeLedger(),
      limits: { ...KALSHI_LIMITS, ...options.limits },
      recorded: new RecordedSeq(),
      subscribers: new Subscribers(),
    };
  }

  connect(peer: Peer, options: ConnectOptions = {}): Connection | Refusal {
    const nowMs = this.#world.nowMs();
    const { limits } = this.#parts;
    if (this.#sessions.size >= limits.connections) {
      this.#tally.refused++;
      this.#parts.ledger.violation("over_rate_limit", "too many connections", nowMs);
      return TOO_MANY;
    }
    const tally = this.#tally.open(nowMs);
    const { bufferBytes } = limits;
    const wire = new KalshiWire(peer, this.#end, { tally, bufferBytes });
    const session = new KalshiSession(this.#parts, wire, options);
    if (peer.ping !== undefined) session.nextPingMs = nowMs + PING_EVERY_MS;
    this.#sessions.add(session);
    return {
      receive: (text) => {
        if (this.#sessions.has(session)) handleCommand(session, text, this.#decideFate);
      },
      closed: () => {
        if (this.#sessions.delete(session)) session.closed();
      },
    };
  }

  /** True when some connection gets frames of this channel and market. */
  isHeard(channel: string, ticker: string): boolean {
    return this.#parts.subscribers.hears(channel, ticker);
  }

  /** Frames sent, by connection, channel and message type. */
  statistics(): HubStatistics {
    return this.#tally.read();
  }

  /** Ends every connection. */
  closeAll(code: number, reason: string): void {
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    for (const session of sessions) {
      session.closed();
      session.wire.close(code, reason);
    }
  }

  nextTimerMs(): number {
    let next = this.#fastIndices.nextMs;
    for (const session of this.#sessions) {
      next = Math.min(next, session.nextPingMs, session.nextDelayedMs);
    }
    return next;
  }

  runTimers(nowMs: number): void {
    for (const session of this.#sessions) {
      session.runDelayed(nowMs);
      if (session.nextPingMs > nowMs) continue;
      session.nextPingMs += PING_EVERY_MS;
      session.wire.ping(PING_PAYLOAD);
    }
    for (const { indexId, body } of this.#fastIndices.take(nowMs)) {
      this.#send(FAST_INDEX, indexId, body);
    }
  }

  publish(happening: Happening): void {
    if (isSilent(happening)) return;
    switch (happening.type) {
      case "delta":
        this.#delta(happening);
        break;
      case "snapshot":
      case "ticker":
        this.#market(happening);
        break;
      case "trade":
        this.#trade(happening.trade);
        break;
      case "lifecycle":
        this.#lifecycle(happening.msg);
        break;
      case "index":
        this.#index(happening);
        break;
      case "frame":
      case "disconnect":
        this.#recorded(happening);
        break;
    }
  }

  /** Tells the account's owner; every connection is one of his. */
  account(event: AccountEvent): void {
    switch (event.type) {
      case "fill":
        this.#private("fill", "fill", event.fill.ticker, () => fillBody(event.fill));
        break;
      case "order":
        this.#private("user_orders", "user_order", event.order.ticker, () =>
          orderBody(event.order),
        );
        break;
      case "position":
        this.#private("market_positions", "market_position", event.position.ticker, () =>
          positionBody(event.position),
        );
        break;
      case "group":
        this.#private("order_group_updates", "order_group_updates", "", () => groupBody(event));
        break;
      case "balance":
      case "settlement":
        break;
    }
  }

  #private(channel: string, type: string, ticker: string, body: () => string): void {
    if (this.isHeard(channel, ticker)) this.#send(channel, ticker, body(), type);
  }

  /** One body for everybody who wants this market or index. */
  #send(channel: string, target: string, body: string, type = channel): void {
    for (const subscription of this.#parts.subscribers.of(channel)) {
      if (subscription.wants(target)) subscription.send(type, body);
    }
  }

  #delta(delta: Delta): void {
    const { ticker } = delta;
    const bodies: [noPrice: string, yesPrice: string] = ["", ""];
    for (const subscription of this.#parts.subscribers.of("orderbook_delta")) {
      if (!subscription.wants(ticker)) continue;
      const at = subscription.usesYesPrice ? 1 : 0;
      if (bodies[at] === "") bodies[at] = this.#deltaBody(delta, subscription.usesYesPrice);
      subscription.send("orderbook_delta", bodies[at]);
    }
  }

  #deltaBody(delta: Delta, usesYesPrice: boolean): string {
    const { ticker, orderId } = delta;
    const marketId = this.#world.market(ticker)?.marketId ?? "";
    const order = orderId === undefined ? undefined : this.#order(orderId);
    return deltaBody(delta, { marketId, usesYesPrice, order });
  }

  #market(happening: BookDue | TickerDue): void {
    const { ticker, type } = happening;
    // Reading a book copies it, and most markets have no listener.
    if (!this.isHeard(type === "ticker" ? "ticker" : "orderbook_delta", ticker)) return;
    const market = this.#world.market(ticker);
    const book = this.#world.book(ticker);
    if (market === undefined) return;
    if (type === "ticker") this.#ticker(market, book, happening.atMs);
    else if (book !== undefined) this.#snapshot(market, book);
  }

  #snapshot(market: WorldMarket, book: WorldBook): void {
    for (const subscription of this.#parts.subscribers.of("orderbook_delta")) {
      if (!subscription.wants(market.ticker)) continue;
      const body = snapshotBody(market, book, subscription.usesYesPrice);
      subscription.send("orderbook_snapshot", body);
    }
  }

  #ticker(market: WorldMarket, book: WorldBook | undefined, atMs: number): void {
    const { ticker } = market;
    const lastTrade = this.#lastTrades.get(market) ?? this.#world.trades(ticker)[0];
    this.#send("ticker", ticker, tickerBody({ market, book, lastTrade, atMs }));
  }

  #trade(trade: WorldTrade): void {
    const { ticker } = trade;
    const market = this.#world.market(ticker);
    if (market !== undefined) this.#lastTrades.set(market, trade);
    if (this.isHeard("trade", ticker)) this.#send("trade", ticker, tradeBody(trade));
  }

  #lifecycle(msg: Readonly<Record<string, unknown>>): void {
    const body = JSON.stringify(msg);
    this.#send("market_lifecycle_v2", "", body, lifecycleType(msg));
  }

  #index(tick: Tick): void {
    const body = this.#indices.next(tick);
    this.#send("cfbenchmarks_value", tick.indexId, body);
    if (this.isHeard(FAST_INDEX, tick.indexId)) this.#fastIndices.plan(tick);
  }

  #recorded(happening: Frame | Disconnect): void {
    if (happening.type === "frame") {
      this.#frame(happening);
      return;
    }
    this.#parts.recorded.reset();
    this.closeAll(GOING_AWAY, "going away");
  }

  #frame(frame: Frame): void {
    const { channel, ticker, seq } = frame;
    this.#parts.recorded.note(channel, ticker, seq);
    for (const subscription of this.#parts.subscribers.of(channel)) {
      if (subscription.wants(ticker)) {
        subscription.sendRecorded(
          frameType(frame.text, channel),
          recordedText(frame, subscription),
        );
      } else if (seq !== null) {
        // The recorder's subscription held this market and the client's does not: its numbers must still be contiguous.
        subscription.offset--;
      }
    }
  }
}

type Silent = Extract<Happening, { type: "execution" | "status" | "spot" | "spotTrades" }>;

/** What is not told on any of Kalshi's public channels. */
function isSilent(happening: Happening): happening is Silent {
  const { type } = happening;
  return type === "execution" || type === "status" || type === "spot" || type === "spotTrades";
}

function recordedText(frame: Frame, subscription: Subscription): string {
  const { sid, offset, usesYesPrice } = subscription;
  const { text, seq } = frame;
  const isAsRecorded = sid === frame.sid && (offset === 0 || seq === null);
  const numbered = isAsRecorded ? text : renumbered(text, sid, seq === null ? null : seq + offset);
  return usesYesPrice && frame.channel === "orderbook_delta" ? withYesPrices(numbered) : numbered;
}

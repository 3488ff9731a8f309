import type { Happening, World, WorldTrade } from "../world.ts";
import { isWanted, RecordedSeq, type Subscription } from "./channels.ts";
import { IndexBodies } from "./index-frames.ts";
import { handleCommand } from "./kalshi-commands.ts";
import {
  deltaBody,
  lifecycleType,
  numberedFrame,
  plainFrame,
  renumbered,
  snapshotBody,
  tickerBody,
  tradeBody,
  withYesPrices,
} from "./kalshi-frames.ts";
import { KalshiSession } from "./kalshi-session.ts";
import type { Connection, Peer } from "./types.ts";

type Delta = Extract<Happening, { type: "delta" }>;
type Frame = Extract<Happening, { type: "frame" }>;

const PING_EVERY_MS = 10_000;
const PING_PAYLOAD = "heartbeat";
const GOING_AWAY = 1001;

/** All Kalshi connections: turns what happens in the world into frames for whoever subscribed to it. */
export class KalshiHub {
  readonly #world: World;
  readonly #recorded = new RecordedSeq();
  readonly #sessions = new Set<KalshiSession>();
  readonly #indices = new IndexBodies();

  constructor(world: World) {
    this.#world = world;
  }

  connect(peer: Peer): Connection {
    const session = new KalshiSession(this.#world, this.#recorded, peer);
    if (peer.ping !== undefined) session.nextPingMs = this.#world.nowMs() + PING_EVERY_MS;
    this.#sessions.add(session);
    return {
      receive: (text) => {
        if (this.#sessions.has(session)) handleCommand(session, text);
      },
      closed: () => {
        this.#sessions.delete(session);
      },
    };
  }

  /** True when some connection gets frames of this channel and market. */
  isHeard(channel: string, ticker: string): boolean {
    for (const session of this.#sessions) if (session.isHearing(channel, ticker)) return true;
    return false;
  }

  nextTimerMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions) next = Math.min(next, session.nextPingMs);
    return next;
  }

  runTimers(nowMs: number): void {
    for (const session of this.#sessions) {
      if (session.nextPingMs > nowMs) continue;
      session.nextPingMs += PING_EVERY_MS;
      session.peer.ping?.(PING_PAYLOAD);
    }
  }

  publish(happening: Happening): void {
    switch (happening.type) {
      case "delta":
        this.#delta(happening);
        break;
      case "frame":
        this.#frame(happening);
        break;
      case "snapshot":
        this.#snapshot(happening.ticker);
        break;
      case "ticker":
        this.#ticker(happening.ticker, happening.atMs);
        break;
      case "trade":
        this.#trade(happening.trade);
        break;
      case "lifecycle":
        this.#lifecycle(happening.msg);
        break;
      case "index":
        this.#numbered("cfbenchmarks_value", happening.indexId, this.#indices.next(happening));
        break;
      case "disconnect":
        this.#disconnect();
        break;
      case "spot":
      case "spotTrades":
        break;
    }
  }

  #each(
    channel: string,
    target: string,
    send: (session: KalshiSession, subscription: Subscription) => void,
  ): void {
    for (const session of this.#sessions) {
      const subscription = session.ofChannel(channel);
      if (subscription !== undefined && isWanted(subscription, target)) send(session, subscription);
    }
  }

  #numbered(channel: string, target: string, body: string): void {
    this.#each(channel, target, (session, subscription) => {
      const seq = session.nextSeq(subscription);
      session.deliver(subscription, numberedFrame(channel, subscription.sid, seq, body));
    });
  }

  #delta(delta: Delta): void {
    const { ticker } = delta;
    const bodies: [noPrice: string, yesPrice: string] = ["", ""];
    this.#each("orderbook_delta", ticker, (session, subscription) => {
      const at = subscription.usesYesPrice ? 1 : 0;
      if (bodies[at] === "") {
        const marketId = this.#world.market(ticker)?.marketId ?? "";
        bodies[at] = deltaBody(delta, marketId, subscription.usesYesPrice);
      }
      const seq = session.nextSeq(subscription);
      const text = numberedFrame("orderbook_delta", subscription.sid, seq, bodies[at]);
      session.deliver(subscription, text);
    });
  }

  #snapshot(ticker: string): void {
    const market = this.#world.market(ticker);
    const book = this.#world.book(ticker);
    if (market === undefined || book === undefined) return;
    this.#each("orderbook_delta", ticker, (session, subscription) => {
      const body = snapshotBody(market, book, subscription.usesYesPrice);
      const seq = session.nextSeq(subscription);
      const text = numberedFrame("orderbook_snapshot", subscription.sid, seq, body);
      session.deliver(subscription, text);
    });
  }

  #ticker(ticker: string, atMs: number): void {
    const market = this.#world.market(ticker);
    if (market === undefined || !this.isHeard("ticker", ticker)) return;
    const book = this.#world.book(ticker);
    const body = tickerBody({ market, book, lastTrade: this.#world.trades(ticker)[0], atMs });
    this.#each("ticker", ticker, (session, subscription) => {
      session.deliver(subscription, plainFrame("ticker", subscription.sid, body));
    });
  }

  #trade(trade: WorldTrade): void {
    if (!this.isHeard("trade", trade.ticker)) return;
    this.#numbered("trade", trade.ticker, tradeBody(trade));
  }

  #lifecycle(msg: Readonly<Record<string, unknown>>): void {
    const body = JSON.stringify(msg);
    const type = lifecycleType(msg);
    this.#each("market_lifecycle_v2", "", (session, subscription) => {
      const seq = session.nextSeq(subscription);
      session.deliver(subscription, numberedFrame(type, subscription.sid, seq, body));
    });
  }

  #frame(frame: Frame): void {
    const { channel, ticker, seq } = frame;
    this.#recorded.note(channel, ticker, seq);
    for (const session of this.#sessions) {
      const subscription = session.ofChannel(channel);
      if (subscription === undefined) continue;
      if (isWanted(subscription, ticker)) {
        session.deliver(subscription, recordedText(frame, subscription));
      } else if (seq !== null) {
        // The recorder's subscription held this market and the client's does not: its numbers must still be contiguous.
        subscription.offset--;
      }
    }
  }

  #disconnect(): void {
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    this.#recorded.reset();
    for (const session of sessions) session.peer.close(GOING_AWAY, "going away");
  }
}

function recordedText(frame: Frame, subscription: Subscription): string {
  const { sid, offset, usesYesPrice } = subscription;
  const { text, seq } = frame;
  const isAsRecorded = sid === frame.sid && (offset === 0 || seq === null);
  const numbered = isAsRecorded ? text : renumbered(text, sid, seq === null ? null : seq + offset);
  return usesYesPrice && frame.channel === "orderbook_delta" ? withYesPrices(numbered) : numbered;
}

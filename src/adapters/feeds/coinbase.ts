// Coinbase Advanced Trade market data: the spot price.
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | ticker (snapshot, update)   | `spot` event of kind quote, stamped with the envelope's time                   |
// | market_trades update        | `spot` events of kind trade, oldest first, each trade id once                  |
// | market_trades snapshot      | counted as control: trades of the past, not emitted                            |
// | heartbeats                  | counted as control; shows that the connection lives                            |
// | subscriptions               | counted as control; compared with what was asked for                           |
// | error                       | counted as control and shown in the status                                     |
// | l2_data, candles, status, ticker_batch | counted as control: not subscribed                                  |
// | anything else               | rejected as `unknown_type` and counted                                         |
// | hole in sequence_num, lost connection | `gap` event without tickers                                          |
import { KbtError } from "../../core/errors.ts";
import type { FeedGap, SpotTick } from "../../core/events.ts";
import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, Feed, FeedStats, OpenSocket, Sink, Socket } from "../../ports.ts";
import { type ConnectionEnd, keepConnected, type Session } from "../platform/connection.ts";
import { countFrame, countRejected, createFeedStats } from "../platform/feed-stats.ts";
import { hostOf } from "../platform/network-error.ts";
import { type CoinbaseFrame, decodeCoinbase } from "./coinbase-frames.ts";
import type { SpotFeedSpec } from "./spot-feed.ts";

export { fetchCandles } from "./coinbase-rest.ts";

type CoinbaseChannel = "ticker" | "market_trades" | "heartbeats";

export interface CoinbaseFeedOptions {
  readonly url: string;
  readonly products: readonly string[];
  /** `heartbeats` keeps quiet channels open and the watchdog fed; leave it in. */
  readonly channels: readonly CoinbaseChannel[];
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly rng: Rng;
}

const SILENCE_MS = 5000;
const ACK_MS = 5000;
const FIRST_TRIES = 4;
/** Trade ids remembered per product; a trade can come twice around a reconnect. */
const TRADES_MAX = 2000;

export function createCoinbaseFeed(options: CoinbaseFeedOptions): Feed {
  const { url, products, channels, clock } = options;
  const stats = createFeedStats();
  const seen = new SeenTrades();
  let session: CoinbaseSession | null = null;
  let line = "not started";

  const open = (socket: Socket, sink: Sink): CoinbaseSession => {
    stats.connects++;
    session = new CoinbaseSession({ stats, seen, clock, sink, products, channels });
    // One channel a message, and all within 5 s of connecting or the server hangs up (spot-feeds.md §1.2).
    for (const channel of channels) {
      const named = channel === "heartbeats" ? {} : { product_ids: products };
      socket.send(JSON.stringify({ type: "subscribe", ...named, channel }));
    }
    return session;
  };

  const ended = (end: ConnectionEnd, failures: number): void => {
    session = null;
    if (stats.connects > 0 || failures < FIRST_TRIES) return;
    throw new KbtError({
      kind: "network",
      code: "NETWORK_SOCKET",
      message: `no connection to ${hostOf(url)} in ${failures} tries: ${end.error}`,
      hint: "check the connection, or try --sim",
      details: { host: hostOf(url), status: end.status ?? null },
    });
  };

  return {
    name: "coinbase",
    stats,
    status: () => (session === null ? line : session.status()),
    async run(sink, signal) {
      line = `connecting to ${hostOf(url)}`;
      await keepConnected(
        {
          ...options,
          silenceMs: SILENCE_MS,
          headers: () => ({}),
          open: (socket) => open(socket, sink),
          ended,
          waiting: (delayMs, end) => {
            line = `not connected (${end.error}), next try in ${(delayMs / 1000).toFixed(1)} s`;
          },
        },
        signal,
      );
      session = null;
      line = "stopped";
    },
  };
}

export const coinbaseSpec: SpotFeedSpec = {
  name: "coinbase",
  create: ({ urls, products, openSocket, clock, rng }) =>
    createCoinbaseFeed({
      url: urls.ws,
      products,
      channels: ["ticker", "market_trades", "heartbeats"],
      openSocket,
      clock,
      rng,
    }),
};

/** Trade ids of each product, oldest forgotten first. */
class SeenTrades {
  readonly #ids = new Map<string, Set<string>>();

  /** True the first time. */
  add(product: string, tradeId: string): boolean {
    let ids = this.#ids.get(product);
    if (ids === undefined) {
      ids = new Set();
      this.#ids.set(product, ids);
    }
    if (ids.has(tradeId)) return false;
    ids.add(tradeId);
    const [oldest] = ids;
    if (ids.size > TRADES_MAX && oldest !== undefined) ids.delete(oldest);
    return true;
  }
}

interface SessionLinks {
  readonly stats: FeedStats;
  readonly seen: SeenTrades;
  readonly clock: Clock;
  readonly sink: Sink;
  readonly products: readonly string[];
  readonly channels: readonly CoinbaseChannel[];
}

class CoinbaseSession implements Session {
  readonly #links: SessionLinks;
  readonly #openedMs: Ms;
  #acknowledged: ReadonlyMap<string, readonly string[]> = new Map();
  #problem = "";
  #error = "";
  #lastSeq: number | null = null;
  #lastMs: Ms | null = null;

  constructor(links: SessionLinks) {
    this.#links = links;
    this.#openedMs = links.clock.monoMs();
  }

  status(): string {
    const parts = [`connected, ${this.#links.products.join(" ")}`, this.#problem, this.#error];
    return parts.filter((part) => part !== "").join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const { stats } = this.#links;
    const frame = decodeCoinbase(text, recvMs);
    countFrame(stats, recvMs);
    stats.control += frame.control;
    const isNew = this.#checkSequence(frame.seq, recvMs);
    this.#lastMs = recvMs;
    this.#takeControl(frame);
    for (const reason of frame.rejects) countRejected(stats, reason);
    for (const tick of frame.ticks) {
      if (isNew && this.#isFirst(tick)) this.#emit(tick);
      else countRejected(stats, "duplicate");
    }
  }

  /** An unknown product is not refused but missing from the acknowledgement, so that is where it is looked for. */
  check(): string | null {
    if (this.#links.clock.monoMs() - this.#openedMs < ACK_MS) return null;
    const missing = this.#links.channels.flatMap((channel) => {
      const acknowledged = this.#acknowledged.get(channel);
      if (acknowledged === undefined) return [channel];
      if (channel === "heartbeats") return [];
      return this.#links.products
        .filter((product) => !acknowledged.includes(unified(product)))
        .filter((product) => !acknowledged.includes(product))
        .map((product) => `${channel} of ${product}`);
    });
    this.#problem = missing.length === 0 ? "" : `not subscribed: ${missing.join(", ")}`;
    return null;
  }

  ended(reason: string): void {
    const recvMs = this.#links.clock.nowMs();
    this.#gap({ reason, fromSeq: this.#lastSeq, toSeq: null, recvMs });
  }

  #takeControl(frame: CoinbaseFrame): void {
    if (frame.subscriptions !== null) this.#acknowledged = frame.subscriptions;
    if (frame.error !== null) this.#error = `Coinbase said: ${frame.error}`;
  }

  #isFirst(tick: SpotTick): boolean {
    return tick.tradeId === null || this.#links.seen.add(tick.product, tick.tradeId);
  }

  /** One counter for the whole connection, whatever the channel (spot-feeds.md §1.3); false for a repeated frame. */
  #checkSequence(seq: number | null, recvMs: Ms): boolean {
    if (seq === null) return true;
    const last = this.#lastSeq;
    if (last !== null && seq <= last) return false;
    this.#lastSeq = seq;
    if (last !== null && seq !== last + 1) {
      this.#gap({ reason: "seq", fromSeq: last + 1, toSeq: seq - 1, recvMs });
    }
    return true;
  }

  #gap(gap: Pick<FeedGap, "reason" | "fromSeq" | "toSeq" | "recvMs">): void {
    this.#links.stats.gaps++;
    this.#links.sink({
      type: "gap",
      source: "coinbase",
      ...gap,
      tickers: [],
      sid: null,
      fromMs: this.#lastMs,
      toMs: gap.recvMs,
    });
  }

  #emit(tick: SpotTick): void {
    const { stats, sink } = this.#links;
    stats.received++;
    stats.emitted++;
    sink(tick);
  }
}

/** `BTC-USDC` is an alias: Coinbase answers with the unified `BTC-USD` book. */
function unified(product: string): string {
  return product.replace(/-USDC$/, "-USD");
}

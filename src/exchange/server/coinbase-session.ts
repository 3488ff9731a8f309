import type { World } from "../world.ts";
import { envelope, tickerJson, tradeJson } from "./coinbase-frames.ts";
import type { SpotMemory } from "./spot-memory.ts";
import { goTimeText } from "./time-text.ts";
import { type Peer, parseRecord, stringList } from "./types.ts";

/** A connection that has not subscribed to anything by then is dropped (spot-feeds.md §1.2). */
const SUBSCRIBE_WITHIN_MS = 5000;
const HEARTBEAT_MS = 1000;
const POLICY_VIOLATION = 1008;

const NOT_ALLOWED = '{"type":"error","message":"authentication failure"}';
const MALFORMED = '{"type":"error","message":"failure to subscribe"}';

const CHANNELS: ReadonlySet<string> = new Set(["ticker", "market_trades", "heartbeats"]);

/** One Coinbase connection: what it subscribed to, its frame counter and its heartbeat. */
export class CoinbaseSession {
  /** Time of the next heartbeat, or of the end of patience with a client that subscribes to nothing. */
  timerMs: number;
  readonly #world: World;
  readonly #memory: SpotMemory;
  readonly #peer: Peer;
  readonly #products = new Map<string, Set<string>>();
  #isBeating = false;
  #hasSubscribed = false;
  #seq = 0;

  constructor(world: World, memory: SpotMemory, peer: Peer) {
    this.#world = world;
    this.#memory = memory;
    this.#peer = peer;
    this.timerMs = world.nowMs() + SUBSCRIBE_WITHIN_MS;
  }

  isHearing(channel: string, product: string): boolean {
    return this.#products.get(channel)?.has(product) === true;
  }

  send(channel: string, events: string): void {
    const stamp = { nowMs: this.#world.nowMs(), seq: this.#seq++ };
    this.#peer.send(envelope(channel, events, stamp));
  }

  /** Heartbeat or hang up; false when the connection was closed. */
  fireTimer(): boolean {
    if (!this.#hasSubscribed) {
      this.#peer.close(POLICY_VIOLATION, "subscribe within 5 s");
      return false;
    }
    this.timerMs += HEARTBEAT_MS;
    const nowMs = this.#world.nowMs();
    const upMs = nowMs - this.#world.startMs;
    this.send(
      "heartbeats",
      `{"current_time":"${goTimeText(nowMs, upMs)}","heartbeat_counter":${Math.floor(upMs / 1000)}}`,
    );
    return true;
  }

  receive(text: string): void {
    const message = parseRecord(text);
    const type = message?.["type"];
    const channel = message?.["channel"];
    const products = stringList(message?.["product_ids"] ?? []);
    const isKnownType = type === "subscribe" || type === "unsubscribe";
    if (!isKnownType || typeof channel !== "string" || products === undefined) {
      this.#peer.send(MALFORMED);
    } else if (!CHANNELS.has(channel)) {
      this.#peer.send(NOT_ALLOWED);
    } else if (type === "subscribe") {
      this.#subscribe(channel, this.#known(products));
    } else {
      this.#unsubscribe(channel, this.#known(products));
    }
  }

  // An unknown product is not an error here: it is silently missing from the acknowledgement.
  #known(products: readonly string[]): readonly string[] {
    const listed = this.#world.products();
    return products
      .map((product) => (listed.includes(product) ? product : product.replace(/-USDC$/, "-USD")))
      .filter((product) => listed.includes(product));
  }

  #subscribe(channel: string, products: readonly string[]): void {
    if (!this.#hasSubscribed) this.timerMs = Number.POSITIVE_INFINITY;
    this.#hasSubscribed = true;
    if (channel === "heartbeats") {
      this.#beat();
    } else {
      const known = this.#products.get(channel) ?? new Set();
      this.#products.set(channel, known);
      for (const product of products) known.add(product);
      // The data comes before the acknowledgement, as on the real feed.
      if (channel === "ticker") this.#sendTickers(products);
      else this.#sendTrades(products);
    }
    this.#acknowledge();
  }

  #beat(): void {
    if (!this.#isBeating) this.timerMs = this.#world.nowMs() + HEARTBEAT_MS;
    this.#isBeating = true;
  }

  #unsubscribe(channel: string, products: readonly string[]): void {
    if (channel === "heartbeats") {
      this.#isBeating = false;
      if (this.#hasSubscribed) this.timerMs = Number.POSITIVE_INFINITY;
    }
    for (const product of products) this.#products.get(channel)?.delete(product);
    this.#acknowledge();
  }

  #sendTickers(products: readonly string[]): void {
    const tickers = products.flatMap((product) => {
      const spot = this.#world.spot(product);
      return spot === undefined ? [] : [tickerJson(spot, this.#memory.day(spot))];
    });
    if (tickers.length === 0) return;
    this.send("ticker", `{"type":"snapshot","tickers":[${tickers.join(",")}]}`);
  }

  #sendTrades(products: readonly string[]): void {
    for (const product of products) {
      const trades = this.#memory.recent(product).map(tradeJson);
      this.send("market_trades", `{"type":"snapshot","trades":[${trades.join(",")}]}`);
    }
  }

  // Cumulative: everything the connection is subscribed to, not only what was just asked for.
  #acknowledge(): void {
    const subscriptions: Record<string, readonly string[]> = {};
    if (this.#isBeating) subscriptions["heartbeats"] = ["heartbeats"];
    for (const [channel, products] of this.#products) {
      if (products.size > 0) subscriptions[channel] = [...products];
    }
    this.send("subscriptions", JSON.stringify({ subscriptions }));
  }
}

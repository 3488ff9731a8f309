import { goTimeText } from "../../server/time-text.ts";
import { parseRecord, stringList } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import type { SpotSession } from "../types.ts";
import type { VenueClock } from "../venue-clock.ts";
import { envelope } from "./frames.ts";

/** A connection that has not subscribed to anything by then is dropped (spot-feeds.md §1.2). */
const SUBSCRIBE_WITHIN_MS = 5000;
/** Without heartbeats a connection that hears nothing is dropped after 60 to 90 s. */
const IDLE_MS = 90_000;
const HEARTBEAT_MS = 1000;
const STATUS_MS = 5000;
const POLICY_VIOLATION = 1008;
/** Messages an unauthenticated client may send in a second. */
const MESSAGES_MAX = 8;

const NOT_ALLOWED = '{"type":"error","message":"authentication failure"}';
const MALFORMED = '{"type":"error","message":"failure to subscribe"}';
const TOO_FAST = '{"type":"error","message":"rate limit exceeded"}';

const KINDS: ReadonlyMap<string, FrameKind> = new Map<string, FrameKind>([
  ["ticker", "quote"],
  ["ticker_batch", "quote"],
  ["market_trades", "trade"],
  ["level2", "book"],
  ["heartbeats", "control"],
  ["status", "control"],
]);

/** What a connection needs of its server. */
export interface CoinbaseHost {
  readonly clock: VenueClock;
  readonly startMs: number;
  /** The listed product a client means. */
  productOf(asked: string): string | undefined;
  sendSnapshots(session: CoinbaseSession, channel: string, products: readonly string[]): void;
  sendRepeated(session: CoinbaseSession, channel: string, products: readonly string[]): void;
  forget(session: CoinbaseSession): void;
}

/** One Coinbase connection: what it subscribed to, its frame counter and its heartbeat. */
export class CoinbaseSession implements SpotSession {
  readonly #server: CoinbaseHost;
  readonly #clock: VenueClock;
  readonly #link: Link;
  readonly #products = new Map<string, Set<string>>();
  readonly #receivedMs: number[] = [];
  #hasSubscribed = false;
  #seq = 0;
  #sentMs: number;

  constructor(server: CoinbaseHost, link: Link) {
    this.#server = server;
    this.#clock = server.clock;
    this.#link = link;
    this.#sentMs = this.#clock.nowMs();
    this.#clock.later(SUBSCRIBE_WITHIN_MS, () => {
      if (!this.#hasSubscribed) this.#drop("subscribe within 5 s");
      return null;
    });
  }

  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  isHearing(channel: string, product: string): boolean {
    return this.#products.get(channel)?.has(product) === true;
  }

  /** Level 2 is subscribed to by one name and comes under another. */
  send(channel: string, events: string): void {
    const nowMs = this.#clock.nowMs();
    this.#sentMs = nowMs;
    const stamp = { nowMs: this.#clock.stampMs(nowMs), seq: this.#seq++ };
    const wireName = channel === "level2" ? "l2_data" : channel;
    this.#link.send(envelope(wireName, events, stamp), KINDS.get(channel) ?? "control");
  }

  closed(): void {
    this.#link.isOpen = false;
    this.#server.forget(this);
  }

  #drop(reason: string): void {
    this.#link.close(POLICY_VIOLATION, reason);
    this.#server.forget(this);
  }

  receive(text: string): void {
    if (this.#isTooFast()) {
      this.#link.send(TOO_FAST);
      return;
    }
    const message = parseRecord(text);
    const type = message?.["type"];
    const channel = message?.["channel"];
    const products = stringList(message?.["product_ids"] ?? []);
    const isKnownType = type === "subscribe" || type === "unsubscribe";
    if (!isKnownType || typeof channel !== "string" || products === undefined) {
      this.#link.send(MALFORMED);
    } else if (!KINDS.has(channel)) {
      this.#link.send(NOT_ALLOWED);
    } else if (type === "subscribe") {
      this.#subscribe(channel, this.#known(products));
    } else {
      this.#unsubscribe(channel, this.#known(products));
    }
  }

  #isTooFast(): boolean {
    const nowMs = this.#clock.nowMs();
    const times = this.#receivedMs;
    while (times.length > 0 && (times[0] ?? 0) <= nowMs - 1000) times.shift();
    times.push(nowMs);
    return times.length > MESSAGES_MAX;
  }

  // An unknown product is not an error here: it is silently missing from the acknowledgement.
  #known(products: readonly string[]): readonly string[] {
    return products.flatMap((product) => this.#server.productOf(product) ?? []);
  }

  #subscribe(channel: string, products: readonly string[]): void {
    const isFirst = !this.#hasSubscribed;
    this.#hasSubscribed = true;
    if (isFirst) this.#watchIdle();
    const known = this.#products.get(channel) ?? new Set<string>();
    const isNew = known.size === 0;
    this.#products.set(channel, known);
    for (const name of channel === "heartbeats" ? [channel] : products) known.add(name);
    // The data comes before the acknowledgement, as on the real feed.
    if (channel === "heartbeats" && isNew) this.#beat();
    else if (channel === "status" || channel === "ticker_batch") this.#repeat(channel, isNew);
    else this.#server.sendSnapshots(this, channel, products);
    this.#acknowledge();
  }

  #unsubscribe(channel: string, products: readonly string[]): void {
    if (channel === "heartbeats") this.#products.delete(channel);
    for (const product of products) this.#products.get(channel)?.delete(product);
    this.#acknowledge();
  }

  /** Runs every so often as long as somebody listens to the channel in this same subscription. */
  #every(ms: number, channel: string, run: () => void): void {
    const subscription = this.#products.get(channel);
    this.#clock.later(ms, () => {
      const isOn = this.isOpen && this.#products.get(channel) === subscription;
      if (!isOn || subscription?.size === 0) return null;
      run();
      return ms;
    });
  }

  #beat(): void {
    this.#every(HEARTBEAT_MS, "heartbeats", () => {
      if (this.#clock.faults.now.heartbeatStop) return;
      const nowMs = this.#clock.nowMs();
      const upMs = nowMs - this.#server.startMs;
      const time = goTimeText(this.#clock.stampMs(nowMs), upMs);
      this.send(
        "heartbeats",
        `{"current_time":"${time}","heartbeat_counter":${Math.floor(upMs / 1000)}}`,
      );
    });
  }

  #repeat(channel: string, isNew: boolean): void {
    const products = (): readonly string[] => [...(this.#products.get(channel) ?? [])];
    this.#server.sendSnapshots(this, channel, products());
    if (!isNew) return;
    this.#every(STATUS_MS, channel, () => this.#server.sendRepeated(this, channel, products()));
  }

  #watchIdle(): void {
    this.#clock.later(IDLE_MS, () => {
      if (!this.isOpen) return null;
      const idleMs = this.#clock.nowMs() - this.#sentMs;
      if (idleMs < IDLE_MS) return IDLE_MS - idleMs;
      this.#drop("idle");
      return null;
    });
  }

  // Cumulative: everything the connection is subscribed to, not only what was just asked for.
  #acknowledge(): void {
    const subscriptions: Record<string, readonly string[]> = {};
    for (const [channel, products] of this.#products) {
      if (products.size > 0) subscriptions[channel] = [...products];
    }
    this.send("subscriptions", JSON.stringify({ subscriptions }));
  }
}

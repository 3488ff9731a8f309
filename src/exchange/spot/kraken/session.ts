import { isRecord, type JsonRecord, parseRecord, stringList } from "../../server/types.ts";
import type { FrameKind } from "../faults.ts";
import type { Link } from "../link.ts";
import { microText } from "../text.ts";
import type { SpotSession } from "../types.ts";
import type { VenueClock } from "../venue-clock.ts";

const HEARTBEAT_MS = 1000;
/** A connection that neither subscribes nor pings is dropped after that. */
const IDLE_MS = 60_000;
const HEARTBEAT = '{"channel":"heartbeat"}';
const BOOK_DEPTHS: ReadonlySet<number> = new Set([10, 25, 100, 500, 1000]);
const OHLC_MINUTES: ReadonlySet<number> = new Set([1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600]);
const PER_SYMBOL: ReadonlySet<string> = new Set(["ticker", "trade", "book", "ohlc"]);
const HOUSEKEEPING: ReadonlySet<string> = new Set(["status", "heartbeat"]);

/** One thing a client is subscribed to. */
export interface Subscription {
  readonly channel: string;
  /** Empty for `instrument`, which is about all of them. */
  readonly symbol: string;
  /** Depth of a book, minutes of a candle, else 0. */
  readonly size: number;
  readonly isBbo: boolean;
  readonly wantsSnapshot: boolean;
}

export function keyOf({ channel, symbol, size }: Subscription): string {
  return `${channel} ${symbol} ${size}`;
}

/** What a connection needs of its server. */
export interface KrakenHost {
  lists(symbol: string): boolean;
  /** What a new subscription starts with. */
  sendFirst(session: KrakenSession, subscription: Subscription): void;
  forget(session: KrakenSession): void;
}

interface Asked {
  readonly method: string;
  readonly reqId: number | null;
  readonly atMs: number;
}

/** One Kraken v2 connection. */
export class KrakenSession implements SpotSession {
  readonly #clock: VenueClock;
  readonly #server: KrakenHost;
  readonly #link: Link;
  readonly #subscriptions = new Map<string, Subscription>();
  #sentMs: number;
  #heardMs: number;

  constructor(clock: VenueClock, server: KrakenHost, link: Link) {
    this.#clock = clock;
    this.#server = server;
    this.#link = link;
    this.#sentMs = clock.nowMs();
    this.#heardMs = this.#sentMs;
    clock.later(HEARTBEAT_MS, () => this.#tick());
  }

  closed(): void {
    this.#server.forget(this);
  }

  find(key: string): Subscription | undefined {
    return this.#subscriptions.get(key);
  }

  send(text: string, kind: FrameKind): void {
    this.#sentMs = this.#clock.nowMs();
    this.#link.send(text, kind);
  }

  // Heartbeats only fill silence, and only for somebody who listens.
  #tick(): number | null {
    if (!this.#link.isOpen) return null;
    const nowMs = this.#clock.nowMs();
    if (this.#subscriptions.size === 0) {
      if (nowMs - this.#heardMs < IDLE_MS) return HEARTBEAT_MS;
      this.#link.close(1000, "idle");
      this.#server.forget(this);
      return null;
    }
    const silentMs = nowMs - this.#sentMs;
    if (silentMs < HEARTBEAT_MS) return HEARTBEAT_MS - silentMs;
    if (!this.#clock.faults.now.heartbeatStop) this.send(HEARTBEAT, "control");
    return HEARTBEAT_MS;
  }

  receive(text: string): void {
    this.#heardMs = this.#clock.nowMs();
    const message = parseRecord(text);
    const atMs = this.#clock.stampMs(this.#heardMs);
    const reqId = message?.["req_id"];
    const asked: Asked = {
      method: typeof message?.["method"] === "string" ? message["method"] : "",
      reqId: typeof reqId === "number" ? reqId : null,
      atMs,
    };
    const params = message?.["params"];
    if (message === undefined) this.#refuse(asked, "Malformed request");
    else if (asked.method === "ping") {
      this.send(`{"method":"pong"${idText(asked)}${timesText(asked)}}`, "control");
    } else if (asked.method !== "subscribe" && asked.method !== "unsubscribe") {
      this.#refuse(asked, "Unsupported method");
    } else if (!isRecord(params)) this.#refuse(asked, "Params field missing");
    else this.#change(asked, params);
  }

  #change(asked: Asked, params: JsonRecord): void {
    const channel = params["channel"];
    if (typeof channel !== "string") this.#refuse(asked, "Channel field must be a string");
    else if (HOUSEKEEPING.has(channel)) this.#refuse(asked, "Channel not subscribable");
    else if (channel === "instrument") this.#changeOne(asked, { channel, params, symbol: "" });
    else if (!PER_SYMBOL.has(channel)) this.#refuse(asked, `Channel not found ${channel}`);
    else {
      const symbols = stringList(params["symbol"]) ?? [];
      if (symbols.length === 0) this.#refuse(asked, "Symbol(s) not found");
      for (const symbol of symbols) this.#changeOne(asked, { channel, params, symbol });
    }
  }

  #changeOne(
    asked: Asked,
    {
      channel,
      params,
      symbol,
    }: { readonly channel: string; readonly params: JsonRecord; readonly symbol: string },
  ): void {
    if (symbol !== "" && !this.#server.lists(symbol)) {
      this.#refuse(asked, `Currency pair not supported ${symbol}`, symbol);
      return;
    }
    const size = sizeOf(channel, params);
    if (size === null) {
      const what = channel === "book" ? "depth" : "interval";
      this.#refuse(asked, `Subscription ${what} not supported`, symbol);
      return;
    }
    const isBbo = params["event_trigger"] === "bbo";
    const wantsSnapshot =
      typeof params["snapshot"] === "boolean" ? params["snapshot"] : channel !== "trade";
    const subscription = { channel, symbol, size, isBbo, wantsSnapshot };
    const key = keyOf(subscription);
    const isOn = this.#subscriptions.has(key);
    const isSubscribe = asked.method === "subscribe";
    if (isOn === isSubscribe) {
      this.#refuse(asked, isOn ? "Already subscribed" : "Subscription Not Found", symbol);
      return;
    }
    if (isSubscribe) this.#subscriptions.set(key, subscription);
    else this.#subscriptions.delete(key);
    this.send(
      `{"method":"${asked.method}","result":${resultJson(subscription, isSubscribe)},"success":true${timesText(asked)}${idText(asked)}}`,
      "control",
    );
    if (isSubscribe) this.#server.sendFirst(this, subscription);
  }

  #refuse(asked: Asked, error: string, symbol = ""): void {
    const method = asked.method === "" ? "" : `"method":${JSON.stringify(asked.method)},`;
    const about = symbol === "" ? "" : `,"symbol":${JSON.stringify(symbol)}`;
    this.send(
      `{"error":${JSON.stringify(error)},${method}"success":false${about}${timesText(asked)}${idText(asked)}}`,
      "control",
    );
  }
}

/** Depth or interval asked for; null when there is no such thing. */
function sizeOf(channel: string, params: JsonRecord): number | null {
  if (channel === "book") {
    const depth = params["depth"] ?? 10;
    return typeof depth === "number" && BOOK_DEPTHS.has(depth) ? depth : null;
  }
  if (channel !== "ohlc") return 0;
  const { interval } = params;
  return typeof interval === "number" && OHLC_MINUTES.has(interval) ? interval : null;
}

function resultJson(what: Subscription, isSubscribe: boolean): string {
  const { channel, symbol, size, isBbo, wantsSnapshot } = what;
  const parts = [`"channel":"${channel}"`];
  if (channel === "book") parts.push(`"depth":${size}`);
  if (channel === "ohlc") parts.push(`"interval":${size}`);
  if (channel === "ticker") parts.push(`"event_trigger":"${isBbo ? "bbo" : "trades"}"`);
  if (isSubscribe) parts.push(`"snapshot":${wantsSnapshot}`);
  if (symbol !== "") parts.push(`"symbol":"${symbol}"`);
  return `{${parts.join(",")}}`;
}

function idText({ reqId }: Asked): string {
  return reqId === null ? "" : `,"req_id":${reqId}`;
}

function timesText({ atMs }: Asked): string {
  return `,"time_in":"${microText(atMs, 599)}","time_out":"${microText(atMs, 648)}"`;
}

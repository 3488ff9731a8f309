import { createCoinbaseFeed } from "../../../../../src/adapters/feeds/coinbase/feed.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import { type Answer, advance, FakeHttp, FakeNetwork, newClock, noJitter } from "../../fakes.ts";

type Json = Record<string, unknown>;

/** A running Coinbase feed over fakes; the test plays Coinbase and numbers its frames. */
export class CoinbaseRig {
  readonly clock = newClock();
  readonly network = new FakeNetwork(this.clock);
  readonly events: MarketEvent[] = [];
  readonly feed: Feed;
  readonly http: FakeHttp;
  readonly stop = new AbortController();
  readonly running: Promise<void>;
  /** What REST says; an `Error` is no answer. */
  rest: (product: string, url: URL) => Answer | Error = () => ({ body: { trades: [] } });
  #seq = 0;

  constructor(level2 = true) {
    this.http = new FakeHttp((url) => this.rest(url.pathname.split("/").at(-2) ?? "", url));
    this.feed = createCoinbaseFeed({
      url: "wss://spot",
      restUrl: "https://c",
      products: ["BTC-USD", "SOL-USD"],
      level2,
      openSocket: this.network.openSocket,
      http: this.http,
      clock: this.clock,
      rng: noJitter,
    });
    this.running = this.feed.run((event) => this.events.push(event), this.stop.signal);
    this.network.last.open();
  }

  /** A frame with the next number of this connection. */
  frame(channel: string, ...events: Json[]): Json {
    return {
      channel,
      timestamp: "2026-08-17T04:45:00.25Z",
      sequence_num: this.#seq++,
      events,
    };
  }

  push(channel: string, ...events: Json[]): void {
    this.network.last.push(this.frame(channel, ...events));
  }

  /** The next frame never arrives. */
  lose(): void {
    this.#seq++;
  }

  book(type: "snapshot" | "update", product: string, levels: string): void {
    this.push("l2_data", bookEvent(type, product, levels));
  }

  trades(type: "snapshot" | "update", product: string, ids: readonly number[]): void {
    this.push("market_trades", { type, trades: ids.map((id) => tradeRow(product, id)) });
  }

  async reconnect(): Promise<void> {
    this.network.last.drop();
    await this.pass(1000);
    this.#seq = 0;
    this.network.last.open();
  }

  async pass(ms: number): Promise<void> {
    await advance(this.clock, ms);
  }

  /** Everything handed on since the last call: books as `BTC-USD snapshot`, trades as their ids, gaps with reason. */
  take(): string[] {
    return this.events.splice(0).map((event) => {
      if (event.type === "depth") return `${event.product} ${event.kind}`;
      if (event.type === "spot") return event.tradeId ?? event.kind;
      return event.type === "gap" ? `gap:${event.reason}` : event.type;
    });
  }

  /** Level-2 commands sent on the newest connection since the last call. */
  commands(): string[] {
    return this.network.last.sent
      .splice(0)
      .filter(({ channel }) => channel === "level2")
      .map(({ product_ids, type }) => `${String(type)} ${(product_ids as string[]).join(" ")}`);
  }
}

/** `b100:1 o101:2`: bids and offers with their sizes. */
export function bookEvent(type: string, product: string, levels: string): Json {
  const updates = levels
    .split(" ")
    .filter((level) => level !== "")
    .map((level) => {
      const [price = "", size = ""] = level.slice(1).split(":");
      return {
        side: level.startsWith("b") ? "bid" : "offer",
        event_time: "1970-01-01T00:00:00Z",
        price_level: price,
        new_quantity: size,
      };
    });
  return { type, product_id: product, updates };
}

export function tradeRow(product: string, id: number): Json {
  return {
    product_id: product,
    trade_id: `${id}`,
    price: "60000.5",
    size: "0.1",
    time: "2026-08-17T04:44:59.5Z",
    side: "BUY",
  };
}

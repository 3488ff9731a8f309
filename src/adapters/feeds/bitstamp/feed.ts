// Bitstamp market data: whole books, the quote at their top, and trades.
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | data of order_book_*        | `spot` event of kind quote; with level2 a `depth` snapshot too. A frame that is |
// |                             | not newer than the last is `duplicate` or `out_of_order`, once for each event  |
// | trade of live_trades_*      | `spot` event of kind trade, each trade id once                                 |
// | bts:subscription_succeeded  | counted as control; compared with what was asked for                           |
// | bts:heartbeat               | counted as control: the answer to ours                                         |
// | bts:request_reconnect       | counted as control; another connection at once, `gap` of reason `rotate`       |
// | bts:error                   | counted as control and shown in the status                                     |
// | anything else               | rejected as `unknown_type` and counted                                         |
// | lost connection             | `gap` event that names the books, if there are any                             |
import type { SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Rng } from "../../../core/rng.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, Feed, OpenSocket } from "../../../ports.ts";
import type { SpotFeedSpec } from "../spot/feed.ts";
import { symbolOf } from "../spot/fields.ts";
import { SeenTrades } from "../spot/seen-trades.ts";
import { createSocketFeed, type SocketLine, type SocketSession } from "../spot/socket-feed.ts";
import { BITSTAMP_SHAPES, type BitstampBook, decodeBitstamp } from "./frames.ts";

interface BitstampFeedOptions {
  readonly url: string;
  readonly products: readonly string[];
  readonly level2: boolean;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** Subscriptions are acknowledged within this (reliability.md W10). */
const ANSWER_MS = 5000;

export function createBitstampFeed(options: BitstampFeedOptions): Feed {
  const seen = new SeenTrades<string>();
  return createSocketFeed({
    ...options,
    name: "bitstamp",
    shapes: BITSTAMP_SHAPES,
    heartbeat: () => JSON.stringify({ event: "bts:heartbeat" }),
    begin: (line) => new BitstampSession(line, { ...options, seen }),
  });
}

export const bitstampSpec: SpotFeedSpec = {
  name: "bitstamp",
  create: ({ urls, products, level2, openSocket, clock, rng }) =>
    createBitstampFeed({ url: urls.ws, products, level2, openSocket, clock, rng }),
};

interface Wishes {
  readonly products: readonly string[];
  readonly level2: boolean;
  /** Outlives the connection: a trade is told again after a reconnect. */
  readonly seen: SeenTrades<string>;
}

class BitstampSession implements SocketSession {
  readonly #line: SocketLine;
  readonly #wishes: Wishes;
  readonly #missing: Set<string>;
  readonly #changedUs = new Map<string, number>();
  #error = "";

  constructor(line: SocketLine, wishes: Wishes) {
    this.#line = line;
    this.#wishes = wishes;
    const symbols = wishes.products.map(symbolOf);
    this.#missing = new Set(
      symbols.flatMap((each) => [`order_book_${each}`, `live_trades_${each}`]),
    );
    for (const channel of this.#missing) {
      line.send(JSON.stringify({ event: "bts:subscribe", data: { channel } }));
    }
  }

  problem(): string {
    const missing = this.#isLate() ? `not subscribed: ${[...this.#missing].join(", ")}` : "";
    return [this.#error, missing].filter((part) => part !== "").join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const line = this.#line;
    const frame = decodeBitstamp(text, recvMs);
    switch (frame.kind) {
      case "book":
        line.accepted("order_book");
        this.#book(frame);
        break;
      case "trade":
        line.accepted("live_trades");
        this.#trade(frame.tick);
        break;
      case "rejected":
        if (frame.type === null) line.reject(frame.reason);
        else line.refused({ type: frame.type, text }, frame.reason, recvMs);
        break;
      case "unknown":
        line.unknown(frame.type);
        break;
      case "subscribed":
        line.control();
        this.#missing.delete(frame.channel);
        break;
      case "error":
        line.control();
        this.#error = `Bitstamp said: ${frame.text}`;
        break;
      case "heartbeat":
        line.control();
        break;
      case "reconnect":
        line.control();
        line.leave("rotate");
        break;
    }
  }

  /** What was refused stays refused, but what was never answered may be on another connection. */
  check(): string | null {
    return this.#isLate() && this.#error === "" ? "no_answer" : null;
  }

  ended(reason: string): void {
    const { level2, products } = this.#wishes;
    this.#line.lost(reason, level2 ? products : []);
  }

  #isLate(): boolean {
    return this.#missing.size > 0 && this.#line.ageMs >= ANSWER_MS;
  }

  #book({ changedUs, depth, quote }: BitstampBook): void {
    if (!this.#wishes.products.includes(depth.product)) {
      this.#line.reject("unknown_product");
      return;
    }
    const lastUs = this.#changedUs.get(depth.product) ?? 0;
    const isOld = changedUs <= lastUs;
    if (!isOld) this.#changedUs.set(depth.product, changedUs);
    const stale = changedUs === lastUs ? "duplicate" : "out_of_order";
    const give = (event: SpotTick | SpotDepth | null): void => {
      if (event === null) this.#line.reject("one_sided");
      else if (isOld) this.#line.reject(stale);
      else this.#line.emit(event);
    };
    give(quote);
    if (this.#wishes.level2) give(depth);
  }

  #trade(tick: SpotTick): void {
    if (!this.#wishes.products.includes(tick.product)) this.#line.reject("unknown_product");
    else if (this.#wishes.seen.add(tick.product, tick.tradeId ?? "")) this.#line.emit(tick);
    else this.#line.reject("duplicate");
  }
}

// Gemini market data, the current streams: quotes, trades and, with level2, books.
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | *@bookTicker                | `spot` event of kind quote; its update id must grow, else `duplicate` or        |
// |                             | `out_of_order`                                                                 |
// | *@trade                     | `spot` event of kind trade, each trade id once                                 |
// | depthUpdate, first          | `depth` snapshot: the address asks for whole books with `snapshot=-1`          |
// | depthUpdate, others         | `depth` update; one that holds nothing new is `duplicate`                      |
// | depthUpdate after a hole    | `gap` of reason `seq` for the product, the stream is subscribed to anew, and    |
// |                             | what comes before its new snapshot is rejected as `after_hole`                 |
// | answer to a command         | counted as control; a refusal is shown in the status                           |
// | anything else               | rejected as `unknown_type` and counted                                         |
// | lost connection             | `gap` event that names the books, if there are any                             |
import type { SpotTick } from "../../../core/events.ts";
import type { Rng } from "../../../core/rng.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, Feed, OpenSocket } from "../../../ports.ts";
import type { SpotFeedSpec } from "../spot/feed.ts";
import { symbolOf } from "../spot/fields.ts";
import { SeenTrades } from "../spot/seen-trades.ts";
import { createSocketFeed, type SocketLine, type SocketSession } from "../spot/socket-feed.ts";
import { GeminiBooks } from "./books.ts";
import { decodeGemini, GEMINI_SHAPES, type GeminiFrame } from "./frames.ts";

interface GeminiFeedOptions {
  /** Without query. */
  readonly url: string;
  readonly products: readonly string[];
  readonly level2: boolean;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** Commands are answered within this, or the connection is given up (reliability.md W10). */
const ANSWER_MS = 5000;
/** Id of the heartbeats' answers, which say nothing else. */
const PING_ID = 1;

export function createGeminiFeed(options: GeminiFeedOptions): Feed {
  const seen = new SeenTrades<string>();
  return createSocketFeed({
    ...options,
    url: `${options.url}?snapshot=-1`,
    name: "gemini",
    shapes: GEMINI_SHAPES,
    // Any answer is a sign of life, a refusal too.
    heartbeat: () => JSON.stringify({ method: "ping", id: PING_ID }),
    begin: (line) => new GeminiSession(line, { ...options, seen }),
  });
}

export const geminiSpec: SpotFeedSpec = {
  name: "gemini",
  create: ({ urls, products, level2, openSocket, clock, rng }) =>
    createGeminiFeed({ url: urls.ws, products, level2, openSocket, clock, rng }),
};

interface Wishes {
  readonly products: readonly string[];
  readonly level2: boolean;
  /** Outlives the connection: a trade is told again after a reconnect. */
  readonly seen: SeenTrades<string>;
}

class GeminiSession implements SocketSession {
  readonly #line: SocketLine;
  readonly #wishes: Wishes;
  readonly #books: GeminiBooks;
  /** Commands that were not answered yet, oldest first. */
  readonly #asked = new Map<number, { readonly stream: string; readonly sinceMs: Ms }>();
  readonly #quoteId = new Map<string, number>();
  readonly #refusals = new Set<string>();
  #lastId = PING_ID;

  constructor(line: SocketLine, wishes: Wishes) {
    this.#line = line;
    this.#wishes = wishes;
    this.#books = new GeminiBooks(line, (method, stream) => this.#command(method, stream));
    // One stream a command: an unknown symbol makes the whole command fail.
    for (const product of wishes.products) {
      for (const kind of wishes.level2 ? [...STREAMS, "depth@100ms"] : STREAMS) {
        this.#command("SUBSCRIBE", `${symbolOf(product)}@${kind}`);
      }
    }
  }

  problem(): string {
    return [...this.#refusals].join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const line = this.#line;
    const frame = decodeGemini(text, recvMs);
    switch (frame.kind) {
      case "depth":
      case "quote":
      case "trade":
        line.accepted(frame.type);
        if (!this.#wishes.products.includes(frame.product)) line.reject("unknown_product");
        else if (frame.kind === "depth") this.#books.take(frame);
        else if (frame.kind === "quote") this.#quote(frame.tick, frame.updateId);
        else this.#trade(frame.tick);
        break;
      case "answer":
        line.control();
        this.#answer(frame);
        break;
      case "rejected":
        if (frame.type === null) line.reject(frame.reason);
        else line.refused({ type: frame.type, text }, frame.reason, recvMs);
        break;
      case "unknown":
        line.unknown(frame.type);
        break;
    }
  }

  check(): string | null {
    const [oldest] = this.#asked.values();
    const isStuck = oldest !== undefined && this.#line.ageMs - oldest.sinceMs >= ANSWER_MS;
    return isStuck ? "no_answer" : null;
  }

  ended(reason: string): void {
    const { level2, products } = this.#wishes;
    this.#line.lost(reason, level2 ? products : []);
  }

  #command(method: "SUBSCRIBE" | "UNSUBSCRIBE", stream: string): number {
    const id = ++this.#lastId;
    this.#asked.set(id, { stream, sinceMs: this.#line.ageMs });
    this.#line.send(JSON.stringify({ method, params: [stream], id }));
    return id;
  }

  #answer({ id, error }: Extract<GeminiFrame, { kind: "answer" }>): void {
    const asked = id === null ? undefined : this.#asked.get(id);
    if (id === null || asked === undefined) return;
    this.#asked.delete(id);
    if (error !== null) this.#refusals.add(`Gemini said: ${error} (${asked.stream})`);
    this.#books.answered(id);
  }

  #quote(tick: SpotTick, updateId: number): void {
    const last = this.#quoteId.get(tick.product) ?? -1;
    if (updateId <= last) {
      this.#line.reject(updateId === last ? "duplicate" : "out_of_order");
      return;
    }
    this.#quoteId.set(tick.product, updateId);
    this.#line.emit(tick);
  }

  #trade(tick: SpotTick): void {
    if (this.#wishes.seen.add(tick.product, tick.tradeId ?? "")) this.#line.emit(tick);
    else this.#line.reject("duplicate");
  }
}

const STREAMS: readonly string[] = ["bookTicker", "trade"];

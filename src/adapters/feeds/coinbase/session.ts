import type { SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, Socket } from "../../../ports.ts";
import type { Session } from "../../platform/connection.ts";
import type { DriftWatch } from "../../platform/drift.ts";
import { countFrame, countRejected, countUnknown } from "../../platform/feed-stats.ts";
import type { TradeBackfill } from "./backfill.ts";
import { CoinbaseBooks, unified } from "./books.ts";
import { type CoinbaseFrame, decodeCoinbase } from "./frames.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { CoinbaseGap, CoinbaseOutput } from "./output.ts";
import type { TradeLog } from "./trades.ts";

export type CoinbaseChannel = "ticker" | "market_trades" | "level2" | "heartbeats";

export interface SessionLinks {
  readonly clock: Clock;
  readonly output: CoinbaseOutput;
  readonly products: readonly string[];
  readonly channels: readonly CoinbaseChannel[];
  /** These three outlive the connection: what was seen stays seen, and a new shape stays new. */
  readonly trades: TradeLog;
  readonly backfill: TradeBackfill;
  readonly drift: DriftWatch;
}

const ACK_MS = 5000;
/** A server that starts counting anew would look like endless repeats; then only a new connection helps. */
const REPEATS_MAX = 8;

/**
 * One connection: subscribes, checks the sequence, and hands each observation on before the socket's callback returns.
 * Books start cold; trades go on from the connection before.
 */
export class CoinbaseSession implements Session {
  readonly #links: SessionLinks;
  readonly #openedMs: Ms;
  readonly #heartbeats: Heartbeats;
  readonly #books: CoinbaseBooks;
  #acknowledged: ReadonlyMap<string, readonly string[]> = new Map();
  #problem = "";
  #error = "";
  /** The counter of a connection starts at 0 (spot-feeds.md §1.3). */
  #lastSeq = -1;
  #repeats = 0;
  #lastMs: Ms | null = null;

  constructor(socket: Socket, links: SessionLinks) {
    this.#links = links;
    const { channels, clock, products } = links;
    this.#openedMs = clock.monoMs();
    this.#heartbeats = new Heartbeats(clock);
    const send = (message: object): void => socket.send(JSON.stringify(message));
    this.#books = new CoinbaseBooks({
      products: channels.includes("level2") ? products : [],
      clock,
      send,
    });
    // One channel a message, and all within 5 s of connecting or the server hangs up (spot-feeds.md §1.2).
    for (const channel of channels) {
      const named = channel === "heartbeats" ? {} : { product_ids: products };
      send({ type: "subscribe", ...named, channel });
    }
    links.backfill.wantAll();
  }

  status(): string {
    return [
      `connected, ${this.#links.products.join(" ")}`,
      this.#problem,
      this.#error,
      this.#books.status(),
      this.#heartbeats.status(),
      this.#links.backfill.status(),
    ]
      .filter((part) => part !== "")
      .join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const { stats } = this.#links.output;
    const frame = decodeCoinbase(text, recvMs);
    countFrame(stats, recvMs);
    stats.control += frame.control;
    if (frame.unknown !== null) countUnknown(stats, frame.unknown);
    for (const reason of frame.rejects) countRejected(stats, reason);
    this.#watchShape(frame, text, recvMs);
    if (this.#isNew(frame.seq, recvMs)) this.#take(frame, recvMs);
    else {
      const count = frame.ticks.length + frame.depths.length;
      for (let each = 0; each < count; each++) countRejected(stats, "duplicate");
    }
    this.#lastMs = recvMs;
  }

  /** An unknown product is not refused but missing from the acknowledgement, so that is where it is looked for. */
  check(): string | null {
    if (this.#repeats >= REPEATS_MAX) return "seq";
    this.#books.check();
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
    const fromSeq = this.#lastSeq < 0 ? null : this.#lastSeq;
    this.#gap({ reason, tickers: this.#books.sound, fromSeq, toSeq: null, recvMs });
  }

  #watchShape(frame: CoinbaseFrame, text: string, recvMs: Ms): void {
    const { drift, output } = this.#links;
    if (frame.channel === null) return;
    if (frame.rejects.length === 0) {
      if (frame.ticks.length > 0 || frame.depths.length > 0) drift.accepted(frame.channel);
      return;
    }
    const drifted = drift.refused(frame.channel, text, recvMs);
    if (drifted !== null) output.sink(drifted);
  }

  /** One counter for the whole connection, whatever the channel (spot-feeds.md §1.3); false for a repeated frame. */
  #isNew(seq: number | null, recvMs: Ms): boolean {
    if (seq === null) return true;
    const last = this.#lastSeq;
    if (seq <= last) {
      this.#repeats++;
      return false;
    }
    this.#repeats = 0;
    this.#lastSeq = seq;
    if (seq !== last + 1) this.#lost({ fromSeq: last + 1, toSeq: seq - 1, recvMs });
    return true;
  }

  /** Frames were lost, of whatever channel. Quotes mend themselves with the next one. */
  #lost(hole: Pick<CoinbaseGap, "fromSeq" | "toSeq" | "recvMs">): void {
    this.#gap({ reason: "seq", tickers: this.#books.sound, ...hole });
    this.#books.loseAll();
    this.#links.backfill.wantAll();
  }

  #take(frame: CoinbaseFrame, recvMs: Ms): void {
    if (frame.subscriptions !== null) this.#acknowledged = frame.subscriptions;
    if (frame.error !== null) this.#error = `Coinbase said: ${frame.error}`;
    if (frame.channel === "heartbeats") this.#heartbeats.take(frame.beat);
    if (frame.history.length > 0) this.#history(frame.history, recvMs);
    for (const tick of frame.ticks) this.#tick(tick, recvMs);
    for (const depth of frame.depths) this.#depth(depth, frame.seq, recvMs);
    // A refused frame may have held a change of a book; which one it was cannot be read any more.
    const isBook = frame.channel === "l2_data" || frame.channel === null;
    if (isBook && frame.rejects.length > 0 && frame.seq !== null) {
      this.#lost({ fromSeq: frame.seq, toSeq: frame.seq, recvMs });
    }
  }

  /** Trades of the past: missed ones are news, and the newest one is where the record of a product begins. */
  #history(history: readonly SpotTick[], recvMs: Ms): void {
    const { output, trades } = this.#links;
    for (const trade of history.toReversed()) {
      if (!trades.has(trade.product)) trades.take(trade, recvMs);
    }
    for (const trade of history) if (trades.take(trade, recvMs)) output.observation(trade);
  }

  #tick(tick: SpotTick, recvMs: Ms): void {
    const { backfill, output, trades } = this.#links;
    if (tick.kind === "trade") {
      if (!trades.take(tick, recvMs)) {
        countRejected(output.stats, "duplicate");
        return;
      }
      if (trades.holes(tick.product).length > 0) backfill.want(tick.product);
    }
    output.observation(tick);
  }

  #depth(depth: SpotDepth, seq: number | null, recvMs: Ms): void {
    const { output } = this.#links;
    const problem = this.#books.take(depth);
    if (problem === null) {
      output.observation(depth);
      return;
    }
    countRejected(output.stats, problem.reason);
    if (!problem.isBroken) return;
    const { product } = depth;
    this.#gap({ reason: problem.reason, tickers: [product], fromSeq: seq, toSeq: seq, recvMs });
    this.#books.lose(product);
  }

  #gap(gap: Omit<CoinbaseGap, "fromMs">): void {
    this.#links.output.gap({ ...gap, fromMs: this.#lastMs });
  }
}

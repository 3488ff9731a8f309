import type { Ms } from "../../../core/units.ts";
import type { Clock, FeedStats, Sink } from "../../../ports.ts";
import type { Session } from "../../platform/connection.ts";
import type { DriftWatch } from "../../platform/drift.ts";
import { countFrame, countRejected, countUnknown } from "../../platform/feed-stats.ts";
import type { Turn } from "../../platform/take-turns.ts";
import { BINANCE, type BinanceObservation, decodeBinance } from "./frames.ts";
import { reportGap } from "./gap.ts";
import type { BinanceOrder } from "./order.ts";

/** What all connections of one feed share. */
export interface BinanceGround {
  readonly stats: FeedStats;
  readonly drift: DriftWatch;
  readonly order: BinanceOrder;
  readonly clock: Clock;
  readonly sink: Sink;
  /** Our products by Binance's symbols. */
  readonly products: ReadonlyMap<string, string>;
  readonly streams: readonly string[];
  /** Connections that deliver. */
  readonly live: Set<BinanceSession>;
}

/** Every connection ends after 24 h. */
const ROTATE_MS = 23 * 3_600_000;
/** For so long both connections are read: the newer one may be ahead of what the older one still has to tell. */
const OVERLAP_MS = 5000;
const YOUNG_MS = 60_000;
/** Pings prove that a connection lives, not that its data does; candles alone come every two seconds. */
const MUTE_MS = 60_000;
const LISTEN_MS = 10_000;
const TEXT_MAX = 200;

/** One connection to the combined streams. */
export class BinanceSession implements Session {
  readonly #ground: BinanceGround;
  readonly #turn: Turn;
  readonly #openedMs: Ms;
  readonly #heard = new Set<string>();
  /** Since when it delivers, and until when it has, by the monotonic clock. */
  #dataFromMs: Ms | null = null;
  #dataToMs: Ms;
  #hasData = false;
  #problem = "";
  #error = "";

  constructor(ground: BinanceGround, turn: Turn) {
    this.#ground = ground;
    this.#turn = turn;
    this.#openedMs = ground.clock.monoMs();
    this.#dataToMs = this.#openedMs;
  }

  status(): string {
    const products = [...this.#ground.products.values()].join(" ");
    const parts = [`connected, ${products}`, this.#problem, this.#error];
    return parts.filter((part) => part !== "").join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const { drift, products, sink, stats } = this.#ground;
    countFrame(stats, recvMs);
    const frame = decodeBinance(text, { recvMs, products });
    if (frame.stream !== null) this.#hear(frame.stream);
    if ("event" in frame) this.#take(frame, recvMs);
    else if (frame.kind === "refused") {
      countRejected(stats, frame.reason);
      const event = frame.type === null ? null : drift.refused(frame.type, text, recvMs);
      if (event !== null) sink(event);
    } else if (frame.kind === "unknown") countUnknown(stats, frame.type);
    else {
      stats.control++;
      if (frame.kind === "restart") this.#yield();
      if (frame.kind === "error") this.#error = `Binance said: ${frame.text.slice(0, TEXT_MAX)}`;
    }
  }

  check(): string | null {
    const { clock } = this.#ground;
    const nowMs = clock.monoMs();
    if (this.#hasData) this.#dataToMs = nowMs;
    this.#hasData = false;
    if (nowMs - this.#openedMs >= ROTATE_MS) this.#turn.relieve();
    if (this.#dataFromMs !== null && nowMs - this.#dataFromMs >= OVERLAP_MS) this.#turn.takeOver();
    this.#tellHoles(clock.nowMs());
    this.#problem = nowMs - this.#openedMs < LISTEN_MS ? "" : this.#silentStreams();
    return this.#dataFromMs !== null && nowMs - this.#dataToMs >= MUTE_MS ? "stall" : null;
  }

  ended(reason: string): void {
    const { clock, live, stats } = this.#ground;
    const recvMs = clock.nowMs();
    this.#tellHoles(recvMs);
    live.delete(this);
    // While another connection delivers nothing is lost.
    if (live.size > 0) return;
    const seqs = { fromSeq: null, toSeq: null };
    const times = { fromMs: stats.lastFrameMs, toMs: recvMs, recvMs };
    reportGap(this.#ground, { source: BINANCE, reason, ...seqs, ...times });
  }

  #hear(stream: string): void {
    const { clock, live, order, streams } = this.#ground;
    if (!streams.includes(stream)) return;
    this.#heard.add(stream);
    this.#hasData = true;
    if (this.#dataFromMs !== null) return;
    this.#dataFromMs = clock.monoMs();
    if (live.size === 0) order.resume();
    live.add(this);
  }

  /** The server goes down: the next connection begins while this one still delivers. */
  #yield(): void {
    // A server that says so to whoever comes would be called again and again; a young connection waits for its end.
    if (this.#ground.clock.monoMs() - this.#openedMs >= YOUNG_MS) this.#turn.relieve();
  }

  /** An unknown stream is acknowledged like any other and never speaks. */
  #silentStreams(): string {
    const silent = this.#ground.streams.filter((stream) => !this.#heard.has(stream));
    return silent.length === 0 ? "" : `never heard: ${silent.join(" ")}`;
  }

  #take(seen: BinanceObservation, recvMs: Ms): void {
    const { drift, sink, stats } = this.#ground;
    drift.accepted(seen.type);
    if (!this.#isNew(seen, recvMs)) {
      countRejected(stats, "duplicate");
      return;
    }
    this.#tellHoles(recvMs);
    stats.received++;
    stats.emitted++;
    sink(seen.event);
  }

  #isNew(seen: BinanceObservation, recvMs: Ms): boolean {
    const { order } = this.#ground;
    switch (seen.kind) {
      case "quote":
        return order.isNewQuote(seen.event.product, seen.updateId);
      case "trade":
        return order.isNewTrade(seen.event.product, seen.tradeId, recvMs);
      case "candle":
        return order.isNewCandle(seen.event);
    }
  }

  /** What is missing on one of two connections may still come on the other. */
  #tellHoles(recvMs: Ms): void {
    const { live, order } = this.#ground;
    if (live.size > 1) return;
    for (const { fromId, toId, fromMs, toMs } of order.takeHoles()) {
      const seqs = { fromSeq: fromId, toSeq: toId };
      const times = { fromMs, toMs, recvMs };
      reportGap(this.#ground, { source: BINANCE, reason: "trade_id", ...seqs, ...times });
    }
  }
}

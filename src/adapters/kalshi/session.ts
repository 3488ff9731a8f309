import type { BookDelta, FeedGap, MarketEvent } from "../../core/events.ts";
import { internalized } from "../../core/internalized.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, FeedStats, Sink, Socket } from "../../ports.ts";
import type { Session } from "../platform/connection.ts";
import type { DriftWatch } from "../platform/drift.ts";
import { countFrame, countRejected, countUnknown } from "../platform/feed-stats.ts";
import { DeltaScanner } from "./delta-scan.ts";
import type { LifecycleFact } from "./map.ts";
import { type Hole, Sequence } from "./sequence.ts";
import { MESSAGE_TYPES } from "./shapes.ts";
import { changed, type Pulse, Silence } from "./silence.ts";
import { Subscriptions, type Wanted } from "./subscriptions.ts";
import { type DataFrame, decode, type Frame, type RejectedFrame } from "./wire.ts";

export interface StreamHandlers {
  readonly event: Sink;
  lifecycle(fact: LifecycleFact): void;
  /** A connection was made, or lifecycle messages were lost: what is known of the markets may be old. */
  missed(): void;
  /** A connection opened; called before anything is subscribed on it. */
  connected(): void;
}

export interface SessionLinks {
  readonly clock: Clock;
  readonly stats: FeedStats;
  /** Outlives the connection: a new shape stays new. */
  readonly drift: DriftWatch;
  readonly handlers: StreamHandlers;
  readonly wanted: Wanted;
  note(text: string): void;
}

const SOURCE = "kalshi";

/**
 * One connection to the exchange: every frame is decoded, its sequence number checked, and its event handed on before the
 * socket's callback returns. Books start cold and become cold again at every hole.
 */
export class KalshiSession implements Session {
  readonly #links: SessionLinks;
  readonly #subscriptions: Subscriptions;
  readonly #sequence = new Sequence();
  /** Markets with a snapshot on this connection and no hole since. */
  readonly #books = new Map<string, Pulse>();
  /** Sids that carry books. */
  readonly #bookSids = new Set<number>();
  /** The one of them that was heard last. */
  #newestBookSid: number | null = null;
  readonly #silence = new Silence();
  readonly #scanner = new DeltaScanner();
  #lastMs: Ms | null = null;

  constructor(socket: Socket, links: SessionLinks) {
    this.#links = links;
    const { clock, wanted } = links;
    this.#subscriptions = new Subscriptions({
      clock,
      wanted,
      send: (text) => socket.send(text),
      note: (text) => links.note(text),
      unheard: (channel, fromMs) => {
        const nothing = { tickers: [], sid: null, fromSeq: null, toSeq: null };
        this.#gap({ ...nothing, reason: `refused_${channel}`, fromMs, recvMs: clock.nowMs() });
      },
    });
    links.stats.connects++;
    this.#subscriptions.sync();
    links.handlers.missed();
  }

  get bookCount(): number {
    return this.#books.size;
  }

  /** Follows a change of what is wanted. */
  sync(): void {
    this.#subscriptions.sync();
    const { tickers } = this.#subscriptions;
    for (const ticker of this.#books.keys()) if (!tickers.has(ticker)) this.#books.delete(ticker);
    this.#silence.keep(tickers);
  }

  /** Whoever keeps the book found it impossible: it is cold until its next snapshot, as after a hole. */
  resync(ticker: string, reason: string): void {
    if (!this.#books.delete(ticker)) return;
    const { bookSid } = this.#subscriptions;
    const recvMs = this.#links.clock.nowMs();
    const at = this.#sequence.last(bookSid);
    const hole = { sid: bookSid, fromSeq: at, toSeq: at, fromMs: this.#lastMs };
    this.#gap({ ...hole, reason, tickers: [ticker], recvMs });
    this.#subscriptions.requestSnapshots([ticker], true);
  }

  check(): string | null {
    const sinceMs = this.#silence.stalledSinceMs(this.#links.clock.nowMs());
    if (sinceMs === null) return this.#subscriptions.check();
    // What was lost began when it fell silent, whatever else was heard since.
    this.#lastMs = sinceMs;
    return "stall";
  }

  /** One row a sid, each with the last number that came on it (I27); the row of the books names them. */
  ended(reason: string): void {
    this.#subscriptions.ended();
    const { bookSid, tickers } = this.#subscriptions;
    const recvMs = this.#links.clock.nowMs();
    const lost = { reason, toSeq: null, fromMs: this.#lastMs, recvMs };
    const sid = bookSid ?? [...this.#bookSids][0] ?? null;
    this.#gap({ ...lost, tickers: [...tickers], sid, fromSeq: this.#sequence.last(sid) });
    for (const { sid: other, seq } of this.#sequence.newest()) {
      if (other !== sid) this.#gap({ ...lost, tickers: [], sid: other, fromSeq: seq });
    }
  }

  /** Takes what nearly every frame is, a change of a book, without making it text. */
  bytes(bytes: Uint8Array, recvMs: Ms): boolean {
    const change = this.#scanner.scan(bytes, recvMs);
    if (change === null) return false;
    countFrame(this.#links.stats, recvMs);
    this.#change(change, recvMs);
    this.#lastMs = recvMs;
    return true;
  }

  message(text: string, recvMs: Ms): void {
    const { stats, handlers } = this.#links;
    countFrame(stats, recvMs);
    const frame = decode(text, recvMs);
    if (frame.kind === "data") this.#data(frame, recvMs);
    else if (frame.kind === "rejected") this.#rejected(frame, text, recvMs);
    else if (frame.kind === "unknown") {
      countUnknown(stats, frame.unknown);
      this.#take(frame, recvMs);
    } else {
      stats.control++;
      const isNew = this.#take(frame, recvMs);
      if (frame.kind === "error") this.#subscriptions.refused(frame);
      else if (frame.kind !== "lifecycle") this.#acknowledged(frame);
      else if (isNew) handlers.lifecycle(frame.fact);
    }
    this.#lastMs = recvMs;
  }

  #acknowledged(frame: Extract<Frame, { kind: "subscribed" | "ok" | "unsubscribed" }>): void {
    if (frame.kind === "unsubscribed" && frame.sid !== null) this.#sequence.forget(frame.sid);
    this.#subscriptions.acknowledged(frame);
    const { bookSid } = this.#subscriptions;
    if (bookSid !== null) this.#bookSids.add(bookSid);
  }

  /** What nearly every change is, the next of its sid and of a good book, costs two looks; any other is like any frame. */
  #change(event: BookDelta, recvMs: Ms): void {
    const { seq, sid, ticker } = event;
    const pulse = sid === this.#newestBookSid ? this.#books.get(ticker) : undefined;
    if (pulse === undefined || !this.#sequence.takeNext(sid, seq, recvMs)) {
      this.#data({ kind: "data", sid, seq, id: null, event }, recvMs);
      return;
    }
    this.#links.drift.accepted(MESSAGE_TYPES.delta);
    changed(pulse, recvMs);
    this.#emit(event);
  }

  #data(frame: DataFrame, recvMs: Ms): void {
    const { event } = frame;
    this.#links.drift.accepted(MESSAGE_TYPES[event.type]);
    const isBook = event.type === "snapshot" || event.type === "delta";
    if (isBook && frame.sid !== null) this.#noteBookSid(frame.sid);
    if (!this.#take(frame, recvMs)) {
      countRejected(this.#links.stats, "duplicate");
      return;
    }
    const problem = this.#problem(frame);
    if (problem !== null) {
      countRejected(this.#links.stats, problem);
      return;
    }
    if (event.type === "snapshot") this.#subscriptions.snapshotArrived(event.ticker, frame.id);
    this.#hear(event, recvMs);
    this.#emit(event);
  }

  #noteBookSid(sid: number): void {
    this.#bookSids.add(sid);
    this.#newestBookSid = sid;
  }

  #hear(event: DataFrame["event"], recvMs: Ms): void {
    if (event.type === "delta") {
      const pulse = this.#books.get(event.ticker);
      if (pulse !== undefined) changed(pulse, recvMs);
    } else if (event.type === "snapshot") {
      const ticker = internalized(event.ticker);
      this.#books.set(ticker, this.#silence.snapshot(ticker, recvMs));
    } else if (event.type === "ticker") this.#silence.quote(event.ticker, event.volume, recvMs);
    else if (event.type === "trade") this.#silence.trade(event.ticker);
    else if (event.type === "index") this.#silence.index(recvMs);
  }

  /** Why an event must not be handed on; null when it may. */
  #problem({ event }: DataFrame): string | null {
    if (event.type === "delta" && this.#books.has(event.ticker)) return null;
    if (!this.#isAskedFor(event)) return "not_subscribed";
    return event.type === "delta" ? "no_snapshot" : null;
  }

  #isAskedFor(event: DataFrame["event"]): boolean {
    if (event.type === "index") return this.#subscriptions.has("cfbenchmarks_value", event.indexId);
    if (event.type === "snapshot" || event.type === "delta") {
      return this.#subscriptions.tickers.has(event.ticker);
    }
    return this.#subscriptions.has(event.type, event.ticker);
  }

  /** A frame that cannot be read is lost; when it was part of a book, so is every book of its sid. */
  #rejected(frame: RejectedFrame, text: string, recvMs: Ms): void {
    const { drift, handlers, stats } = this.#links;
    countRejected(stats, frame.reject);
    const drifted = frame.type === null ? null : drift.refused(frame.type, text, recvMs);
    if (drifted !== null) handlers.event(drifted);
    const isNew = this.#take(frame, recvMs);
    if (!isNew || frame.type === null || !frame.type.startsWith("orderbook_")) return;
    const { sid, seq } = frame;
    this.#loseBooks({ sid, fromSeq: seq, toSeq: seq, fromMs: this.#lastMs }, recvMs);
  }

  /** Checks the sequence number if there is one; false for a repeated frame. A hole is dealt with on the way. */
  #take(frame: Frame, recvMs: Ms): boolean {
    const { sid, seq } = frame;
    if (sid === null || seq === null) return true;
    // Errors may quote a number without being counted (kalshi.md §3.2), so they never open a hole.
    if (frame.kind === "error" && seq !== (this.#sequence.last(sid) ?? 0) + 1) return true;
    const verdict = this.#sequence.take(sid, seq, recvMs);
    if (verdict === "next") return true;
    if (verdict === "reset") this.#subscriptions.fail("seq");
    if (verdict === "duplicate" || verdict === "reset") return false;
    this.#hole(verdict, recvMs);
    return true;
  }

  #hole(hole: Hole, recvMs: Ms): void {
    if (this.#bookSids.has(hole.sid)) {
      this.#loseBooks(hole, recvMs);
      return;
    }
    this.#gap({ ...hole, reason: "seq", tickers: [], recvMs });
    if (this.#subscriptions.isLifecycleSid(hole.sid)) this.#links.handlers.missed();
  }

  #loseBooks(hole: Pick<FeedGap, "sid" | "fromSeq" | "toSeq" | "fromMs">, recvMs: Ms): void {
    const tickers = [...this.#subscriptions.tickers];
    this.#books.clear();
    this.#gap({ ...hole, reason: "seq", tickers, recvMs });
    this.#subscriptions.requestSnapshots(tickers, true);
  }

  #gap(gap: Omit<FeedGap, "type" | "source" | "toMs">): void {
    const { stats, handlers } = this.#links;
    stats.gaps++;
    handlers.event({ type: "gap", source: SOURCE, ...gap, toMs: gap.recvMs });
  }

  #emit(event: MarketEvent): void {
    const { stats, handlers } = this.#links;
    stats.received++;
    stats.emitted++;
    handlers.event(event);
  }
}

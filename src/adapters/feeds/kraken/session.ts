import type { FeedGap, MarketEvent, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, FeedStats, Sink, Socket } from "../../../ports.ts";
import type { Session } from "../../platform/connection.ts";
import type { DriftWatch } from "../../platform/drift.ts";
import { countFrame, countRejected, countUnknown } from "../../platform/feed-stats.ts";
import type { TradeIds } from "../spot/trade-ids.ts";
import { type BookLoss, KrakenDepth } from "./depth.ts";
import { decodeKraken, type KrakenFrame } from "./frames.ts";
import { KrakenRequests } from "./requests.ts";

export interface KrakenLinks {
  readonly stats: FeedStats;
  readonly clock: Clock;
  readonly sink: Sink;
  /** Outlive the connection: a trade is still the same one, and a new shape stays new. */
  readonly trades: TradeIds;
  readonly drift: DriftWatch;
  readonly products: readonly string[];
  readonly level2: boolean;
}

type Frame<K extends KrakenFrame["kind"]> = Extract<KrakenFrame, { kind: K }>;

/** One connection to Kraken. */
export class KrakenSession implements Session {
  readonly #links: KrakenLinks;
  readonly #requests: KrakenRequests;
  readonly #products: ReadonlySet<string>;
  /** Null when books are not wanted. */
  readonly #depth: KrakenDepth | null;
  #system = "online";
  #lastMs: Ms | null = null;

  constructor(socket: Socket, links: KrakenLinks) {
    this.#links = links;
    const { clock, products } = links;
    this.#requests = new KrakenRequests(socket, clock);
    this.#products = new Set(products);
    links.stats.connects++;
    this.#requests.subscribe("ticker", products, { event_trigger: "bbo", snapshot: true });
    this.#requests.subscribe("trade", products, { snapshot: false });
    this.#depth = links.level2 ? this.#openDepth() : null;
  }

  status(): string {
    const missing = this.#depth?.missing ?? [];
    const parts = [
      `connected, ${this.#links.products.join(" ")}`,
      missing.length === 0 ? "" : `no book of ${missing.join(" ")}`,
      this.#system === "online" ? "" : `Kraken's system is ${this.#system}`,
      this.#requests.problems(),
    ];
    return parts.filter((part) => part !== "").join("; ");
  }

  message(text: string, recvMs: Ms): void {
    const { stats } = this.#links;
    countFrame(stats, recvMs);
    const frame = decodeKraken(text, recvMs);
    switch (frame.kind) {
      case "ticks":
        this.#judge(frame.channel, frame.rejects, text, recvMs);
        this.#ticks(frame);
        break;
      case "books":
        this.#books(frame, text, recvMs);
        break;
      case "unknown":
        countUnknown(stats, frame.name);
        break;
      case "unreadable":
        this.#unreadable(frame, text, recvMs);
        break;
      case "pairs":
      case "system":
      case "answer":
      case "control":
        stats.control++;
        this.#control(frame);
        break;
    }
    this.#lastMs = recvMs;
  }

  check(): string | null {
    return this.#depth?.check() ?? null;
  }

  ended(reason: string): void {
    const tickers = this.#depth === null ? [] : this.#links.products;
    const recvMs = this.#links.clock.nowMs();
    this.#gap({ reason, tickers, fromSeq: null, toSeq: null, fromMs: this.#lastMs, recvMs });
  }

  #openDepth(): KrakenDepth {
    const { clock, products, stats } = this.#links;
    return new KrakenDepth({
      clock,
      products,
      requests: this.#requests,
      emit: (event) => this.#emit(event),
      reject: (reason) => countRejected(stats, reason),
      lost: (loss) => this.#lost(loss),
    });
  }

  #control(frame: Frame<"pairs" | "system" | "answer" | "control">): void {
    if (frame.kind === "system") this.#system = frame.system;
    else if (frame.kind === "answer") this.#requests.answered(frame.answer);
    else if (frame.kind === "pairs") {
      this.#links.drift.accepted("instrument");
      this.#depth?.pairs(frame.precisions);
    }
  }

  #ticks({ ticks }: Frame<"ticks">): void {
    for (const tick of ticks) {
      const problem = this.#problem(tick);
      if (problem !== null) {
        countRejected(this.#links.stats, problem);
        continue;
      }
      this.#emit(tick);
      if (tick.kind === "quote") this.#depth?.quoted(tick);
    }
  }

  /** Why a tick must not be handed on; null when it may. A hole before a trade is told on the way. */
  #problem({ product, tradeId, recvMs }: SpotTick): string | null {
    if (!this.#products.has(product)) return "unknown_product";
    if (tradeId === null) return null;
    const { trades } = this.#links;
    const id = Number(tradeId);
    if (!trades.add(product, id)) return "duplicate";
    const hole = trades.holeBefore(product, id, recvMs);
    if (hole !== null) {
      const { fromId: fromSeq, toId: toSeq, fromMs } = hole;
      this.#gap({ reason: "trade_id", tickers: [], fromSeq, toSeq, fromMs, recvMs });
    }
    return null;
  }

  #books({ changes, rejects }: Frame<"books">, text: string, recvMs: Ms): void {
    this.#judge("book", rejects, text, recvMs);
    for (const change of changes) {
      if (this.#depth === null) countRejected(this.#links.stats, "unknown_product");
      else this.#depth.change(change, recvMs);
    }
    if (rejects.length > 0) this.#depth?.distrust(recvMs);
  }

  #unreadable({ channel, reason }: Frame<"unreadable">, text: string, recvMs: Ms): void {
    countRejected(this.#links.stats, reason);
    if (channel !== null) this.#tellDrift(channel, text, recvMs);
    if (channel === null || channel === "book") this.#depth?.distrust(recvMs);
  }

  #judge(channel: string, rejects: readonly string[], text: string, recvMs: Ms): void {
    for (const reason of rejects) countRejected(this.#links.stats, reason);
    if (rejects.length === 0) this.#links.drift.accepted(channel);
    else this.#tellDrift(channel, text, recvMs);
  }

  #tellDrift(channel: string, text: string, recvMs: Ms): void {
    const drift = this.#links.drift.refused(channel, text, recvMs);
    if (drift !== null) this.#links.sink(drift);
  }

  /** What was missed of the books is not known by number, and it lasts until their next snapshots. */
  #lost({ reason, products, fromMs, recvMs }: BookLoss): void {
    this.#gap({ reason, tickers: products, fromSeq: null, toSeq: null, fromMs, recvMs });
  }

  #gap(gap: Pick<FeedGap, "reason" | "tickers" | "fromSeq" | "toSeq" | "fromMs" | "recvMs">): void {
    this.#links.stats.gaps++;
    this.#links.sink({ type: "gap", source: "kraken", ...gap, sid: null, toMs: gap.recvMs });
  }

  #emit(event: MarketEvent): void {
    const { stats, sink } = this.#links;
    stats.received++;
    stats.emitted++;
    sink(event);
  }
}

import type { FeedGap, Forecast, NewsItem } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, FeedStats, Sink } from "../../../ports.ts";
import { DriftWatch } from "../../platform/drift.ts";
import { countRejected } from "../../platform/feed-stats.ts";
import type { Shape } from "../../platform/shape.ts";
import { Repeats } from "./repeats.ts";

// The rhythm of a source that has to be asked: at its interval while it answers, with growing waits while it does not.
//
// | a look ends with        | what we do with it                                                            |
// |-------------------------|-------------------------------------------------------------------------------|
// | items                   | each new one is an event; the others are rejected as `duplicate`, or by reason |
// | unchanged (304, fresh)  | counted as control; the next look follows at the interval                      |
// | failed (no answer, 5xx, 429) | `gap` event of reason `poll_failed` once an outage; 5 s, doubling to 320 s, or as long as it asks |
// | refused (401, 403, 451) | `gap` event of reason `refused`; the source is not asked again in this run     |
// | unreadable              | rejected, `drift` event when the shape is new, then as failed                  |

/** One thing that a source said, or why it is not used. */
export type Observation =
  | {
      /** What it is about; a repeat is the same mark in the same slot. */
      readonly slot: string;
      readonly mark: string;
      readonly event: NewsItem | Forecast;
    }
  | { readonly rejected: string };

export type Look =
  | {
      readonly kind: "items";
      /** Message type, as in `shapes`. */
      readonly type: string;
      readonly text: string;
      /** Oldest first. */
      readonly observations: readonly Observation[];
      /** The source asks not to be asked sooner. */
      readonly waitMs?: Ms;
      /** There was more than could be read: a hole. */
      readonly isCut?: boolean;
    }
  | { readonly kind: "unchanged" }
  | {
      readonly kind: "failed";
      readonly why: string;
      readonly retryMs: Ms | null;
      /** Of the gap; `poll_failed` unless said. */
      readonly reason?: string;
    }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unreadable"; readonly type: string; readonly text: string };

/** A source that is asked again and again. */
export interface PollSource {
  /** Of its gaps: `rss:host`, `nws:KNYC`. */
  readonly name: string;
  readonly intervalMs: Ms;
  /** After an outage everything is told again, which ends its gap: right for what still holds, wrong for news. */
  readonly restates: boolean;
  /** What each JSON answer must look like. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** One look; rejects only when aborted, or with a bug. */
  look(signal: AbortSignal): Promise<Look>;
}

interface Links {
  readonly clock: Clock;
  readonly stats: FeedStats;
  readonly sink: Sink;
}

const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 320_000;

/** Asks one source until the signal aborts or it refuses for good. */
export class Poller {
  readonly #source: PollSource;
  readonly #links: Links;
  readonly #drift: DriftWatch;
  readonly #repeats = new Repeats();
  #stored = 0;
  #failures = 0;
  #heardMs: Ms | null = null;
  #line = "not asked yet";

  constructor(source: PollSource, links: Links) {
    this.#source = source;
    this.#links = links;
    this.#drift = new DriftWatch(source.name, source.shapes);
  }

  status(): string {
    return `${this.#source.name}: ${this.#line}`;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.#take(await this.#source.look(signal));
      if (waitMs === null) return;
      await this.#links.clock.sleep(waitMs, signal);
    }
  }

  /** The wait until the next look; null when there shall be none. */
  #take(look: Look): Ms | null {
    switch (look.kind) {
      case "items":
        return this.#items(look);
      case "unchanged":
        this.#heard();
        return this.#source.intervalMs;
      case "failed":
        return this.#failed(look.why, look.retryMs, look.reason ?? "poll_failed");
      case "refused":
        this.#gap("refused");
        this.#line = `refused (${look.why}), not asked again`;
        return null;
      case "unreadable":
        countRejected(this.#links.stats, "unreadable");
        this.#drifted(look.type, look.text);
        return this.#failed("answer not understood", null, "poll_failed");
    }
  }

  #items(look: Extract<Look, { kind: "items" }>): Ms {
    const { stats } = this.#links;
    const { observations } = look;
    if (look.isCut === true) this.#gap("page_limit");
    this.#heard();
    if (observations.length === 0) stats.control++;
    for (const observation of observations) this.#observe(observation);
    if (observations.some((each) => "event" in each)) this.#drift.accepted(look.type);
    else if (observations.length > 0) this.#drifted(look.type, look.text);
    this.#line = `${this.#stored} stored`;
    return Math.max(this.#source.intervalMs, look.waitMs ?? 0);
  }

  #observe(observation: Observation): void {
    const { sink, stats } = this.#links;
    if ("rejected" in observation) countRejected(stats, observation.rejected);
    else if (this.#repeats.isRepeat(observation.slot, observation.mark))
      countRejected(stats, "duplicate");
    else {
      stats.received++;
      stats.emitted++;
      this.#stored++;
      sink(observation.event);
    }
  }

  #heard(): void {
    const { clock, stats } = this.#links;
    if (stats.connects === 0 || this.#failures > 0) stats.connects++;
    this.#failures = 0;
    this.#heardMs = clock.nowMs();
    this.#line = `${this.#stored} stored`;
  }

  #failed(why: string, retryMs: Ms | null, reason: string): Ms {
    // One outage is one hole, however often it is tried.
    if (this.#failures === 0) this.#gap(reason);
    const backoffMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 20));
    this.#failures++;
    if (this.#source.restates) this.#repeats.forget();
    const waitMs = Math.max(backoffMs, retryMs ?? 0);
    this.#line = `failed (${why}), next try in ${Math.round(waitMs / 1000)} s`;
    return waitMs;
  }

  #drifted(type: string, text: string): void {
    const drift = this.#drift.refused(type, text, this.#links.clock.nowMs());
    if (drift !== null) this.#links.sink(drift);
  }

  #gap(reason: string): void {
    const { clock, sink, stats } = this.#links;
    const nowMs = clock.nowMs();
    const gap: FeedGap = {
      type: "gap",
      source: this.#source.name,
      reason,
      tickers: [],
      sid: null,
      fromSeq: null,
      toSeq: null,
      fromMs: this.#heardMs,
      toMs: nowMs,
      recvMs: nowMs,
    };
    stats.gaps++;
    sink(gap);
  }
}

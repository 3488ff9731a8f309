import type { Engine } from "../../core/engine.ts";
import type { FeedGap, MarketEvent, Settlement } from "../../core/events.ts";
import type { Ms } from "../../core/units.ts";
import type { Recorder, Venue } from "../../ports.ts";
import { Session } from "../session.ts";

/** One stretch of recorded time: a run, or fetched days. */
export interface Source {
  readonly label: string;
  readonly fromMs: Ms;
  /** The recording ends here, or is cut here. */
  readonly toMs: Ms;
  /** Whether the whole seconds are among the events, as in a run that traded. */
  readonly secondsAreRecorded: boolean;
  events(): Iterable<MarketEvent>;
}

export interface ReplayParts {
  readonly engine: Engine;
  readonly venue: Venue;
  readonly recorder: Recorder;
  readonly sources: readonly Source[];
  /** Strategies whose evaluations are not counted. */
  readonly uncounted: ReadonlySet<string>;
  /** Results that became known up to a time and are of markets that the recordings hold; each once. */
  lateResults(untilMs: Ms): readonly Settlement[];
  /** Called every few thousand events with their number so far; may throw to stop. */
  onProgress(events: number): Promise<void>;
}

/** What went through, by source, and what was said about it. */
export interface Replayed {
  readonly events: number;
  readonly evaluations: number;
  readonly reasons: ReadonlyMap<string, number>;
  readonly sources: readonly SourceCount[];
}

export interface SourceCount<Span = Source> {
  readonly source: Span;
  readonly events: number;
  readonly gaps: number;
  readonly gapMs: Ms;
  /** Distinct closes within it. */
  readonly windows: number;
}

const PROGRESS_EVENTS = 5_000;

/** Lets recordings pass through one engine and one account, one after the other. */
export async function replaySources(parts: ReplayParts): Promise<Replayed> {
  const { engine, sources } = parts;
  const counts: SourceCount[] = [];
  const reasons = new Map<string, number>();
  let events = 0;
  let evaluations = 0;
  for (const [at, source] of sources.entries()) {
    const session = sessionOf(parts, source);
    if (at > 0) session.handle(holeBefore(source, engine));
    const counter = new SourceCounter();
    for (const event of source.events()) {
      if (event.recvMs > source.toMs) break;
      counter.see(event);
      session.handle(event);
      events++;
      if (events % PROGRESS_EVENTS === 0) await parts.onProgress(events);
    }
    const next = sources[at + 1];
    for (const result of parts.lateResults(next?.fromMs ?? Number.POSITIVE_INFINITY)) {
      session.handle({ ...result, recvMs: Math.max(result.recvMs, source.toMs) });
    }
    session.finish(source.toMs);
    counts.push(counter.count(source));
    evaluations += session.totals.evaluations;
    for (const [reason, count] of session.totals.reasons) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + count);
    }
  }
  return { events, evaluations, reasons, sources: counts };
}

function sessionOf(parts: ReplayParts, { fromMs, secondsAreRecorded }: Source): Session {
  const { engine, recorder, uncounted, venue } = parts;
  return new Session({
    recorder,
    engine,
    venue,
    // Its values are among the events, like the exchange's own.
    proxy: null,
    startMs: fromMs,
    secondsAreRecorded,
    uncounted,
    // What the feed answered is among the events.
    resync: () => {},
  });
}

/** Nothing is known of what happened between two recordings: no book of the first one is good in the second. */
function holeBefore({ fromMs }: Source, engine: Engine): FeedGap {
  return {
    type: "gap",
    source: "backtest",
    reason: "between_recordings",
    tickers: [...engine.markets()].map(({ ticker }) => ticker),
    sid: null,
    fromSeq: null,
    toSeq: null,
    fromMs: null,
    toMs: fromMs,
    recvMs: fromMs,
  };
}

/** Counts what a source holds while its events go by. */
export class SourceCounter {
  readonly #closes = new Set<Ms>();
  #events = 0;
  #gaps = 0;
  #gapMs = 0;

  see(event: MarketEvent): void {
    this.#events++;
    if (event.type === "gap") {
      this.#gaps++;
      this.#gapMs += Math.max(0, event.toMs - (event.fromMs ?? event.toMs));
    } else if (event.type === "market") this.#closes.add(event.market.closeMs);
  }

  /** What there was of it. */
  count<Span extends { readonly fromMs: Ms; readonly toMs: Ms }>(source: Span): SourceCount<Span> {
    const { fromMs, toMs } = source;
    const windows = [...this.#closes].filter((closeMs) => closeMs > fromMs && closeMs <= toMs);
    return {
      source,
      events: this.#events,
      gaps: this.#gaps,
      gapMs: this.#gapMs,
      windows: windows.length,
    };
  }
}

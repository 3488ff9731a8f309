import type { Ms } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db } from "./open.ts";
import type { StartedRun } from "./run-start.ts";

// A lost connection is noticed in a moment and lasts until data flows again. The row is written when it is noticed, so
// that a crash cannot lose it, and gets its end when the source is heard of again, or when the run ends.

export interface Outages {
  see(event: EventRow): void;
  /** Writes the ends that are known, within the caller's transaction. */
  write(): void;
  /** The caller's transaction is on file. */
  committed(): void;
  /** The run is over: what is still silent was silent to here. */
  endAll(nowMs: Ms): void;
}

const KALSHI_DATA: ReadonlySet<string> = new Set(["snapshot", "delta", "ticker", "trade", "index"]);

/** A gap without an end yet. When it was noticed and what it names find its row again. */
interface Lasting {
  readonly source: string;
  readonly noticedMs: Ms;
  readonly tickersJson: string;
  /** Books of a spot venue that are to be whole again; empty when any sign of life ends it. */
  readonly books: Set<string>;
}

interface End extends Lasting {
  readonly toMs: Ms;
}

export function createOutages(db: Db, run: StartedRun & { readonly startedMs: Ms }): Outages {
  const end = db.prepare(
    `UPDATE gaps SET to_ms = ? WHERE ev >= ? AND ev < ? AND source = ? AND to_seq IS NULL AND dt_ms = ?
       AND tickers_json = ?`,
  );
  // The hole behind a killed run is one of all sources: the first of them to be heard of ends it.
  const endCrash = db.prepare("UPDATE gaps SET to_ms = max(to_ms, ?) WHERE ev = ?");
  let crashGaps = run.crashGaps;
  let crashEndMs: Ms | null = null;
  const finishCrashes = (toMs: Ms): void => {
    for (const ev of crashGaps) endCrash.run(toMs, ev);
  };
  const first = run.runId * EV_PER_RUN;
  let lasting: Lasting[] = [];
  let ends: End[] = [];
  const finish = ({ source, noticedMs, tickersJson, toMs }: End): void => {
    const dtMs = noticedMs - run.startedMs;
    end.run(toMs, first, first + EV_PER_RUN, source, dtMs, tickersJson);
  };
  return {
    see(event) {
      if (crashGaps.length > 0 && crashEndMs === null && sourceOf(event) !== null) {
        crashEndMs = event.recvMs;
      }
      if (event.type === "gap") {
        if (isLasting(event)) lasting.push(lastingOf(event));
      } else if (lasting.length > 0) {
        const over = lasting.filter((each) => endsWith(each, event));
        if (over.length === 0) return;
        lasting = lasting.filter((each) => !over.includes(each));
        for (const each of over) ends.push({ ...each, toMs: event.recvMs });
      }
    },
    write() {
      for (const each of ends) finish(each);
      if (crashEndMs !== null) finishCrashes(crashEndMs);
    },
    committed() {
      ends = [];
      if (crashEndMs !== null) crashGaps = [];
    },
    endAll(nowMs) {
      finishCrashes(nowMs);
      for (const each of lasting) finish({ ...each, toMs: nowMs });
      lasting = [];
    },
  };
}

type GapEvent = Extract<EventRow, { type: "gap" }>;

/** What has no last number lasts, whatever the reason. A refused channel is told of when it speaks again. */
function isLasting({ reason, toSeq }: GapEvent): boolean {
  return toSeq === null && !reason.startsWith("refused_");
}

function lastingOf({ source, recvMs: noticedMs, tickers }: GapEvent): Lasting {
  const books = new Set(source === "kalshi" ? [] : tickers);
  return { source, noticedMs, tickersJson: JSON.stringify(tickers), books };
}

/** A spot venue's book is back with its next snapshot, everything else with the first observation of its source. */
function endsWith({ source, books }: Lasting, event: EventRow): boolean {
  if (sourceOf(event) !== source) return false;
  if (books.size === 0) return true;
  if (event.type === "depth" && event.kind === "snapshot") books.delete(event.product);
  return books.size === 0;
}

/** The feed that an observation came from; null for what is no sign of life of it. */
function sourceOf(event: EventRow): string | null {
  if (event.type === "spot" || event.type === "depth" || event.type === "news") return event.source;
  // Each station is asked for by itself, so one may be silent while others are not.
  if (event.type === "forecast") return `${event.source}:${event.station}`;
  // A stand-in is made here, of what others sent.
  if (event.type === "index" && event.proxy !== null) return null;
  return KALSHI_DATA.has(event.type) ? "kalshi" : null;
}

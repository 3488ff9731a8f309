import type { MarketEvent } from "../../core/events.ts";
import type { Ms } from "../../core/units.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db } from "./open.ts";

// A lost connection is noticed in a moment and lasts until data flows again. The row is written when it is noticed, so
// that a crash cannot lose it, and gets its end when the source is heard of again, or when the run ends.

export interface Outages {
  see(event: MarketEvent): void;
  /** Writes the ends that are known, within the caller's transaction. */
  write(): void;
  /** The caller's transaction is on file. */
  committed(): void;
  /** The run is over: what is still silent was silent to here. */
  endAll(nowMs: Ms): void;
}

const KALSHI_DATA: ReadonlySet<string> = new Set(["snapshot", "delta", "ticker", "trade", "index"]);
interface End {
  readonly source: string;
  /** When the outage was noticed, which is how its row is found. */
  readonly noticedMs: Ms;
  readonly toMs: Ms;
}

export function createOutages(
  db: Db,
  run: { readonly runId: number; readonly startedMs: Ms },
): Outages {
  const end = db.prepare(
    `UPDATE gaps SET to_ms = ? WHERE ev >= ? AND ev < ? AND source = ? AND to_seq IS NULL AND dt_ms = ?`,
  );
  const first = run.runId * EV_PER_RUN;
  const silent = new Map<string, Set<Ms>>();
  let ends: End[] = [];
  const finish = ({ source, noticedMs, toMs }: End): void => {
    end.run(toMs, first, first + EV_PER_RUN, source, noticedMs - run.startedMs);
  };
  const endsOf = (source: string, toMs: Ms): End[] => {
    const noticed = [...(silent.get(source) ?? [])];
    silent.delete(source);
    return noticed.map((noticedMs) => ({ source, noticedMs, toMs }));
  };
  return {
    see(event) {
      if (event.type === "gap") {
        // What has no last number lasts: the connection was lost or given up, whatever the reason. A refused channel
        // is told of when it speaks again.
        if (event.toSeq !== null || event.reason.startsWith("refused_")) return;
        const noticed = silent.get(event.source) ?? new Set();
        silent.set(event.source, noticed.add(event.recvMs));
      } else if (silent.size > 0) {
        const source = sourceOf(event);
        if (source !== null) ends.push(...endsOf(source, event.recvMs));
      }
    },
    write() {
      for (const each of ends) finish(each);
    },
    committed() {
      ends = [];
    },
    endAll(nowMs) {
      for (const source of silent.keys()) for (const each of endsOf(source, nowMs)) finish(each);
    },
  };
}

/** The feed that an observation of the market came from; null for what is no sign of life of a socket. */
function sourceOf(event: MarketEvent): string | null {
  if (event.type === "spot") return event.source;
  return KALSHI_DATA.has(event.type) ? "kalshi" : null;
}

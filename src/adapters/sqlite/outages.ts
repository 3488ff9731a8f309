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
const LASTING: ReadonlySet<string> = new Set(["disconnect", "stall"]);

export function createOutages(
  db: Db,
  run: { readonly runId: number; readonly startedMs: Ms },
): Outages {
  // Not ended yet: the row still ends at the moment at which it was noticed.
  const end = db.prepare(
    `UPDATE gaps SET to_ms = ? WHERE ev >= ? AND ev < ? AND source = ?
       AND reason IN ('disconnect', 'stall') AND to_ms = dt_ms + ?`,
  );
  const first = run.runId * EV_PER_RUN;
  const silent = new Set<string>();
  let ends: { readonly source: string; readonly toMs: Ms }[] = [];
  const finish = (source: string, toMs: Ms): void => {
    end.run(toMs, first, first + EV_PER_RUN, source, run.startedMs);
  };
  return {
    see(event) {
      if (event.type === "gap") {
        if (LASTING.has(event.reason)) silent.add(event.source);
      } else if (silent.size > 0) {
        const source = sourceOf(event);
        if (source !== null && silent.delete(source)) ends.push({ source, toMs: event.recvMs });
      }
    },
    write() {
      for (const { source, toMs } of ends) finish(source, toMs);
    },
    committed() {
      ends = [];
    },
    endAll(nowMs) {
      for (const source of silent) finish(source, nowMs);
      silent.clear();
    },
  };
}

/** The feed that an observation of the market came from; null for what is no sign of life of a socket. */
function sourceOf(event: MarketEvent): string | null {
  if (event.type === "spot") return event.source;
  return KALSHI_DATA.has(event.type) ? "kalshi" : null;
}

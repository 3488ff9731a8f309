import { storeError } from "./errors.ts";
import { EVENT_TABLES } from "./event-tables.ts";
import { EV_PER_RUN } from "./numbering.ts";
import { openReader, type Reader } from "./open.ts";

interface Growth {
  /** Bytes of pages in use, more than when the meter was opened. */
  readonly bytes: number;
  /** Another run wrote to the file meanwhile, so the growth is not one run's. */
  readonly hasOthers: boolean;
}

/** Measures how much a file grows while a run writes to it. */
export interface GrowthMeter {
  read(): Growth;
  close(): void;
}

/** Opens a meter for a run that has just begun. */
export function openGrowthMeter(path: string, runId: number): GrowthMeter {
  const reader = openReader(path);
  try {
    const start = usedBytes(reader);
    const others = unfinished(reader, runId);
    return {
      read: () => ({
        bytes: usedBytes(reader) - start,
        hasOthers:
          hasNewer(reader, runId) || others.some((run) => run.newest !== newest(reader, run)),
      }),
      close: () => reader.close(),
    };
  } catch (error) {
    reader.close();
    throw storeError(error, path);
  }
}

// Free pages are used again before the file grows, so its size alone says nothing after retention.
function usedBytes({ db }: Reader): number {
  const read = (name: string): number => Number(db.pragma(name, { simple: true }));
  return (read("page_count") - read("freelist_count")) * read("page_size");
}

interface Other {
  readonly runId: number;
  readonly newest: number;
}

/** A killed run stays unfinished for ever, so only those are looked at that may still be alive. */
const OTHERS_MAX = 50;

function unfinished(reader: Reader, runId: number): Other[] {
  return reader.db
    .prepare<[number], number>(
      `SELECT run_id FROM runs WHERE run_id <> ? AND ended_ms IS NULL ORDER BY run_id DESC LIMIT ${OTHERS_MAX}`,
    )
    .pluck()
    .all(runId)
    .map((other) => ({ runId: other, newest: newest(reader, { runId: other }) }));
}

function hasNewer(reader: Reader, runId: number): boolean {
  return reader.db.prepare("SELECT 1 FROM runs WHERE run_id > ? LIMIT 1").get(runId) !== undefined;
}

/** Number of the newest event or evaluation of a run. */
function newest(reader: Reader, { runId }: { readonly runId: number }): number {
  const tables = [...EVENT_TABLES.map((table) => [table, "ev"]), ["evaluations", "opportunity_id"]];
  const parts = tables.map(
    ([table, key]) =>
      `SELECT max(${key}) AS ev FROM ${table} WHERE ${key} >= :low AND ${key} < :end`,
  );
  const found = reader.db
    .prepare(`SELECT max(ev) FROM (${parts.join(" UNION ALL ")})`)
    .pluck()
    .get({ low: runId * EV_PER_RUN, end: (runId + 1) * EV_PER_RUN });
  return Number(found ?? 0);
}

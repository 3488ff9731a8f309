import { storeError } from "../errors.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Db, Writer } from "../open.ts";
import { inSteps, type UpkeepSteps } from "../upkeep-step.ts";
import { createKeeper, type Kept } from "./keep.ts";
import { BULK_TABLES, type BulkTable, type ThinRun } from "./tables.ts";
import { createSegmentThinner } from "./thin-segments.ts";

export interface ThinOptions {
  /** Bulk market data received this much before now is thinned, and some of it at seven times that. */
  readonly retainMs: number;
  readonly nowMs: number;
}

/**
 * Removes old bulk market data in short transactions, and notes in `thinned` what went. What lies in a market in which
 * its run has an order or a fill stays, and so do spot, spot books and wakes from an hour before such an order until its
 * market's close. A run that records meanwhile only appends behind.
 */
export function* thinInSteps(writer: Writer, options: ThinOptions): UpkeepSteps {
  try {
    yield* thinning(writer.bulk, options);
  } catch (error) {
    throw storeError(error, writer.path);
  }
}

/** Trades, and the books that deltas build on, stay this many times longer. */
const FAR = 7;

function* thinning(db: Db, { nowMs, retainMs }: ThinOptions): UpkeepSteps {
  const keptOf = createKeeper(db);
  const note = createNote(db, nowMs);
  const runs = db
    .prepare<[number], { runId: number; startedMs: number }>(
      "SELECT run_id AS runId, started_ms AS startedMs FROM runs WHERE started_ms < ? ORDER BY run_id",
    )
    .all(nowMs - retainMs);
  const thinners = BULK_TABLES.map((table) => ({
    name: table.name,
    beforeMs: nowMs - (table.tier === 1 ? retainMs : FAR * retainMs),
    workOn: createThinner(db, table, keptOf),
  }));
  thinners.push({
    name: "kalshi_orderbook_deltas",
    beforeMs: nowMs - retainMs,
    workOn: createSegmentThinner(db, keptOf),
  });
  for (const { runId, startedMs } of runs) {
    for (const { beforeMs, name, workOn } of thinners) {
      const run = { runId, startedMs, beforeMs };
      const work = workOn(run);
      yield* inSteps(db, () => {
        const rows = work();
        if (rows !== null && rows > 0) note(run, name, rows);
        return rows === null ? null : { table: name, rows };
      });
    }
  }
}

function createNote(db: Db, nowMs: number): (run: ThinRun, table: string, rows: number) => void {
  const upsert = db.prepare<[number, string, number, number, number]>(
    `INSERT INTO thinned (run_id, table_name, before_ms, rows, at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET before_ms = max(before_ms, excluded.before_ms), rows = rows + excluded.rows,
       at_ms = excluded.at_ms`,
  );
  return ({ beforeMs, runId }, table, rows) => {
    upsert.run(runId, table, beforeMs, rows, nowMs);
  };
}

/** A stretch of a table's rows, in their order. */
interface Stretch {
  readonly highEv: number | null;
  readonly minDt: number;
  readonly maxDt: number;
}

/** Removes the next rows of a run and says how many; null when none is old enough any more. */
function createThinner(
  db: Db,
  spec: BulkTable,
  keptOf: (runId: number) => Kept,
): (run: ThinRun) => () => number | null {
  const { keptBy, only, stepRows, table, unkept } = spec;
  const look = db.prepare<[number, number], Stretch>(
    `SELECT max(ev) AS highEv, min(dt_ms) AS minDt, max(dt_ms) AS maxDt
     FROM (SELECT ev, dt_ms FROM ${table} WHERE ev >= ? AND ev < ? ORDER BY ev LIMIT ${stepRows})`,
  );
  const old = `DELETE FROM ${table} AS d WHERE ev >= ? AND ev <= ? AND dt_ms < ? AND ${only}`;
  const all = db.prepare<[number, number, number]>(old);
  const outsideMarkets = db.prepare<[number, number, number]>(`${old} AND ${unkept}`);
  const outsideWindows = db.prepare<[number, number, number, string]>(
    `${old} AND NOT EXISTS (SELECT 1 FROM json_each(?) w
       WHERE d.dt_ms BETWEEN json_extract(w.value, '$[0]') AND json_extract(w.value, '$[1]'))`,
  );
  return ({ runId, startedMs, beforeMs }) => {
    const limit = beforeMs - startedMs;
    const end = (runId + 1) * EV_PER_RUN;
    let low = runId * EV_PER_RUN;
    return () => {
      const stretch = look.get(low, end);
      const high = stretch?.highEv ?? null;
      if (stretch === undefined || high === null || stretch.minDt >= limit) return null;
      const from = low;
      low = high + 1;
      const kept = keptOf(runId);
      if (keptBy === "market") {
        return (kept.hasMarkets ? outsideMarkets : all).run(from, high, limit).changes;
      }
      const windows = windowsIn(kept, stretch, startedMs);
      if (windows.length === 0) return all.run(from, high, limit).changes;
      return outsideWindows.run(from, high, limit, JSON.stringify(windows)).changes;
    };
  };
}

/** The kept times that concern a stretch, counted from the start of the run as its rows are. */
function windowsIn({ windows }: Kept, { maxDt, minDt }: Stretch, startedMs: number): number[][] {
  return windows
    .map(({ fromMs, toMs }) => [fromMs - startedMs, toMs - startedMs])
    .filter(([from = 0, to = 0]) => to >= minDt && from <= maxDt);
}

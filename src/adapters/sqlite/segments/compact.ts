import { storeError } from "../errors.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Db, Writer } from "../open.ts";
import { inSteps, type UpkeepSteps } from "../upkeep-step.ts";
import { createColumns, type DeltaRow, SEGMENT_ROWS, setRow } from "./columns.ts";
import { encodeSegment, type Segment } from "./encode.ts";
import { SEGMENT_SPAN } from "./read.ts";

export interface CompactOptions {
  /** Only deltas received before this time are packed. */
  readonly beforeMs: number;
  /** Now: a market's book is over an hour after its close. */
  readonly nowMs: number;
}

export interface Compacted {
  readonly rows: number;
  /** Of pages that can be used again. */
  readonly bytesFreed: number;
}

/**
 * Moves the deltas of closed markets from rows into segments, up to a thousand in each transaction. A segment appears in
 * the transaction in which its rows go, and rows are read under the write lock: however many processes do this, and
 * wherever one is killed, each delta is in the file once. A run that records meanwhile only appends behind.
 */
export function* compactInSteps(writer: Writer, options: CompactOptions): UpkeepSteps {
  try {
    yield* packing(writer.bulk, options);
  } catch (error) {
    throw storeError(error, writer.path);
  }
}

/** The same in one go. */
export function compact(writer: Writer, options: CompactOptions): Compacted {
  let rows = 0;
  let bytesFreed = 0;
  for (const step of compactInSteps(writer, options)) {
    rows += step.rows;
    bytesFreed += step.bytesFreed;
  }
  return { rows, bytesFreed };
}

/** The exchange sends a market's last messages within seconds of its close; an hour leaves room for a late start. */
const CLOSED_AFTER_MS = 3_600_000;

interface Run {
  readonly runId: number;
  readonly startedMs: number;
}

function* packing(db: Db, { beforeMs, nowMs }: CompactOptions): UpkeepSteps {
  noteClosedStreams(db, nowMs - CLOSED_AFTER_MS);
  const runs = db
    .prepare<[number], Run>(
      "SELECT run_id AS runId, started_ms AS startedMs FROM runs WHERE started_ms < ? ORDER BY run_id",
    )
    .all(beforeMs);
  const packRun = createPacker(db, beforeMs);
  for (const run of runs) yield* inSteps(db, packRun(run));
}

// A table and not a list in the statement: there may be thousands, and each row is looked up.
function noteClosedStreams(db: Db, closedMs: number): void {
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS closed_streams (stream_id INTEGER PRIMARY KEY);
    DELETE FROM closed_streams;`);
  db.prepare(
    `INSERT INTO closed_streams SELECT s.stream_id FROM streams s JOIN market_ids m ON m.market_id = s.market_id
     JOIN kalshi_markets k ON k.ticker = m.ticker WHERE k.close_ms <= ?`,
  ).run(closedMs);
}

type Work = () => { readonly table: string; readonly rows: number } | null;

const CLOSED = "dt_ms < ? AND stream_id IN (SELECT stream_id FROM closed_streams)";

function createPacker(db: Db, beforeMs: number): (run: Run) => Work {
  const columns = createColumns();
  const next = db
    .prepare<[number, number], number>("SELECT ev FROM deltas WHERE ev >= ? AND ev < ? ORDER BY ev")
    .pluck();
  const select = db
    .prepare<[number, number, number], DeltaRow>(
      `SELECT ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms FROM deltas
       WHERE ev >= ? AND ev < ? AND ${CLOSED} ORDER BY ev LIMIT ${SEGMENT_ROWS}`,
    )
    .raw();
  const remove = db.prepare<[number, number, number]>(
    `DELETE FROM deltas WHERE ev >= ? AND ev <= ? AND ${CLOSED}`,
  );
  const insert = db.prepare(
    "INSERT INTO delta_segments (first_ev, last_ev, t0_ms, t1_ms, n, data) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const move = (segment: Segment, startedMs: number): void => {
    const { data, dtMax, dtMin, firstEv, lastEv, n } = segment;
    insert.run(firstEv, lastEv, startedMs + dtMin, startedMs + dtMax, n, data);
    const { changes } = remove.run(firstEv, lastEv, beforeMs - startedMs);
    if (changes !== n) throw new Error(`${n} deltas were packed, ${changes} rows would go`);
  };
  return ({ runId, startedMs }) => {
    let at = runId * EV_PER_RUN;
    const end = at + EV_PER_RUN;
    return () => {
      const from = next.get(at, end);
      if (from === undefined) return null;
      const high = Math.min(end, from + SEGMENT_SPAN);
      const rows = select.all(from, high, beforeMs - startedMs);
      for (const [index, row] of rows.entries()) setRow(columns, index, row);
      const segment = rows.length === 0 ? null : encodeSegment(columns, rows.length);
      if (segment !== null) move(segment, startedMs);
      // What cannot be coded without loss stays a row.
      at = segment === null ? (rows[0]?.[0] ?? high - 1) + 1 : segment.lastEv + 1;
      return { table: "kalshi_orderbook_deltas", rows: segment?.n ?? 0 };
    };
  };
}

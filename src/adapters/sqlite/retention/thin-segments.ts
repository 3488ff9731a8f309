import { EV_PER_RUN } from "../numbering.ts";
import type { Db } from "../open.ts";
import {
  createColumns,
  createUnpacked,
  rowAt,
  SEGMENT_BYTES_MAX,
  setRow,
} from "../segments/columns.ts";
import { decodeSegment } from "../segments/decode.ts";
import { encodeSegment } from "../segments/encode.ts";
import type { Kept } from "./keep.ts";
import type { ThinRun } from "./tables.ts";

interface OldSegment {
  readonly firstEv: number;
  readonly n: number;
}

/** Segments looked at in one transaction. */
const STEP_SEGMENTS = 20;

/** The same as for rows, for packed deltas: a segment goes, or is packed again without what is not kept. */
export function createSegmentThinner(
  db: Db,
  keptOf: (runId: number) => Kept,
): (run: ThinRun) => () => number | null {
  // Without the bytes: most go unread, and what some hundred of them take outside of V8's heap left holes in malloc's.
  const select = db.prepare<[number, number, number], OldSegment>(
    `SELECT first_ev AS firstEv, n FROM delta_segments
     WHERE first_ev >= ? AND first_ev < ? AND t1_ms < ? ORDER BY first_ev LIMIT ${STEP_SEGMENTS}`,
  );
  const keptStreams = db.prepare<[], number>("SELECT stream_id FROM kept_streams").pluck();
  const without = createPruner(db);
  return ({ runId, startedMs, beforeMs }) => {
    const end = (runId + 1) * EV_PER_RUN;
    let low = runId * EV_PER_RUN;
    return () => {
      const segments = select.all(low, end, beforeMs);
      const last = segments.at(-1);
      if (last === undefined) return null;
      low = last.firstEv + 1;
      const { hasMarkets } = keptOf(runId);
      const streams = new Set(hasMarkets ? keptStreams.all() : []);
      let removed = 0;
      for (const segment of segments) removed += without(segment, streams, startedMs);
      return removed;
    };
  };
}

/** Packs a segment again with the rows of the given streams alone, and says how many went. */
function createPruner(
  db: Db,
): (segment: OldSegment, streams: ReadonlySet<number>, startedMs: number) => number {
  const columns = createColumns();
  const unpacked = createUnpacked();
  // As text, which V8 keeps in its own heap: bytes come as a buffer for each segment, outside of it, and hundreds of those
  // lie in malloc's until V8 collects, and leave holes there.
  const hexOf = db
    .prepare<[number], string>("SELECT hex(data) FROM delta_segments WHERE first_ev = ?")
    .pluck();
  const bytes = Buffer.alloc(SEGMENT_BYTES_MAX);
  const remove = db.prepare<[number]>("DELETE FROM delta_segments WHERE first_ev = ?");
  const insert = db.prepare(
    "INSERT INTO delta_segments (first_ev, last_ev, t0_ms, t1_ms, n, data) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const kept = (firstEv: number, streams: ReadonlySet<number>): number => {
    const hex = streams.size === 0 ? undefined : hexOf.get(firstEv);
    if (hex === undefined) return 0;
    const data = bytes.subarray(0, bytes.write(hex, "hex"));
    const n = decodeSegment(firstEv, data, unpacked);
    let count = 0;
    for (let row = 0; row < n; row++) {
      const packed = rowAt(firstEv, unpacked, row);
      if (streams.has(packed[1])) setRow(columns, count++, packed);
    }
    return count;
  };
  return (segment, streams, startedMs) => {
    const count = kept(segment.firstEv, streams);
    if (count === segment.n) return 0;
    remove.run(segment.firstEv);
    const smaller = count === 0 ? null : encodeSegment(columns, count);
    if (smaller !== null) {
      const { data, dtMax, dtMin, firstEv, lastEv, n } = smaller;
      insert.run(firstEv, lastEv, startedMs + dtMin, startedMs + dtMax, n, data);
    }
    // What was packed once can be packed again; were it not so, rows would be lost here.
    if ((smaller?.n ?? 0) !== count)
      throw new Error(`${count} deltas are kept, not all are packed`);
    return segment.n - count;
  };
}

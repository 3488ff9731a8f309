import type { BookDelta, MarketEvent } from "../../../core/events.ts";
import { price, qty } from "../../../core/units.ts";
import { type ReplayContext, streamOf } from "../replay-context.ts";
import type { DeltaColumns } from "./columns.ts";
import { createSegmentReader, type SegmentCursor } from "./read.ts";

/** The packed deltas of one run as the events they were. */
export interface PackedDeltas {
  /** Before anything in [low, high) is read. */
  look(low: number, high: number): void;
  /** As a reader of replay-tables.ts, forwards. */
  read(low: number, high: number, events: (MarketEvent | undefined)[]): void;
}

export function packedDeltas(context: ReplayContext): PackedDeltas {
  const segments = createSegmentReader(context.db);
  return {
    look: (low, high) => segments.look(low, high),
    read(low, high, events) {
      for (const cursor of segments.below(high)) putDeltas(context, cursor, { low, high, events });
    },
  };
}

interface Room {
  readonly low: number;
  readonly high: number;
  readonly events: (MarketEvent | undefined)[];
}

function putDeltas(
  context: ReplayContext,
  cursor: SegmentCursor,
  { low, high, events }: Room,
): void {
  const { columns, n } = cursor;
  const { ev } = columns;
  let row = cursor.at;
  while (row < n && (ev[row] ?? low) < low) row++;
  for (; row < n; row++) {
    const at = ev[row] ?? high;
    if (at >= high) break;
    events[at - low] = deltaAt(context, columns, row);
  }
  cursor.at = row;
}

function deltaAt(context: ReplayContext, columns: DeltaColumns, row: number): BookDelta {
  const { sid, ticker } = streamOf(context, columns.streamId[row] ?? 0);
  const recvMs = context.startedMs + (columns.dtMs[row] ?? 0);
  const code = small(columns.priceCode[row] ?? 0);
  const lag = columns.lagMs[row] ?? 0;
  return {
    type: "delta",
    ticker,
    sid,
    seq: small(columns.seq[row] ?? 0),
    side: code < 0 ? "no" : "yes",
    price: price(code < 0 ? -1 - code : code),
    delta: qty(small(columns.deltaCq[row] ?? 0)),
    exchangeMs: Number.isNaN(lag) ? null : recvMs - lag,
    recvMs,
  };
}

/**
 * The same number as V8 keeps small integers: what comes out of an array of doubles is an object of its own otherwise, of
 * which each event would drag three along.
 */
function small(value: number): number {
  const integer = value | 0;
  return integer === value ? integer : value;
}

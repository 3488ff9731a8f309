import type { BookDelta, MarketEvent } from "../../../core/events.ts";
import { price, qty } from "../../../core/units.ts";
import { type ReplayContext, type Stream, streamOf } from "../replay-context.ts";
import type { UnpackedDeltas } from "./columns.ts";
import { type SegmentCursor, SegmentReader } from "./read.ts";

/** Where events go: that of the number `low` to 0. */
interface Room {
  readonly low: number;
  readonly high: number;
  readonly events: (MarketEvent | undefined)[];
}

/** The packed deltas of one run as the events they were. */
export class PackedDeltas {
  readonly #context: ReplayContext;
  readonly #segments: SegmentReader;

  constructor(context: ReplayContext) {
    this.#context = context;
    this.#segments = new SegmentReader(context.db);
  }

  /** Before anything in [low, high) is read. */
  look(low: number, high: number): void {
    this.#segments.look(low, high);
  }

  /** As a reader of replay-tables.ts, forwards. */
  read(low: number, high: number, events: Room["events"]): void {
    for (const cursor of this.#segments.below(high)) this.#put(cursor, { low, high, events });
  }

  #put(cursor: SegmentCursor, { low, high, events }: Room): void {
    const { firstEv, n, unpacked } = cursor;
    const { evOffset, stream } = unpacked;
    const shift = firstEv - low;
    const room = high - low;
    const streams = unpacked.streamIds.map((id) => streamOf(this.#context, id));
    let row = cursor.at;
    while (row < n && (evOffset[row] ?? 0) + shift < 0) row++;
    for (; row < n; row++) {
      const at = (evOffset[row] ?? 0) + shift;
      if (at >= room) break;
      const from = streams[stream[row] ?? 0];
      if (from !== undefined) {
        events[at] = deltaAt(unpacked, row, from, this.#context.startedMs);
      }
    }
    cursor.at = row;
  }
}

function deltaAt(
  unpacked: UnpackedDeltas,
  row: number,
  { sid, ticker }: Stream,
  startedMs: number,
): BookDelta {
  const recvMs = startedMs + (unpacked.dtMs[row] ?? 0);
  const code = unpacked.priceCode[row] ?? 0;
  const lag = unpacked.lagMs[row] ?? 0;
  return {
    type: "delta",
    ticker,
    sid,
    seq: small(unpacked.seq[row] ?? 0),
    side: code < 0 ? "no" : "yes",
    price: price(code < 0 ? -1 - code : code),
    delta: qty(small(unpacked.deltaCq[row] ?? 0)),
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

import type { MarketEvent } from "../../../core/events.ts";
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
    const { evOffset, streamIds } = unpacked;
    const numbers = evOffset.subarray(0, n);
    const from = rowFrom(numbers, cursor.at, low - firstEv);
    const to = rowFrom(numbers, from, high - firstEv);
    const { startedMs } = this.#context;
    const streams = streamIds.map((id) => streamOf(this.#context, id));
    putDeltas(events, unpacked, { from, to, shift: firstEv - low, streams, startedMs });
    cursor.at = to;
  }
}

/** The first row from `start` on whose number is `number` or more. */
function rowFrom(numbers: Float64Array, start: number, number: number): number {
  let row = start;
  while (row < numbers.length && at(numbers, row) < number) row++;
  return row;
}

/** Some rows of a segment. */
interface Rows {
  readonly from: number;
  readonly to: number;
  /** Of a row's number, to its place. */
  readonly shift: number;
  readonly streams: readonly Stream[];
  readonly startedMs: number;
}

function putDeltas(
  events: Room["events"],
  { deltaCq, dtMs, evOffset, lagMs, priceCode, seq, stream }: UnpackedDeltas,
  { from, shift, startedMs, streams, to }: Rows,
): void {
  for (let row = from; row < to; row++) {
    const of = streams[stream[row] ?? 0];
    if (of === undefined) continue;
    const recvMs = startedMs + at(dtMs, row);
    const code = priceCode[row] ?? 0;
    const lag = at(lagMs, row);
    events[at(evOffset, row) + shift] = {
      type: "delta",
      ticker: of.ticker,
      sid: of.sid,
      seq: small(at(seq, row)),
      side: code < 0 ? "no" : "yes",
      price: price(code < 0 ? -1 - code : code),
      delta: qty(small(at(deltaCq, row))),
      exchangeMs: Number.isNaN(lag) ? null : recvMs - lag,
      recvMs,
    };
  }
}

function at(column: Float64Array, row: number): number {
  return column[row] ?? 0;
}

/**
 * The same number as V8 keeps small integers: what comes out of an array of doubles is an object of its own otherwise, of
 * which each event would drag three along.
 */
function small(value: number): number {
  const integer = value | 0;
  return integer === value ? integer : value;
}

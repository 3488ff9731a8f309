import { HEADER_BYTES } from "./format.ts";
import { INT_BYTES_MAX } from "./varint.ts";

/** Rows of `deltas` that are to be packed, by column, in the order of `ev`; as many as the caller says are in use. */
export interface DeltaColumns {
  readonly ev: Float64Array;
  readonly streamId: Float64Array;
  readonly seq: Float64Array;
  readonly priceCode: Float64Array;
  readonly deltaCq: Float64Array;
  readonly dtMs: Float64Array;
  /** NaN stands for NULL. */
  readonly lagMs: Float64Array;
  /** Room for them packed. */
  readonly bytes: Uint8Array;
}

/** A row of `deltas` as `raw()` gives it. */
export type DeltaRow = [
  ...[ev: number, streamId: number, seq: number, priceCode: number, deltaCq: number],
  ...[dtMs: number, lagMs: number | null],
];

/** Deltas that one segment holds at most. */
export const SEGMENT_ROWS = 1000;

/** Of a row its flags, seven integers and, where its stream is new, the stream's id. */
export const SEGMENT_BYTES_MAX = HEADER_BYTES + SEGMENT_ROWS * (1 + 8 * INT_BYTES_MAX);

/** Room for the rows of one segment. */
export function createColumns(): DeltaColumns {
  return {
    ev: column(),
    streamId: column(),
    seq: column(),
    priceCode: column(),
    deltaCq: column(),
    dtMs: column(),
    lagMs: column(),
    bytes: new Uint8Array(SEGMENT_BYTES_MAX),
  };
}

export function setRow(columns: DeltaColumns, at: number, row: DeltaRow): void {
  const [ev, streamId, seq, priceCode, deltaCq, dtMs, lagMs] = row;
  columns.ev[at] = ev;
  columns.streamId[at] = streamId;
  columns.seq[at] = seq;
  columns.priceCode[at] = priceCode;
  columns.deltaCq[at] = deltaCq;
  columns.dtMs[at] = dtMs;
  columns.lagMs[at] = lagMs ?? Number.NaN;
}

/** Rows of a segment, by column; `decodeSegment` says how many. */
export interface UnpackedDeltas {
  /** From the first row's `ev`. */
  readonly evOffset: Float64Array;
  /** Of each row its stream's place in `streamIds`. */
  readonly stream: Uint16Array;
  readonly streamIds: number[];
  readonly seq: Float64Array;
  readonly priceCode: Int32Array;
  readonly deltaCq: Float64Array;
  readonly dtMs: Float64Array;
  /** NaN stands for NULL. */
  readonly lagMs: Float64Array;
}

/** Room for the rows of one segment. */
export function createUnpacked(): UnpackedDeltas {
  return {
    evOffset: column(),
    stream: new Uint16Array(SEGMENT_ROWS),
    streamIds: [],
    seq: column(),
    priceCode: new Int32Array(SEGMENT_ROWS),
    deltaCq: column(),
    dtMs: column(),
    lagMs: column(),
  };
}

export function rowAt(firstEv: number, unpacked: UnpackedDeltas, at: number): DeltaRow {
  const lag = unpacked.lagMs[at] ?? Number.NaN;
  return [
    firstEv + (unpacked.evOffset[at] ?? 0),
    unpacked.streamIds[unpacked.stream[at] ?? 0] ?? 0,
    unpacked.seq[at] ?? 0,
    unpacked.priceCode[at] ?? 0,
    unpacked.deltaCq[at] ?? 0,
    unpacked.dtMs[at] ?? 0,
    Number.isNaN(lag) ? null : lag,
  ];
}

function column(): Float64Array {
  return new Float64Array(SEGMENT_ROWS);
}

// One segment: the format's number, the number of rows in two bytes (low one first), a byte of flags for each row, then
// column by column the zig-zag integers of the rows whose flag does not say that theirs is the usual one:
// stream (its place in the order of first appearance; a new place is followed by the stream's id), step of `ev`, step of
// `seq`, price code, size, step of `dt_ms`, step of `lag_ms` (against the newest one that was not NULL).
// Steps count from the row before, in the first row from: ev = first_ev - 1, everything else 0.
// By column and not by row, because seven short loops decode three times as fast as one long one.

export const FORMAT = 1;
/** Bytes before the flags. */
export const HEADER_BYTES = 3;

export const FLAG = {
  sameStream: 1,
  /** ev is the one before + 1: no other event came in between. */
  nextEv: 2,
  nextSeq: 4,
  /** The price is whole cents and stored as cents. */
  cents: 8,
  /** The size is whole contracts and stored as contracts. */
  contracts: 16,
  sameTime: 32,
  noLag: 64,
  sameLag: 128,
} as const;

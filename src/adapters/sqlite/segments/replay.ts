import type Database from "better-sqlite3";
import type { BookDelta } from "../../../core/events.ts";
import { price, qty } from "../../../core/units.ts";
import type { DeltaColumns } from "./columns.ts";
import { createSegmentReader } from "./read.ts";

interface Context {
  readonly db: Database.Database;
  readonly startedMs: number;
  readonly streams: ReadonlyMap<number, { readonly sid: number; readonly ticker: string }>;
}

/** The packed deltas of one run as the events they were, as the readers of replay-tables.ts give rows. */
export function packedDeltas(
  context: Context,
): (low: number, high: number, put: (ev: number, event: BookDelta) => void) => void {
  const readSegments = createSegmentReader(context.db);
  return (low, high, put) => {
    readSegments(low, high, (columns, from, to) => {
      const eventAt = deltasOf(context, columns);
      for (let row = from; row < to; row++) put(columns.ev[row] ?? 0, eventAt(row));
    });
  };
}

function deltasOf(context: Context, columns: DeltaColumns): (row: number) => BookDelta {
  const { deltaCq, dtMs, lagMs, priceCode, seq, streamId } = columns;
  let id = Number.NaN;
  let stream = { sid: 0, ticker: "" };
  return (row) => {
    if (streamId[row] !== id) {
      id = streamId[row] ?? 0;
      stream = streamOf(context, id);
    }
    const recvMs = context.startedMs + (dtMs[row] ?? 0);
    const code = priceCode[row] ?? 0;
    const lag = lagMs[row] ?? 0;
    return {
      type: "delta",
      ticker: stream.ticker,
      sid: stream.sid,
      seq: seq[row] ?? 0,
      side: code < 0 ? "no" : "yes",
      price: price(code < 0 ? -1 - code : code),
      delta: qty(deltaCq[row] ?? 0),
      exchangeMs: Number.isNaN(lag) ? null : recvMs - lag,
      recvMs,
    };
  };
}

function streamOf({ streams }: Context, id: number): { sid: number; ticker: string } {
  const found = streams.get(id);
  if (found === undefined) throw new Error(`stream ${id} has no name`);
  return found;
}

import type { BookDelta } from "../core/events.ts";
import { isoTime } from "../core/iso-time.ts";
import { formatPrice, formatQty } from "../core/units.ts";
import { csvLine } from "./csv.ts";

// Order-book changes as text: the columns and units of kalshi_orderbook_deltas, or those of a --json document.

export interface ExportedDelta {
  readonly ev: number;
  readonly runId: number;
  readonly delta: BookDelta;
}

/** How rows become text, and what stands around and between them. */
export interface RowFormat {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly row: (row: ExportedDelta) => string;
}

const COLUMNS = [
  "ev",
  "run_id",
  "ticker",
  "sid",
  "seq",
  "side",
  "price_cc",
  "delta_cq",
  "exchange_ms",
  "recv_ms",
];

export const CSV: RowFormat = {
  before: csvLine(COLUMNS),
  between: "",
  after: "",
  row: ({ ev, runId, delta }) =>
    csvLine([
      ev,
      runId,
      delta.ticker,
      delta.sid,
      delta.seq,
      delta.side,
      delta.price,
      delta.delta,
      delta.exchangeMs,
      delta.recvMs,
    ]),
};

/** An array of objects with the contract's columns. */
export const JSON_ROWS: RowFormat = {
  before: "[\n",
  between: ",\n",
  after: "\n]\n",
  row: ({ ev, runId, delta }) =>
    JSON.stringify({
      ev,
      run_id: runId,
      ticker: delta.ticker,
      sid: delta.sid,
      seq: delta.seq,
      side: delta.side,
      price_cc: delta.price,
      delta_cq: delta.delta,
      exchange_ms: delta.exchangeMs,
      recv_ms: delta.recvMs,
    }),
};

/** The `data` of a --json document: decimal strings, ISO times plus `_ms`. */
export function documentRows(around: { before: string; after: string }): RowFormat {
  return {
    before: `${around.before}[\n`,
    between: ",\n",
    after: `\n]${around.after}`,
    row: ({ ev, runId, delta }) =>
      JSON.stringify({
        ev,
        run_id: runId,
        ticker: delta.ticker,
        sid: delta.sid,
        seq: delta.seq,
        side: delta.side,
        price: formatPrice(delta.price),
        delta: formatQty(delta.delta),
        exchange: delta.exchangeMs === null ? null : isoTime(delta.exchangeMs),
        exchange_ms: delta.exchangeMs,
        recv: isoTime(delta.recvMs),
        recv_ms: delta.recvMs,
      }),
  };
}

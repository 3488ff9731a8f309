import { DAY_MS } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";

// How much a recording costs on the disk: what this run's file grew by, and what its rows should take.

/** Bytes of one row in its table, share of the page included. */
const ROW_BYTES: Readonly<Record<string, number>> = {
  // Measured with dbstat after `collect` of the recorded sessions of May 2026 (KXBTC15M; deltas of seven, 475,000 rows).
  kalshi_orderbook_deltas: 28,
  kalshi_orderbook_snapshots: 4_096,
  kalshi_tickers: 49,
  spot_ticks: 39,
  // Measured on the local exchange (12,742 trades with their index; 2,690 values): no recording has them.
  kalshi_trades: 118,
  index_ticks: 44,
  // The mean of 3,451 recorded changes of Binance's book (37 levels each) as they are stored.
  spot_depth: 640,
  candles: 80,
  funding_rates: 50,
};

export interface SizeReport {
  /** What the file grew by; what was freed meanwhile is added again. */
  readonly bytes_stored: number;
  /** Null for a run that stored too little to say. */
  readonly bytes_per_day: number | null;
  /** From the rows of this run, by table, and the usual bytes of such a row; null for a run too short to say. */
  readonly estimated_bytes_per_day: number | null;
  /** Which day, and in whose seconds: with --sim the exchange's, however fast they pass. */
  readonly bytes_clock: "exchange" | "real";
  readonly bytes_seconds: number;
  /** Then the growth is not this run's alone. */
  readonly other_runs_wrote: boolean;
}

export interface SizeFacts {
  readonly growth: { readonly bytes: number; readonly hasOthers: boolean };
  /** Given back by upkeep while the run went on. */
  readonly freedBytes: number;
  readonly rows: ReadonlyMap<string, number>;
  readonly spanMs: Ms;
  readonly clock: SizeReport["bytes_clock"];
}

/** In less than this, the first page of each table is most of what is stored. */
const SPAN_MIN_MS = 1_000;
/** A file grows by whole pages: less than sixteen of them are mostly the half-empty last page of each table. */
const STORED_MIN_BYTES = 65_536;

export function sizeReport({ clock, freedBytes, growth, rows, spanMs }: SizeFacts): SizeReport {
  const stored = growth.bytes + freedBytes;
  let estimated = 0;
  for (const [table, count] of rows) estimated += (ROW_BYTES[table] ?? 0) * count;
  const perDay = (bytes: number): number | null =>
    spanMs < SPAN_MIN_MS ? null : Math.round((bytes * DAY_MS) / spanMs);
  return {
    bytes_stored: stored,
    bytes_per_day: stored < STORED_MIN_BYTES ? null : perDay(stored),
    estimated_bytes_per_day: perDay(estimated),
    bytes_clock: clock,
    bytes_seconds: Math.round(spanMs / 100) / 10,
    other_runs_wrote: growth.hasOthers,
  };
}

/** One line: `stored 4.1 MB in 60 s: 5.9 GB a day at this rate (estimate for these feeds: 5.7 GB)`. */
export function sizeText(size: SizeReport): string {
  const { bytes_per_day: perDay, estimated_bytes_per_day: estimated } = size;
  const isExchange = size.bytes_clock === "exchange";
  const time = `${size.bytes_seconds} s${isExchange ? " of exchange time" : ""}`;
  const stored = `stored ${bytesText(size.bytes_stored)} in ${time}`;
  if (estimated === null) return `${stored}\n`;
  const day = isExchange ? "an exchange day" : "a day";
  const others = size.other_runs_wrote ? "; other runs wrote to the file too" : "";
  const estimate = `estimate for these feeds: ${bytesText(estimated)}`;
  return perDay === null
    ? `${stored}, too little to measure a day by (${estimate} ${day})${others}\n`
    : `${stored}: ${bytesText(perDay)} ${day} at this rate (${estimate})${others}\n`;
}

/** 4_100_000 → "4.1 MB". */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

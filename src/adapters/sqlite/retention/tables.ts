// What retention may thin, and by what a row is kept all the same. Everything that is not in this list is never removed:
// evaluations and their inputs, orders, fills, ledger, settlements, gaps, drifts, index values, candles, funding, market
// states, and the first receipt of every public trade.

export interface BulkTable {
  /** Contract name, with the part of it that goes. */
  readonly name: string;
  readonly table: string;
  /** 1: older than the asked hours; 2: older than seven times that. */
  readonly tier: 1 | 2;
  /** Rows of the table that this is about. */
  readonly only: string;
  /** By the market with an order, or by the time around an order. */
  readonly keptBy: "market" | "time";
  /** Which rows belong to no market with an order; for tables that are kept by market. */
  readonly unkept: string;
  /** Rows looked at in one transaction: so few that it takes a few milliseconds. */
  readonly stepRows: number;
}

/** One run, thinned up to a time. */
export interface ThinRun {
  readonly runId: number;
  readonly startedMs: number;
  readonly beforeMs: number;
}

const OF_NO_KEPT_STREAM = "stream_id NOT IN (SELECT stream_id FROM kept_streams)";
const spotsOf = (kind: "quote" | "trade"): string =>
  `spot_stream_id IN (SELECT spot_stream_id FROM spot_streams WHERE kind = '${kind}')`;

const ALL = { only: "1", unkept: "1", stepRows: 1000 };

export const BULK_TABLES: readonly BulkTable[] = [
  {
    ...ALL,
    name: "kalshi_orderbook_deltas",
    table: "deltas",
    tier: 1,
    keptBy: "market",
    unkept: OF_NO_KEPT_STREAM,
  },
  // A row may hold a whole book.
  { ...ALL, name: "spot_depth", table: "depths", tier: 1, keptBy: "time", stepRows: 200 },
  {
    ...ALL,
    name: "kalshi_tickers",
    table: "tickers",
    tier: 1,
    keptBy: "market",
    unkept: OF_NO_KEPT_STREAM,
  },
  {
    ...ALL,
    name: "spot_ticks.quote",
    table: "spots",
    tier: 1,
    keptBy: "time",
    only: spotsOf("quote"),
  },
  { ...ALL, name: "wakes", table: "wakes", tier: 1, keptBy: "time" },
  {
    ...ALL,
    name: "kalshi_trades.repeats",
    table: "trade_repeats",
    tier: 2,
    keptBy: "market",
    unkept: "market_id NOT IN (SELECT market_id FROM kept_markets)",
  },
  {
    ...ALL,
    name: "spot_ticks.trade",
    table: "spots",
    tier: 2,
    keptBy: "time",
    only: spotsOf("trade"),
  },
  {
    ...ALL,
    name: "kalshi_orderbook_snapshots",
    table: "snapshots",
    tier: 2,
    keptBy: "market",
    unkept: OF_NO_KEPT_STREAM,
    stepRows: 200,
  },
];

/** Every table with one row an event, numbered by `ev`; a new kind of event is a new line here. */
export const EVENT_TABLES = [
  "deltas",
  "snapshots",
  "tickers",
  "trades",
  "trade_repeats",
  "spots",
  "depths",
  "funding_values",
  "drifts",
  "news_values",
  "forecast_values",
  "index_values",
  "candle_values",
  "gaps",
  "wakes",
  "market_updates",
  "fee_reports",
  "settlement_receipts",
  "account_receipts",
] as const;

export type EventTable = (typeof EVENT_TABLES)[number];

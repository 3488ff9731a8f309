import { expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { tempDb } from "./support.ts";

// Copied from contract.md §4 by hand: this list is the promise, so it must not be derived from the code.
const CONTRACT: Readonly<Record<string, string>> = {
  runs: "run_id, mode, started_ms, ended_ms, exit_code, version, config_json",
  spot_ticks: "run_id, source, product, price_usd, bid_usd, ask_usd, exchange_ms, recv_ms",
  spot_depth: "run_id, source, product, is_snapshot, side, price_usd, size, exchange_ms, recv_ms",
  index_ticks: "run_id, index_id, value_usd, source, exchange_ms, recv_ms",
  candles: "source, product, open_ms, interval_s, open_usd, high_usd, low_usd, close_usd, volume",
  funding_rates: "source, product, rate, at_ms",
  kalshi_markets:
    "ticker, event_ticker, series_ticker, strike_type, floor_strike_usd, cap_strike_usd, open_ms, close_ms, status, result, expiration_value, exchange_index, raw_json",
  kalshi_tickers: "run_id, ticker, yes_bid_cc, yes_ask_cc, last_cc, exchange_ms, recv_ms",
  kalshi_orderbook_snapshots: "run_id, ticker, sid, seq, recv_ms, yes_levels, no_levels",
  kalshi_orderbook_deltas:
    "run_id, ticker, sid, seq, side, price_cc, delta_cq, exchange_ms, recv_ms",
  kalshi_trades: "ticker, trade_id, yes_price_cc, qty_cq, taker_side, exchange_ms",
  run_feeds: "run_id, feed, frames, control, received, stored, rejected, gaps, connects",
  feed_drifts: "run_id, source, message_type, path, raw, halts, recv_ms",
  fee_changes: "run_id, scope, ticker, from_ms, fee_type, multiplier, recv_ms",
  feed_gaps: "run_id, source, reason, from_seq, to_seq, from_ms, to_ms",
  opportunities:
    "opportunity_id, run_id, mode, strategy, ticker, at_ms, tau_s, spot_usd, sigma, p_model, p_market, side, yes_bid_cc, yes_ask_cc, cost_ud, ev, decision, reason",
  features:
    "opportunity_id, known_count, known_sum_usd, basis_sd, spot_age_ms, book_age_ms, sigma, spot_usd, p_low, p_high",
  orders:
    "order_id, client_order_id, run_id, mode, strategy, opportunity_id, ticker, side, action, price_cc, qty_cq, state, created_ms",
  order_events: "order_id, at_ms, state, filled_qty_cq, reason",
  fills: "fill_id, order_id, mode, ticker, side, action, price_cc, qty_cq, fee_ud, is_taker, at_ms",
  positions_snapshots: "mode, ticker, qty_cq, cost_ud, source, at_ms",
  settlements: "ticker, event_ticker, result, expiration_value, settled_ms, source",
  trade_ledger:
    "at_ms, mode, action, side, ticker, price_cc, qty_cq, cost_ud, status, source, strategy, payload_json",
  news_items: "source, published_ms, title, url",
  forecasts: "series, station, target_date, value",
  models:
    "model_id, kind, scope, version, trained_ms, train_from_ms, train_to_ms, rows, score_name, score_oos, score_plain, folds_json, accepted, reason, params_json",
  risk_events: "at_ms, kind, value, limit_value, reason",
  latches: "at_ms, kind, value, limit_value, reason",
  schema_migrations: "version, name, sha256, applied_ms",
  meta: "key, value",
};

const FOR_PEOPLE = [
  "v_opportunities",
  "v_fills",
  "v_ledger",
  "v_orders",
  "v_settlements",
  "v_deltas",
  "v_delta_segments",
  "v_runs",
  "v_calibration",
];

test("every contract name exists with its columns, and every view can be read", () => {
  const path = tempDb();
  openWriter(path, { env: "demo" }).close();
  const reader = openReader(path);
  for (const [table, columns] of Object.entries(CONTRACT)) {
    expect(() => reader.db.prepare(`SELECT ${columns} FROM ${table}`).all(), table).not.toThrow();
  }
  for (const view of FOR_PEOPLE) {
    expect(reader.db.prepare(`SELECT * FROM ${view}`).all(), view).toEqual([]);
  }
  reader.close();
});

test("every table is STRICT", () => {
  const path = tempDb();
  openWriter(path, { env: "demo" }).close();
  const reader = openReader(path);
  const loose = reader.db
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  expect(loose).toEqual([]);
  reader.close();
});

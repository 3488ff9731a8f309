import type { Config } from "./schema.ts";

/**
 * The configuration when nothing is configured. It repeats the defaults of the schema, and a test holds the two together:
 * so the common `kbt ledger` need not load zod, which costs more than the rest of its configuration (performance.md R13).
 */
export const DEFAULTS: Config = {
  kalshi: {
    env: "demo",
    api_key_id: null,
    private_key_path: null,
    rest_url: null,
    ws_url: null,
    ws_auth_mode: "header",
    market_tickers: [],
    market_status: "open",
    market_limit: 100,
    market_max_pages: 1,
    event_ticker: null,
    series: ["KXBTC15M", "KXSOL15M"],
    strikes_around: 5,
  },
  coinbase: {
    ws_url: "wss://advanced-trade-ws.coinbase.com",
    rest_url: "https://api.coinbase.com",
    product_id: "BTC-USD",
    stale_after_s: 10,
  },
  kraken: { ws_url: "wss://ws.kraken.com", rest_url: "https://api.kraken.com" },
  binance: {
    ws_url: "wss://data-stream.binance.vision",
    rest_url: "https://data-api.binance.vision",
    futures_rest_url: "https://fapi.binance.com",
  },
  bitstamp: { ws_url: "wss://ws.bitstamp.net", rest_url: "https://www.bitstamp.net" },
  gemini: { ws_url: "wss://ws.gemini.com", rest_url: "https://api.gemini.com" },
  collect: {
    seconds: 60,
    coinbase: true,
    kalshi: true,
    kraken: false,
    binance: false,
    bitstamp: false,
    gemini: false,
    level2: false,
  },
  storage: {
    db_path: "./data/kbt.sqlite",
    log_path: "./logs/kbt.jsonl",
    flush_ms: 250,
    flush_rows: 500,
  },
  risk: {
    trading_enabled: false,
    max_daily_loss_pct: 0.03,
    max_position_pct: 0.02,
    max_open_positions: 1,
    bankroll_usd: 1000,
  },
  model: {
    shape: "student",
    nu: 4,
    basis_sd_bp_btc: 1,
    basis_sd_bp_eth: 1,
    basis_sd_bp_sol: 3,
    sigma_min_bp: 0.15,
    sigma_max_bp: 10,
    grid_s_btc: 5,
    grid_s_eth: 5,
    grid_s_sol: 15,
    fast_lambda_per_minute: 0.98,
  },
  fees: { align_ud: 100, trade_quantum_ud: 100 },
  sim: { latency_ms: 350, participation: 0.5, haircut: 0.3, book_stale_ms: 2000 },
  strategy: {
    "threshold-ev": {
      ev_min: 0.03,
      spread_max_ticks: 6,
      tau_max_minutes: 60,
      no_new_entries_last_seconds: 120,
      contracts: 10,
      max_depth_share: 0.5,
      aggression_ticks: 1,
      slippage_cents: 0.5,
    },
  },
  notify: { telegram_bot_token: null, telegram_chat_id: null, discord_webhook_url: null },
  news: { twitter_bearer_token: null, newsapi_key: null, alphavantage_key: null },
};

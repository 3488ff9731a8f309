// zod/mini, not zod: see strategies/threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { isExitRule } from "../core/exits/exit-rule.ts";
import { STRATEGY_PARAMS } from "../strategies/params.ts";
import {
  above,
  choice,
  flag,
  integer,
  number,
  optionalText,
  text,
  ticker,
  tickers,
  webAddress,
} from "./key-schemas.ts";
import { alerts, metrics, notify } from "./watch-schema.ts";

// Every key of the configuration: its type, default, rule and one line for people. Units are in the key. The text is
// shown by `config show`, and a test holds config.example.toml to it.

const kalshi = z.strictObject({
  env: choice("Which Kalshi is talked to", ["demo", "prod"], "demo"),
  api_key_id: optionalText("Key id from the Kalshi account page"),
  private_key_path: optionalText("Path of the private key file (PEM, mode 0600)"),
  rest_url: optionalText("REST base address; unset follows kalshi.env"),
  ws_url: optionalText("WebSocket address; unset follows kalshi.env"),
  ws_auth_mode: choice(
    "How the WebSocket signs in; query is refused, it would leak the signature",
    ["header"],
    "header",
  ),
  market_tickers: tickers("Markets by ticker; empty finds them by series", []),
  market_status: choice(
    "Status filter of the market list",
    ["unopened", "open", "paused", "closed", "settled"],
    "open",
  ),
  market_limit: integer("Markets per page of the market list", 100, 1, 1000),
  market_max_pages: integer("Pages read of one market list", 1, 1, 1000),
  event_ticker: withDefault(z.nullable(ticker), null).check(
    z.describe("One event instead of whole series"),
  ),
  series: tickers("Series to follow", ["KXBTC15M", "KXSOL15M"]),
  strikes_around: integer("Strikes followed on each side of spot in a ladder event", 5, 0, 200),
});

const coinbase = z.strictObject({
  ws_url: text("WebSocket of the spot feed", "wss://advanced-trade-ws.coinbase.com"),
  rest_url: text("REST base address of the spot feed", "https://api.coinbase.com"),
  product_id: withDefault(
    z.string().check(z.regex(/^[A-Z0-9]{1,16}-[A-Z0-9]{1,16}$/)),
    "BTC-USD",
  ).check(z.describe("Spot product that is always recorded")),
  stale_after_s: above("Spot older than this decides nothing, seconds", 10, 0, 3600),
});

const venue = (wsUrl: string, restUrl: string) => ({
  ws_url: text("WebSocket of the spot feed", wsUrl),
  rest_url: text("REST base address of the venue (no command uses it yet)", restUrl),
});

const kraken = z.strictObject(venue("wss://ws.kraken.com", "https://api.kraken.com"));

const binance = z.strictObject({
  ws_url: text("WebSocket of the spot feed", "wss://data-stream.binance.vision"),
  rest_url: text("REST base address of the spot feed", "https://data-api.binance.vision"),
  futures_rest_url: text("REST base address of the perpetuals", "https://fapi.binance.com"),
});

const bitstamp = z.strictObject(venue("wss://ws.bitstamp.net", "https://www.bitstamp.net"));

const gemini = z.strictObject(venue("wss://ws.gemini.com", "https://api.gemini.com"));

const collect = z.strictObject({
  seconds: number("How long collect records, seconds; 0 runs until a signal", 60, 0, 2_000_000),
  coinbase: flag("Record the Coinbase feed", true),
  kalshi: flag("Record the Kalshi feed", true),
  kraken: flag("Record the Kraken feed", false),
  binance: flag("Record the Binance feed, with candles and funding rates", false),
  bitstamp: flag("Record the Bitstamp feed", false),
  gemini: flag("Record the Gemini feed", false),
  news: flag("Record headlines: RSS, NewsAPI, Alpha Vantage, X", false),
  weather: flag("Record weather forecasts: the US weather service, Open-Meteo", false),
  level2: flag("Record the whole books of the spot venues too", false),
  raw: flag("Keep every frame of the feeds as it came, in files beside the database", false),
});

const storage = z.strictObject({
  db_path: text("SQLite file", "./data/kbt.sqlite"),
  log_path: text("Log file, JSON lines", "./logs/kbt.jsonl"),
  flush_ms: integer("Market rows are committed at least this often, milliseconds", 250, 1, 10_000),
  flush_rows: integer("Market rows go to their writer in batches of about this", 2000, 1, 100_000),
  retain_hours: integer(
    "Bulk market data older than this is thinned by collect, hours; 0 keeps all",
    0,
    0,
    100_000,
  ),
  compact_after_hours: integer(
    "Order-book changes of closed markets are packed when they are this old, hours; 0 never",
    0,
    0,
    100_000,
  ),
});

const risk = z.strictObject({
  trading_enabled: flag(
    "Live trading is armed by TRADING_ENABLED=1 in the environment, never here",
    false,
  ),
  max_daily_loss_pct: number("Loss of a day that stops trading, share of bankroll", 0.03, 0, 1),
  max_position_pct: number("Largest cost of one position, share of bankroll", 0.02, 0, 1),
  max_open_positions: integer("Positions that may be open at once", 1, 0, 1000),
  bankroll_usd: above("Bankroll that the shares refer to, dollars", 1000, 0, 1e9),
  bankroll_from: choice(
    "Where the bankroll comes from: bankroll_usd, or the account's cash at the start of a run",
    ["config", "exchange"],
    "config",
  ),
});

const live = z.strictObject({
  max_order_contracts: integer("Most contracts of one order; 25 can only be lowered", 25, 1, 25),
  max_order_cost_usd: above(
    "Most that one order may cost, fee included, dollars; 20 can only be lowered",
    20,
    0,
    20,
  ),
  max_event_pct: above(
    "Most that all positions of one event may cost, share of bankroll",
    0.02,
    0,
    1,
  ),
  max_total_pct: above("Most that all positions together may cost, share of bankroll", 0.05, 0, 1),
  max_open_orders: integer("Orders that may be under way or rest at once", 4, 1, 1000),
  orders_per_market_hour: integer("Entries in one market within an hour", 1, 1, 100_000),
  orders_per_market_day: integer("Entries in one market within a day", 3, 1, 100_000),
  orders_per_minute: integer("Orders within a minute after which entries wait", 6, 1, 60),
  duplicate_s: number(
    "An entry at the same price within this time is refused, seconds; 0 allows it",
    30,
    0,
    86_400,
  ),
  model_gap_max: number(
    "By how much a side may be believed to be worth more than its mid, dollars",
    0.25,
    0,
    1,
  ),
  max_rolling_loss_pct: above("Loss of 24 hours that stops trading, share of bankroll", 0.03, 0, 1),
  max_drawdown_pct: above(
    "Loss from the highest point that stops trading, share of bankroll",
    0.1,
    0,
    1,
  ),
  loss_streak: integer(
    "Losses in a row after which entries wait; twice in a day stops trading",
    3,
    1,
    1000,
  ),
  loss_cooldown_minutes: number("How long they wait, minutes", 60, 0, 10_080),
  repeats_max: integer(
    "Entries of one signal without a fill, or filled at once, before trading stops",
    3,
    1,
    100_000,
  ),
  brier_worse_max: number(
    "By how much the model's Brier score of 50 bought markets may be worse than the market's",
    0.02,
    0,
    1,
  ),
  loop_lag_ms: above(
    "A stall of the process after which entries wait for new prices, milliseconds",
    500,
    0,
    60_000,
  ),
  disk_free_mb: number(
    "Entries wait while less is free where the database is, megabytes",
    500,
    0,
    1e9,
  ),
  wal_mb: above("Entries wait while the write-ahead log is larger, megabytes", 64, 0, 1_000_000),
  memory_mb: above(
    "Entries wait while the process takes more memory, megabytes",
    512,
    0,
    1_000_000,
  ),
});

const model = z.strictObject({
  shape: choice("Distribution of returns", ["student", "normal"], "student"),
  nu: above("Degrees of freedom of the Student distribution", 4, 2.5, 1000),
  basis_sd_bp_btc: number("Spot against settlement index, BTC, basis points s.d.", 1, 0, 1000),
  basis_sd_bp_eth: number("Spot against settlement index, ETH, basis points s.d.", 1, 0, 1000),
  basis_sd_bp_sol: number("Spot against settlement index, SOL, basis points s.d.", 3, 0, 1000),
  last_print_offset_s: integer(
    "Last value of the settlement average, seconds after the close; -1 for values from 60 s to 1 s before it",
    0,
    -5,
    5,
  ),
  sigma_min_bp: above(
    "Smallest believable volatility, basis points per root second",
    0.15,
    0,
    1000,
  ),
  sigma_max_bp: above("Largest believable volatility, basis points per root second", 10, 0, 1000),
  grid_s_btc: integer("Sampling step of the volatility estimate, BTC, seconds", 5, 1, 300),
  grid_s_eth: integer("Sampling step of the volatility estimate, ETH, seconds", 5, 1, 300),
  grid_s_sol: integer("Sampling step of the volatility estimate, SOL, seconds", 15, 1, 300),
  vol_estimator: choice(
    "How volatility is estimated (docs/volatility.md)",
    ["blend", "cascade", "ewma", "realised", "two_scale", "bipower", "medrv"],
    "cascade",
  ),
  fast_lambda_per_minute: withDefault(z.number().check(z.gt(0), z.lt(1)), 0.98).check(
    z.describe("Memory of the fast volatility estimate, weight kept per minute"),
  ),
  vol_window_minutes: integer("Trailing window of the estimator 'realised', minutes", 60, 1, 1440),
  recalibration: choice(
    "Map that corrects the model's probability, if calibrate fit has accepted one",
    ["off", "platt", "beta", "isotonic"],
    "off",
  ),
});

const fees = z.strictObject({
  align_ud: integer(
    "Cost plus fee is rounded up to a multiple of this, micro-dollars",
    100,
    1,
    1e6,
  ),
  trade_quantum_ud: integer(
    "The fee of one fill is rounded up to a multiple of this, micro-dollars",
    100,
    1,
    1e6,
  ),
});

const sim = z.strictObject({
  latency_ms: integer(
    "Half of all simulated orders and cancels arrive within this time, and slippage is guessed for it, milliseconds",
    350,
    0,
    60_000,
  ),
  latency_spread: number(
    "Spread of that time, standard deviation of its logarithm; 0 makes it constant",
    0.4,
    0,
    2,
  ),
  seed: integer("Seed of everything that is left to chance", 1, 0, 4_294_967_295),
  queue: choice(
    "Who of the queue in front of a resting order is believed to leave it (docs/paper.md)",
    ["riskAverse", "power2", "power3", "log"],
    "power3",
  ),
  participation: number("Share of displayed depth that a simulated order gets", 0.5, 0, 1),
  haircut: number("Share of depth assumed to vanish before a simulated order", 0.3, 0, 1),
  pessimistic_haircut: number("The same for the pessimistic end of every result", 0.5, 0, 1),
  book_stale_ms: integer("A book older than this fills nothing, milliseconds", 2000, 1, 3_600_000),
  settle_by_index_after_s: integer(
    "Without a result a paper position is settled by the index average, provisionally, this long after the close, seconds",
    120,
    0,
    86_400,
  ),
});

const exits = z.strictObject({
  rule: withDefault(z.string().check(z.refine(isExitRule)), "own").check(
    z.describe(
      "When holdings are sold; own leaves it to their strategy, hold keeps all to the end",
    ),
  ),
  cooldown_s: integer(
    "A market that the rule has sold in is entered again after this, seconds; -1 never",
    -1,
    -1,
    604_800,
  ),
  buffer_cents: number(
    "By how much the bid after its fee must beat the model, cents per contract",
    1,
    0,
    100,
  ),
  floor_cents: number("The rule sells no lower, cents", 5, 0, 100),
  max_seconds: integer("An exit that has begun sends orders for so long, seconds", 60, 1, 3600),
  max_orders: integer("Most orders that one exit sends", 20, 1, 100),
});

const news = z.strictObject({
  twitter_bearer_token: optionalText("X/Twitter bearer token (environment only)"),
  newsapi_key: optionalText("NewsAPI key (environment only)"),
  alphavantage_key: optionalText("Alpha Vantage key (environment only)"),
  rss_urls: withDefault(z.array(webAddress).check(z.maxLength(50)), [
    "https://www.coindesk.com/arc/outboundfeeds/rss/",
    "https://cointelegraph.com/rss",
  ]).check(z.describe("RSS and Atom feeds that are read")),
  rss_poll_s: integer("RSS and Atom feeds are read this often, seconds", 60, 10, 86_400),
  newsapi_url: text("Base address of NewsAPI", "https://newsapi.org"),
  newsapi_query: text("What NewsAPI is searched for", "bitcoin OR ethereum OR solana"),
  newsapi_poll_s: integer(
    "NewsAPI is asked this often, seconds; its free plan allows 100 a day",
    900,
    10,
    86_400,
  ),
  alphavantage_url: text("Base address of Alpha Vantage", "https://www.alphavantage.co"),
  alphavantage_ticker: text("What Alpha Vantage is asked for", "CRYPTO:BTC"),
  alphavantage_poll_s: integer(
    "Alpha Vantage is asked this often, seconds; its free plan allows 25 a day",
    3600,
    10,
    86_400,
  ),
  x_url: text("Base address of X", "https://api.x.com"),
  x_query: optionalText("What X is searched for; unset asks nothing, because X charges each post"),
  x_posts_per_hour: integer(
    "Most posts read from X in an hour, each about half a cent",
    60,
    10,
    50_000,
  ),
  x_poll_s: integer("X is asked this often, seconds", 300, 10, 86_400),
});

const weather = z.strictObject({
  series: tickers("Weather series that forecasts are recorded for", ["KXHIGHNY"]),
  poll_s: integer("Forecasts are asked for this often, seconds", 600, 10, 86_400),
  contact: optionalText(
    "Mail or web address that the weather service may write to; part of the User-Agent",
  ),
  noaa_url: text("Base address of the US weather service", "https://api.weather.gov"),
  open_meteo_url: text("Base address of Open-Meteo", "https://api.open-meteo.com"),
});

/** The whole configuration; one strict object per TOML table. */
export const configSchema = z.strictObject({
  kalshi,
  coinbase,
  kraken,
  binance,
  bitstamp,
  gemini,
  collect,
  storage,
  risk,
  live,
  model,
  fees,
  sim,
  exits,
  strategy: z.strictObject(STRATEGY_PARAMS),
  metrics,
  alerts,
  notify,
  news,
  weather,
});

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly Item[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

export type Config = DeepReadonly<z.output<typeof configSchema>>;

import { DEFAULTS } from "./defaults.ts";

/** One leaf of the configuration. */
export interface Key {
  /** Dotted path, as in `--set`: `strategy.threshold-ev.ev_min`. */
  readonly path: string;
  /** Names in the environment; the first that is set wins. */
  readonly env: readonly string[];
}

// Contract §3. The general name (KBT_SECTION__KEY) is added to each, except to the one that arms trading: a gate with
// one name cannot be opened by a second one that nobody looks for.
const CONTRACT_NAMES: Readonly<Record<string, readonly string[]>> = {
  "kalshi.env": ["KALSHI_ENV"],
  "kalshi.api_key_id": ["KALSHI_API_KEY_ID", "KALSHI_API_KEY"],
  "kalshi.private_key_path": ["KALSHI_PRIVATE_KEY_PATH", "KALSHI_PRIVATE_KEY"],
  "kalshi.rest_url": ["KALSHI_REST_URL", "KALSHI_BASE_URL"],
  "kalshi.ws_url": ["KALSHI_WS_URL"],
  "kalshi.ws_auth_mode": ["KALSHI_WS_AUTH_MODE"],
  "kalshi.market_tickers": ["KALSHI_MARKET_TICKERS"],
  "kalshi.market_status": ["KALSHI_MARKET_STATUS"],
  "kalshi.market_limit": ["KALSHI_MARKET_LIMIT"],
  "kalshi.market_max_pages": ["KALSHI_MARKET_MAX_PAGES"],
  "kalshi.event_ticker": ["KALSHI_EVENT_TICKER"],
  "kalshi.series": ["KALSHI_SERIES_TICKER"],
  "coinbase.ws_url": ["COINBASE_WS_URL"],
  "coinbase.product_id": ["COINBASE_PRODUCT_ID"],
  "coinbase.stale_after_s": ["COINBASE_STALE_SECONDS"],
  "collect.seconds": ["COLLECTOR_SECONDS"],
  "storage.db_path": ["DB_PATH", "KALSHI_DB_PATH"],
  "storage.log_path": ["LOG_PATH"],
  "risk.trading_enabled": ["TRADING_ENABLED"],
  "risk.max_daily_loss_pct": ["MAX_DAILY_LOSS_PCT"],
  "risk.max_position_pct": ["MAX_POSITION_PCT"],
  "risk.max_open_positions": ["MAX_OPEN_POSITIONS"],
  "strategy.threshold-ev.tau_max_minutes": ["TAU_MAX_MINUTES"],
  "strategy.threshold-ev.ev_min": ["EV_MIN"],
  "strategy.threshold-ev.spread_max_ticks": ["SPREAD_MAX_TICKS"],
  "strategy.threshold-ev.no_new_entries_last_seconds": ["NO_NEW_ENTRIES_LAST_SECONDS"],
  "notify.telegram_bot_token": ["TELEGRAM_BOT_TOKEN"],
  "notify.telegram_chat_id": ["TELEGRAM_CHAT_ID"],
  "notify.discord_webhook_url": ["DISCORD_WEBHOOK_URL"],
  "news.twitter_bearer_token": ["TWITTER_BEARER_TOKEN"],
  "news.newsapi_key": ["NEWSAPI_KEY"],
  "news.alphavantage_key": ["ALPHAVANTAGE_KEY"],
};

/** The names in the environment that do not begin with KBT_. */
export const PLAIN_NAMES: readonly string[] = Object.values(CONTRACT_NAMES).flat();

/** The only key whose truth must come from the environment. */
export const ARMING_PATH = "risk.trading_enabled";

/** Every key in the order of the schema, by path. */
export const KEYS: ReadonlyMap<string, Key> = new Map(
  [...leavesOf(DEFAULTS).keys()].map((path) => [path, { path, env: envNames(path) }]),
);

/** Every environment name with the path it sets. */
export const ENV_NAMES: ReadonlyMap<string, string> = new Map(
  [...KEYS.values()].flatMap(({ env, path }) => env.map((name) => [name, path] as const)),
);

/** The values of nested objects by dotted path, in their order; a list is a value. */
export function leavesOf(tree: object): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      leaves.set(path, value);
      return;
    }
    for (const [name, child] of Object.entries(value)) {
      visit(child, path === "" ? name : `${path}.${name}`);
    }
  };
  visit(tree, "");
  return leaves;
}

function envNames(path: string): readonly string[] {
  const contract = CONTRACT_NAMES[path] ?? [];
  if (path === ARMING_PATH) return contract;
  return [...contract, `KBT_${path.replaceAll(".", "__").replaceAll("-", "_").toUpperCase()}`];
}

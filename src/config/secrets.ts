import type { Config } from "./schema.ts";

// Tokens come from the environment only: a flag shows in `ps`, and a TOML file is copied, synced and committed.
const ENVIRONMENT_ONLY: ReadonlySet<string> = new Set([
  "notify.telegram_bot_token",
  "notify.telegram_chat_id",
  "notify.discord_webhook_url",
  "news.twitter_bearer_token",
  "news.newsapi_key",
  "news.alphavantage_key",
]);

const KEY_ID = "kalshi.api_key_id";

const SHORTEST_SHOWN = 8;

/** The value may come from the environment only. */
export function isEnvironmentOnly(path: string): boolean {
  return ENVIRONMENT_ONLY.has(path);
}

/** The value must not be shown or logged as it is. */
export function isSecret(path: string): boolean {
  return path === KEY_ID || ENVIRONMENT_ONLY.has(path);
}

/** A key id as people may see it: its first 4 characters and an ellipsis. */
export function maskKeyId(keyId: string): string {
  return keyId.length < SHORTEST_SHOWN ? "…" : `${keyId.slice(0, 4)}…`;
}

/** The value of a key as it may be shown: secrets masked, everything else unchanged. */
export function maskValue(path: string, value: unknown): unknown {
  if (!isSecret(path) || value === null || value === undefined) return value;
  return path === KEY_ID && typeof value === "string" ? maskKeyId(value) : "(set)";
}

/** Every secret value that is set, to be hidden by the log. */
export function secretsOf({ kalshi, notify, news }: Config): string[] {
  const { alphavantage_key, newsapi_key, twitter_bearer_token } = news;
  const tokens = [twitter_bearer_token, newsapi_key, alphavantage_key];
  const values = [kalshi.api_key_id, ...Object.values(notify), ...tokens, ...secretParts(notify)];
  return values.filter((value) => value !== null);
}

/** What alone would do of an address and of a token: both are also found cut, or with their colon encoded. */
function secretParts({
  discord_webhook_url: webhook,
  telegram_bot_token: token,
}: Config["notify"]) {
  const bot = token?.split(":")[1] ?? null;
  const hook = webhook === null ? null : (new URL(webhook).pathname.split("/").at(-1) ?? null);
  return [bot, hook].map((part) => (part === "" ? null : part));
}

/** The configuration as it may be stored with a run: secrets masked. */
export function maskConfig(config: Config): Config {
  const { kalshi, notify, news } = config;
  return {
    ...config,
    kalshi: {
      ...kalshi,
      api_key_id: kalshi.api_key_id === null ? null : maskKeyId(kalshi.api_key_id),
    },
    notify: {
      telegram_bot_token: hidden(notify.telegram_bot_token),
      telegram_chat_id: hidden(notify.telegram_chat_id),
      discord_webhook_url: hidden(notify.discord_webhook_url),
    },
    news: {
      ...news,
      twitter_bearer_token: hidden(news.twitter_bearer_token),
      newsapi_key: hidden(news.newsapi_key),
      alphavantage_key: hidden(news.alphavantage_key),
    },
  };
}

function hidden(value: string | null): string | null {
  return value === null ? null : "(set)";
}

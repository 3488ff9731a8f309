import { describe, expect, test } from "vitest";
import { leavesOf } from "../../../src/config/keys.ts";
import { type LoadedConfig, loadConfig } from "../../../src/config/load.ts";
import type { ConfigSources } from "../../../src/config/sources.ts";
import { KbtError } from "../../../src/core/errors.ts";

interface Parts extends Partial<Omit<ConfigSources, "toml">> {
  toml?: string;
}

function load({ toml, ...parts }: Parts = {}): Promise<LoadedConfig> {
  return loadConfig({
    env: {},
    dotenvText: null,
    flags: [],
    homeDir: "/home/ann",
    toml: toml === undefined ? null : { path: "config.toml", text: toml },
    ...parts,
  });
}

async function messageOf(parts: Parts): Promise<string> {
  const error: unknown = await load(parts).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KbtError);
  if (!(error instanceof KbtError)) return "";
  expect(error.kind).toBe("config");
  expect(error.code).toBe("CONFIG_INVALID");
  return error.message;
}

const set = (path: string, text: string) => ({ path, text, flag: "--set" });

describe("precedence", () => {
  const toml = "[risk]\nmax_open_positions = 2\nmax_position_pct = 0.1\nmax_daily_loss_pct = 0.2";
  const dotenvText = "MAX_OPEN_POSITIONS=3\nMAX_POSITION_PCT=0.11";

  test("each layer wins leaf by leaf over those below it", async () => {
    const { config, origins } = await load({
      toml,
      dotenvText,
      env: { MAX_OPEN_POSITIONS: "4" },
      flags: [set("risk.bankroll_usd", "50")],
    });
    expect(config.risk).toMatchObject({
      max_open_positions: 4,
      max_position_pct: 0.11,
      max_daily_loss_pct: 0.2,
      bankroll_usd: 50,
    });
    const kinds = ["max_open_positions", "max_position_pct", "max_daily_loss_pct", "bankroll_usd"];
    expect(kinds.map((key) => origins.get(`risk.${key}`)?.kind)).toEqual([
      "environment",
      "dotenv",
      "file",
      "flag",
    ]);
    expect(origins.get("model.nu")).toEqual({ kind: "default", name: "default", ignored: [] });
  });

  test("a flag wins over the environment, the last of two flags over the first", async () => {
    const { config } = await load({
      env: { EV_MIN: "0.5" },
      flags: [
        set("strategy.threshold-ev.ev_min", "0.1"),
        set("strategy.threshold-ev.ev_min", "0.2"),
      ],
    });
    expect(config.strategy["threshold-ev"].ev_min).toBe(0.2);
  });

  test("the first name of a pair wins and the origin names the loser", async () => {
    const { config, origins } = await load({
      env: { KALSHI_API_KEY: "second-key-id", KALSHI_API_KEY_ID: "first-key-id" },
    });
    expect(config.kalshi.api_key_id).toBe("first-key-id");
    expect(origins.get("kalshi.api_key_id")).toEqual({
      kind: "environment",
      name: "KALSHI_API_KEY_ID",
      ignored: ["KALSHI_API_KEY"],
    });
  });

  test("an empty first name leaves the second in force", async () => {
    const { config } = await load({ env: { DB_PATH: "", KALSHI_DB_PATH: "./b.sqlite" } });
    expect(config.storage.db_path).toBe("./b.sqlite");
  });

  test("the real environment wins over .env also by the second name of a pair", async () => {
    const { config, origins } = await load({
      env: { KALSHI_DB_PATH: "./real.sqlite" },
      dotenvText: "DB_PATH=./dotenv.sqlite",
    });
    expect(config.storage.db_path).toBe("./real.sqlite");
    expect(origins.get("storage.db_path")?.ignored).toEqual([".env DB_PATH"]);
  });

  test("I33: an empty limit in the real environment is not mended by .env", async () => {
    const message = await messageOf({ env: { EV_MIN: "" }, dotenvText: "EV_MIN=0.05" });
    expect(message).toContain("strategy.threshold-ev.ev_min is empty (from environment EV_MIN)");
  });
});

describe("environment names of the contract", () => {
  test.each([
    ["KALSHI_ENV", "prod", "kalshi.env", "prod"],
    ["KALSHI_API_KEY", "abc-def-123", "kalshi.api_key_id", "abc-def-123"],
    ["KALSHI_PRIVATE_KEY", "/k.pem", "kalshi.private_key_path", "/k.pem"],
    ["KALSHI_PRIVATE_KEY_PATH", "~/k.pem", "kalshi.private_key_path", "/home/ann/k.pem"],
    ["KALSHI_BASE_URL", "https://x.example/v2", "kalshi.rest_url", "https://x.example/v2"],
    ["KALSHI_WS_URL", "ws://127.0.0.1:9/ws", "kalshi.ws_url", "ws://127.0.0.1:9/ws"],
    ["KALSHI_WS_AUTH_MODE", "header", "kalshi.ws_auth_mode", "header"],
    ["KALSHI_MARKET_TICKERS", "A-1, B-2", "kalshi.market_tickers", ["A-1", "B-2"]],
    ["KALSHI_MARKET_STATUS", "closed", "kalshi.market_status", "closed"],
    ["KALSHI_MARKET_LIMIT", "1000", "kalshi.market_limit", 1000],
    ["KALSHI_MARKET_MAX_PAGES", "3", "kalshi.market_max_pages", 3],
    ["KALSHI_EVENT_TICKER", "KXBTC-26NOV2117", "kalshi.event_ticker", "KXBTC-26NOV2117"],
    ["KALSHI_SERIES_TICKER", "KXETH15M,KXBTCD", "kalshi.series", ["KXETH15M", "KXBTCD"]],
    ["COINBASE_WS_URL", "wss://c.example", "coinbase.ws_url", "wss://c.example"],
    ["COINBASE_PRODUCT_ID", "ETH-USD", "coinbase.product_id", "ETH-USD"],
    ["COINBASE_STALE_SECONDS", "2.5", "coinbase.stale_after_s", 2.5],
    ["COLLECTOR_SECONDS", "0", "collect.seconds", 0],
    ["LOG_PATH", "/l.jsonl", "storage.log_path", "/l.jsonl"],
    ["MAX_DAILY_LOSS_PCT", "0", "risk.max_daily_loss_pct", 0],
    ["MAX_POSITION_PCT", "1", "risk.max_position_pct", 1],
    ["MAX_OPEN_POSITIONS", "7", "risk.max_open_positions", 7],
    ["TELEGRAM_BOT_TOKEN", "t", "notify.telegram_bot_token", "t"],
    ["TELEGRAM_CHAT_ID", "5", "notify.telegram_chat_id", "5"],
    [
      "DISCORD_WEBHOOK_URL",
      "https://discord.com/api/webhooks/1/a-b_c?thread_id=2",
      "notify.discord_webhook_url",
      "https://discord.com/api/webhooks/1/a-b_c?thread_id=2",
    ],
    ["TWITTER_BEARER_TOKEN", "t", "news.twitter_bearer_token", "t"],
    ["NEWSAPI_KEY", "n", "news.newsapi_key", "n"],
    ["ALPHAVANTAGE_KEY", "a", "news.alphavantage_key", "a"],
    ["KBT_SIM__LATENCY_MS", "10", "sim.latency_ms", 10],
    ["KBT_COLLECT__COINBASE", "false", "collect.coinbase", false],
  ] as const)("%s=%s", async (name, text, path, expected) => {
    const { config } = await load({ env: { [name]: text } });
    expect(leavesOf(config).get(path)).toEqual(expected);
  });

  test.each([
    ["TAU_MAX_MINUTES", "30", "tau_max_minutes", 30],
    ["EV_MIN", "0.04", "ev_min", 0.04],
    ["SPREAD_MAX_TICKS", "2", "spread_max_ticks", 2],
    ["NO_NEW_ENTRIES_LAST_SECONDS", "5", "no_new_entries_last_seconds", 5],
    ["KBT_STRATEGY__THRESHOLD_EV__CONTRACTS", "3", "contracts", 3],
  ] as const)("%s=%s sets the strategy", async (name, text, key, expected) => {
    const { config } = await load({ env: { [name]: text } });
    expect(config.strategy["threshold-ev"][key]).toBe(expected);
  });
});

describe("TRADING_ENABLED", () => {
  test.each(["", "0", "true", "yes", "01", " 1", "1 ", "1.0", "2"])(
    "%j does not arm",
    async (text) => {
      const { config } = await load({ env: { TRADING_ENABLED: text } });
      expect(config.risk.trading_enabled).toBe(false);
    },
  );

  test("exactly 1 arms, also from .env", async () => {
    expect((await load({ env: { TRADING_ENABLED: "1" } })).config.risk.trading_enabled).toBe(true);
    expect((await load({ dotenvText: "TRADING_ENABLED=1" })).config.risk.trading_enabled).toBe(
      true,
    );
  });

  test("a value that was perhaps meant to arm is warned of", async () => {
    const { warnings } = await load({ env: { TRADING_ENABLED: "true" } });
    expect(warnings).toEqual([
      "TRADING_ENABLED is not exactly 1, so risk.trading_enabled stays false",
    ]);
  });

  test.each<[string, Parts]>([
    ["a flag", { flags: [set("risk.trading_enabled", "1")] }],
    ["the TOML file", { toml: "[risk]\ntrading_enabled = true" }],
  ])("%s cannot arm", async (_, parts) => {
    expect(await messageOf(parts)).toContain("only TRADING_ENABLED=1 in the environment arms");
  });

  test("there is no second name for it", async () => {
    const message = await messageOf({ env: { KBT_RISK__TRADING_ENABLED: "1" } });
    expect(message).toContain("did you mean TRADING_ENABLED?");
  });
});

describe("refusals name the variable and the rule", () => {
  test.each([
    [
      "MAX_DAILY_LOSS_PCT",
      "",
      "risk.max_daily_loss_pct is empty (from environment MAX_DAILY_LOSS_PCT); it must be a number from 0 to 1",
    ],
    [
      "MAX_DAILY_LOSS_PCT",
      "3%",
      'risk.max_daily_loss_pct is "3%" (from environment MAX_DAILY_LOSS_PCT); it must be a number from 0 to 1',
    ],
    [
      "MAX_POSITION_PCT",
      "-0.1",
      "is -0.1 (from environment MAX_POSITION_PCT); it must be a number from 0 to 1",
    ],
    ["MAX_POSITION_PCT", "Infinity", 'is "Infinity"'],
    ["MAX_POSITION_PCT", "nan", 'is "nan"'],
    ["MAX_POSITION_PCT", "1e-2", 'is "1e-2"'],
    ["MAX_POSITION_PCT", "0x1", 'is "0x1"'],
    ["MAX_OPEN_POSITIONS", "1.5", "it must be an integer from 0 to 1000"],
    ["EV_MIN", "two", "it must be a number from 0 to 1"],
    ["KALSHI_ENV", "production", "it must be one of demo, prod"],
    ["KALSHI_ENV", "", "kalshi.env is empty"],
    [
      "KALSHI_WS_AUTH_MODE",
      "query",
      "it would put the key id and the signature into addresses and logs",
    ],
    ["KALSHI_REST_URL", "http://api.example/v2", "it must be an https:// address"],
    ["KALSHI_WS_URL", "https://api.example/ws", "it must be a wss:// address"],
    ["KALSHI_WS_URL", "wss://api.example/ws?key=1", "it must be a wss:// address"],
    ["KALSHI_SERIES_TICKER", "kxbtc", "it must be at most 200 tickers"],
    ["KBT_COLLECT__KALSHI", "maybe", "it must be true or false"],
    ["KBT_MODEL__NU", "2", "it must be a number above 2.5 and at most 1000"],
    ["KBT_EXITS__RULE", "stopp25", 'exits.rule is "stopp25"'],
    ["KBT_EXITS__RULE", "hold+model", "it must be hold, own, or stop25, target35, time10m"],
    ["KBT_MODEL__FAST_LAMBDA_PER_MINUTE", "1", "it must be a number above 0 and below 1"],
  ])("%s=%s", async (name, text, expected) => {
    expect(await messageOf({ env: { [name]: text } })).toContain(expected);
  });

  test.each([
    ["nan", "[risk]\nmax_position_pct = nan"],
    ["inf", "[risk]\nmax_position_pct = inf"],
    ["a text", '[risk]\nmax_position_pct = "0.1"'],
    ["a table", "[risk.max_position_pct]\na = 1"],
    ["a date", "[risk]\nmax_position_pct = 2026-11-21"],
  ])("a TOML limit that is %s", async (_, toml) => {
    const message = await messageOf({ toml });
    expect(message).toMatch(
      /^risk\.max_position_pct is .* \(from config\.toml\); it must be a number from 0 to 1$/,
    );
  });

  test("the text of a key is refused and not repeated", async () => {
    const pem = "-----BEGIN PRIVATE KEY-----\\nMIIcanary\\n-----END PRIVATE KEY-----";
    const message = await messageOf({ env: { KALSHI_PRIVATE_KEY: pem, KALSHI_API_KEY_ID: pem } });
    expect(message).toContain("kalshi.private_key_path holds the text of a key");
    expect(message).toContain("kalshi.api_key_id holds the text of a key");
    expect(message).not.toContain("MIIcanary");
  });

  test("a password in an address is not repeated", async () => {
    const message = await messageOf({ env: { KALSHI_REST_URL: "https://ann:canary@api.example" } });
    expect(message).not.toContain("canary");
  });

  test("secrets are refused in the file and on the command line, unseen", async () => {
    const message = await messageOf({
      toml: '[notify]\ntelegram_bot_token = "canary-1"',
      flags: [set("news.newsapi_key", "canary-2"), set("kalshi.api_key_id", "canary-3")],
    });
    expect(message).toContain("set TELEGRAM_BOT_TOKEN in the environment instead");
    expect(message).toContain("set NEWSAPI_KEY in the environment instead");
    expect(message).toContain("kalshi.api_key_id on the command line can be read by every user");
    expect(message).not.toContain("canary");
  });

  test.each([
    ["prod", "https://demo-api.kalshi.co/trade-api/v2"],
    ["demo", "https://external-api.kalshi.com/trade-api/v2"],
  ])("I37: environment %s with a host of the other", async (env, url) => {
    const message = await messageOf({ env: { KALSHI_ENV: env, KALSHI_REST_URL: url } });
    expect(message).toContain("it must not be a host of the other environment");
  });

  test("bounds of volatility the wrong way round", async () => {
    const message = await messageOf({ toml: "[model]\nsigma_min_bp = 20" });
    expect(message).toContain(
      "model.sigma_min_bp is 20 (from config.toml and default); it must be below model.sigma_max_bp, 10",
    );
  });
});

describe("I33: unknown keys", () => {
  test.each<[string, Parts, string]>([
    [
      "near leaf",
      { toml: "[risk]\nmax_open_position = 1" },
      "did you mean risk.max_open_positions?",
    ],
    [
      "leaf of another table",
      { toml: "[risk]\nev_min = 1" },
      "did you mean strategy.threshold-ev.ev_min?",
    ],
    [
      "bare leaf in --set",
      { flags: [set("ev_min", "1")] },
      "ev_min is not a key (from flag --set); did you mean strategy.threshold-ev.ev_min?",
    ],
    [
      "near table",
      { toml: "[kalshy]\nenv = 'demo'" },
      "kalshy is not a key (from config.toml); did you mean kalshi?",
    ],
    ["nothing near", { toml: "zzzzzzzzzzzz = 1" }, "kbt config show lists every key"],
    [
      "a value for a table",
      { toml: "risk = 1" },
      "risk is a table of keys (from config.toml); write [risk]",
    ],
    [
      "environment name",
      { env: { KBT_RISK__BANKROL_USD: "1" } },
      "did you mean KBT_RISK__BANKROLL_USD?",
    ],
    ["one underscore", { env: { KBT_SIM_LATENCY_MS: "1" } }, "did you mean KBT_SIM__LATENCY_MS?"],
    [".env name", { dotenvText: "KBT_X=1" }, "KBT_X (from .env) sets no key"],
    ["prototype", { toml: "[__proto__]\nx = 1" }, "__proto__ is not a key"],
  ])("%s", async (_, parts, expected) => {
    expect(await messageOf(parts)).toContain(expected);
  });

  test("a contract name misspelt by a letter is warned of", async () => {
    const { warnings } = await load({ env: { MAX_POSITIONS_PCT: "0.01", HOME: "/h" } });
    expect(warnings).toEqual([
      "MAX_POSITIONS_PCT in the environment is ignored; did you mean MAX_POSITION_PCT?",
    ]);
  });
});

describe("problems", () => {
  test("all of them are reported at once, each with its source", async () => {
    const message = await messageOf({
      env: { MAX_DAILY_LOSS_PCT: "x" },
      dotenvText: "not an assignment\nEV_MIN=-1",
      toml: "[risk]\nmax_open_positions = -2",
      flags: [set("risk.bankroll_usd", "0")],
    });
    expect(message.trimEnd().split("\n")).toEqual([
      "5 problems in the configuration:",
      "  - .env line 1 is not NAME=value; a limit written there would be lost",
      "  - risk.max_open_positions is -2 (from config.toml); it must be an integer from 0 to 1000",
      '  - risk.max_daily_loss_pct is "x" (from environment MAX_DAILY_LOSS_PCT); it must be a number from 0 to 1',
      "  - strategy.threshold-ev.ev_min is -1 (from .env EV_MIN); it must be a number from 0 to 1",
      "  - risk.bankroll_usd is 0 (from flag --set); it must be a number above 0 and at most 1000000000",
    ]);
  });

  test.each([
    ["broken TOML", "[risk\n", /^config\.toml line 1, column \d+: /],
    ["a TOML file above 64 KiB", `# ${"x".repeat(65_536)}`, /larger than 64 KiB/],
  ])("%s", async (_, toml, expected) => {
    expect(await messageOf({ toml })).toMatch(expected);
  });
});

describe("unset", () => {
  test("empty names in a template leave the defaults", async () => {
    const { config } = await load({
      dotenvText:
        "KALSHI_API_KEY_ID=\nKALSHI_EVENT_TICKER=\nKALSHI_MARKET_TICKERS=\nDB_PATH=\nTRADING_ENABLED=",
    });
    expect(config.kalshi.api_key_id).toBeNull();
    expect(config.storage.db_path).toBe("./data/kbt.sqlite");
  });

  test("--set key= takes a value away where unset is a value, and fails elsewhere", async () => {
    const { config } = await load({
      env: { KALSHI_EVENT_TICKER: "E-1" },
      flags: [set("kalshi.event_ticker", ""), set("kalshi.series", "")],
    });
    expect(config.kalshi.event_ticker).toBeNull();
    expect(config.kalshi.series).toEqual([]);
    expect(await messageOf({ flags: [set("storage.db_path", "")] })).toContain(
      "storage.db_path is empty",
    );
  });
});

describe("the way without zod", () => {
  test.each<[string, Parts]>([
    ["nothing at all", {}],
    ["--db", { flags: [{ path: "storage.db_path", text: "/tmp/x.sqlite", flag: "--db" }] }],
  ])("gives what the checked way gives: %s", async (_, parts) => {
    const quick = await load(parts);
    // An empty file configures nothing but makes the loader check everything.
    const checked = await load({ ...parts, toml: "" });
    expect({ ...quick, tomlPath: null }).toEqual({ ...checked, tomlPath: null });
  });

  test("does not let a strange --db past the checks", async () => {
    const message = await messageOf({
      flags: [{ path: "storage.db_path", text: "", flag: "--db" }],
    });
    expect(message).toContain("storage.db_path is empty (from flag --db)");
  });
});

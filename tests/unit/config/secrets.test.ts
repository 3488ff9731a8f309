import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { maskConfig, maskKeyId, maskValue, secretsOf } from "../../../src/config/secrets.ts";

const config = {
  ...DEFAULTS,
  kalshi: { ...DEFAULTS.kalshi, api_key_id: "a952bcbe-ec3b-4b5b-b8f9-11dae589608c" },
  notify: { ...DEFAULTS.notify, telegram_bot_token: "canary-token" },
  news: { ...DEFAULTS.news, newsapi_key: "canary-news" },
};

test.each([
  ["DISCORD_WEBHOOK_URL", "https://evil.example/api/webhooks/1/canary"],
  ["DISCORD_WEBHOOK_URL", "http://discord.com/api/webhooks/1/canary"],
  ["DISCORD_WEBHOOK_URL", "https://discord.com.evil.example/api/webhooks/1/canary"],
  ["DISCORD_WEBHOOK_URL", "https://discord.com/api/webhooks/1/canary/../../x"],
  ["KBT_ALERTS__TELEGRAM_URL", "https://api.telegram.org.evil.example"],
  ["KBT_ALERTS__TELEGRAM_URL", "http://192.168.0.7:80"],
  ["KBT_ALERTS__TELEGRAM_URL", "https://user@api.telegram.org"],
])(
  "alerts go to the services' own hosts alone: %s=%s is refused, and a secret not shown",
  async (name, value) => {
    const sources = {
      env: { [name]: value },
      dotenvText: null,
      toml: null,
      flags: [],
      homeDir: "/",
    };
    const message = await loadConfig(sources).then(
      () => "accepted",
      (error: unknown) => String(error),
    );
    expect(message).toContain("it must be");
    expect(message).not.toContain("canary");
  },
);

test("a key id shows its first four characters, a short one none", () => {
  expect(maskKeyId("a952bcbe-ec3b")).toBe("a952…");
  expect(maskKeyId("a952bcb")).toBe("…");
});

test("other secrets only show that they are set", () => {
  expect(maskValue("notify.telegram_bot_token", "canary-token")).toBe("(set)");
  expect(maskValue("notify.telegram_bot_token", null)).toBeNull();
  expect(maskValue("risk.max_open_positions", 3)).toBe(3);
});

test("the log also learns the halves of a token and of a webhook, which may stand alone", () => {
  const secrets = secretsOf({
    ...config,
    notify: {
      ...config.notify,
      telegram_bot_token: "123456:AAH-canary",
      discord_webhook_url: "https://discord.com/api/webhooks/1/canary-hook?thread_id=2",
    },
  });
  expect(secrets).toContain("AAH-canary");
  expect(secrets).toContain("canary-hook");
});

test("I36: a stored configuration holds no secret, and the log learns all of them", () => {
  const stored = JSON.stringify(maskConfig(config));
  const secrets = secretsOf(config);
  expect(secrets).toEqual([config.kalshi.api_key_id, "canary-token", "canary-news"]);
  for (const secret of secrets) expect(stored).not.toContain(secret);
});

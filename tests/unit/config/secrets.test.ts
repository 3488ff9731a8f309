import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { maskConfig, maskKeyId, maskValue, secretsOf } from "../../../src/config/secrets.ts";

const config = {
  ...DEFAULTS,
  kalshi: { ...DEFAULTS.kalshi, api_key_id: "a952bcbe-ec3b-4b5b-b8f9-11dae589608c" },
  notify: { ...DEFAULTS.notify, telegram_bot_token: "canary-token" },
  news: { ...DEFAULTS.news, newsapi_key: "canary-news" },
};

test("a key id shows its first four characters, a short one none", () => {
  expect(maskKeyId("a952bcbe-ec3b")).toBe("a952…");
  expect(maskKeyId("a952bcb")).toBe("…");
});

test("other secrets only show that they are set", () => {
  expect(maskValue("notify.telegram_bot_token", "canary-token")).toBe("(set)");
  expect(maskValue("notify.telegram_bot_token", null)).toBeNull();
  expect(maskValue("risk.max_open_positions", 3)).toBe(3);
});

test("a stored configuration holds no secret, and the log learns all of them", () => {
  const stored = JSON.stringify(maskConfig(config));
  const secrets = secretsOf(config);
  expect(secrets).toEqual([config.kalshi.api_key_id, "canary-token", "canary-news"]);
  for (const secret of secrets) expect(stored).not.toContain(secret);
});

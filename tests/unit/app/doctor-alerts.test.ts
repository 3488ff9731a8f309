import { afterEach, expect, test } from "vitest";
import { secretsHider } from "../../../src/app/compose/alert-services.ts";
import { alertLines } from "../../../src/app/compose/doctor/alerts.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Config } from "../../../src/config/schema.ts";
import { HOOK_TOKEN, type Messengers, startMessengers } from "../../support/messengers.ts";

let messengers: Messengers | null = null;
afterEach(() => messengers?.close());

async function look(discordStatus: number, notify: Partial<Config["notify"]> = {}) {
  messengers = await startMessengers(discordStatus);
  const { env } = messengers;
  const config: Config = {
    ...DEFAULTS,
    alerts: { ...DEFAULTS.alerts, telegram_url: env["KBT_ALERTS__TELEGRAM_URL"] ?? "" },
    notify: {
      telegram_bot_token: env["TELEGRAM_BOT_TOKEN"] ?? null,
      telegram_chat_id: env["TELEGRAM_CHAT_ID"] ?? null,
      discord_webhook_url: env["DISCORD_WEBHOOK_URL"] ?? null,
      ...notify,
    },
  };
  const { signal } = new AbortController();
  const lines = await alertLines(config, signal);
  expect(JSON.stringify(lines)).not.toContain("canary");
  return lines.map(({ check, detail, state }) => `${check} ${state}: ${detail}`);
}

test("secrets are taken out of what is sent, a chat id of one digit is none", () => {
  const hide = secretsHider({
    ...DEFAULTS,
    notify: { ...DEFAULTS.notify, telegram_bot_token: "123456:canary-bot", telegram_chat_id: "5" },
  });
  expect(hide("KXBTC15M: 401 at /bot123456:canary-bot/x and canary-bot")).toBe(
    "KXBTC15M: 401 at /bot(secret)/x and (secret)",
  );
});

test("what each messenger says comes back", async () => {
  const lines = await look(204, { telegram_bot_token: null, telegram_chat_id: null });
  expect(lines).toEqual([
    expect.stringMatching(/^alerts discord ok: took a test message in \d+ ms$/),
  ]);
  expect(messengers?.discord[0]?.url).toContain(HOOK_TOKEN);
  expect(messengers?.discord[0]?.text).toContain("kbt can reach you");
});

test("also when it is bad", async () => {
  expect(await look(404)).toEqual([
    "alerts telegram fail: too many messages: it wants none for 1 s",
    "alerts discord fail: discord: status 404; token or address is wrong, or was taken back",
  ]);
});

test.each([
  [{ telegram_chat_id: null }, "Telegram needs a token and a chat, and the chat is missing"],
  [
    { telegram_bot_token: null, telegram_chat_id: null, discord_webhook_url: null },
    "no messenger is configured",
  ],
])("one that is not configured fails: %j", async (notify, detail) => {
  expect(await look(204, notify)).toEqual([`alerts fail: ${detail}`]);
});

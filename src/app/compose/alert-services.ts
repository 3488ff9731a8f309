import { createDiscord } from "../../adapters/alerts/discord.ts";
import { createTelegram } from "../../adapters/alerts/telegram.ts";
import { createHttpClient } from "../../adapters/platform/http.ts";
import type { Config } from "../../config/schema.ts";
import { secretsOf } from "../../config/secrets.ts";
import { KbtError } from "../../core/errors.ts";
import type { AlertService } from "../../ports-alerts.ts";

/** Of a messenger that hangs nothing is waited for that anybody else needs. */
const LIMITS = { connectMs: 3_000, headersMs: 5_000, bodyMs: 3_000, bodyBytes: 64 * 1024 };

/** The messengers that are configured, each with connections of its own. */
export function alertServices({ alerts, notify }: Config): AlertService[] {
  const {
    discord_webhook_url: webhook,
    telegram_bot_token: token,
    telegram_chat_id: chatId,
  } = notify;
  const services: AlertService[] = [];
  if (token !== null && chatId !== null) {
    const http = createHttpClient(LIMITS);
    services.push(createTelegram({ http, baseUrl: alerts.telegram_url, token, chatId }));
  } else if (token !== null || chatId !== null) {
    throw new KbtError({
      kind: "config",
      code: "ALERTS_INCOMPLETE",
      message: `Telegram needs a token and a chat, and ${token === null ? "the token" : "the chat"} is missing`,
      hint: "set both TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or neither",
    });
  }
  if (webhook !== null) services.push(createDiscord(createHttpClient(LIMITS), webhook));
  return services;
}

const SECRET_LENGTH_MIN = 6;

/** Takes every secret out of a text that leaves the machine; what is shorter than any of them is a common word or number. */
export function secretsHider(config: Config): (text: string) => string {
  const secrets = secretsOf(config).filter(({ length }) => length >= SECRET_LENGTH_MIN);
  return (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "(secret)"), text);
}

// zod/mini, not zod: see strategies/threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { flag, integer, number, optionalText } from "./key-schemas.ts";

// The keys of what looks at a run from outside.

export const metrics = z.strictObject({
  port: integer("Port of /metrics and /healthz on 127.0.0.1; 0 serves none", 0, 0, 65_535),
});

export const alerts = z.strictObject({
  started: flag("Say when a run starts, and when it ends as asked", true),
  fills: flag("Say every fill", true),
  settlements: flag("Say every settlement", true),
  milestone_usd: number(
    "Say when the realised profit of a run passes a multiple of this, dollars; 0 never",
    25,
    0,
    1e6,
  ),
  feed_silent_s: integer(
    "A feed that says nothing for so long is an outage, seconds",
    60,
    5,
    86_400,
  ),
  digest: flag("Say once a day what the last 24 hours brought", true),
  digest_utc: withDefault(z.string().check(z.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/)), "00:00").check(
    z.describe("When that is said, UTC"),
  ),
  repeat_s: integer("The same alert is said again only after so long, seconds", 900, 1, 86_400),
  queue: integer("Most alerts that wait for one messenger", 100, 1, 10_000),
  in_sim: flag("Send them with --sim too", false),
  telegram_url: withDefault(
    z
      .string()
      .check(
        z.regex(/^(?:https:\/\/api\.telegram\.org|http:\/\/(?:127\.0\.0\.1|localhost):\d{1,5})$/),
      ),
    "https://api.telegram.org",
  ).check(z.describe("Telegram's address; another one only for tests on this machine")),
});

export const notify = z.strictObject({
  telegram_bot_token: optionalText("Telegram bot token (environment only)"),
  telegram_chat_id: optionalText("Telegram chat (environment only)"),
  discord_webhook_url: withDefault(
    z.nullable(
      z
        .string()
        .check(
          z.maxLength(1024),
          z.regex(
            /^(?:https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com|http:\/\/(?:127\.0\.0\.1|localhost):\d{1,5})\/api\/(?:v\d{1,2}\/)?webhooks\/\d{1,25}\/[\w-]{1,200}(?:\?thread_id=\d{1,25})?$/,
          ),
        ),
    ),
    null,
  ).check(z.describe("Discord webhook address (environment only)")),
});

import { KbtError } from "../../core/errors.ts";
import type { HttpClient, HttpResponse } from "../../ports.ts";
import { type AlertService, type Delivery, headOf, type Notice } from "../../ports-alerts.ts";
import { objectOf, pauseOf, quoted } from "./answer.ts";

// https://discord.com/developers/docs/resources/webhook#execute-webhook
//
// | answer          | what we do                                                                            |
// |-----------------|---------------------------------------------------------------------------------------|
// | 200, 204        | sent; nothing more before reset-after when x-ratelimit-remaining is 0                 |
// | 429             | later, after retry_after seconds, also when Cloudflare says so in HTML                |
// | 401, 403, 404   | the webhook is gone: never again (10,000 such answers in 10 minutes ban the address)  |
// | other 4xx       | this message is refused                                                               |
// | 5xx, no answer  | tried again; it may have been delivered, so each carries its number                   |

/** Discord allows 2000 characters. */
const TEXT_MAX = 1_990;
/** Where the headers say nothing else: usually five in two seconds and thirty a minute. */
const PACE = { gapMs: 500, perMinute: 30 } as const;

/** `url` holds the token of the webhook, so it may never be shown. */
export function createDiscord(http: HttpClient, url: string): AlertService {
  return {
    name: "discord",
    pace: PACE,
    fits: (notices) => textOf(notices).length <= TEXT_MAX,
    async send(notices, signal) {
      const body = JSON.stringify({
        content: textOf(notices),
        username: "kbt",
        // Whatever stands in the text, nobody is called by it.
        allowed_mentions: { parse: [] },
      });
      const headers = { "content-type": "application/json" };
      try {
        return deliveryOf(await http.request({ method: "POST", url, headers, body }, signal));
      } catch (error) {
        if (!(error instanceof KbtError)) throw error;
        return { type: "failed", reason: error.message };
      }
    },
  };
}

function deliveryOf(response: HttpResponse): Delivery {
  const { headers, status } = response;
  const { message, retry_after: retryAfter } = objectOf(response);
  const reason = `discord: ${quoted(message, status)}`;
  if (status === 200 || status === 204) {
    const isSpent = headers["x-ratelimit-remaining"] === "0";
    return { type: "sent", pauseMs: isSpent ? pauseOf(headers["x-ratelimit-reset-after"]) : 0 };
  }
  if (status === 429)
    return { type: "later", pauseMs: pauseOf(retryAfter ?? headers["retry-after"]) };
  if (status === 401 || status === 403 || status === 404) return { type: "gone", reason };
  return { type: status >= 500 ? "failed" : "refused", reason };
}

function textOf(notices: readonly Notice[]): string {
  return notices
    .map((notice) => {
      const lines = notice.lines.map(escapeMarkdown);
      return [
        `**${escapeMarkdown(headOf(notice))}**`,
        ...lines,
        `-# ${escapeMarkdown(notice.signature)}`,
      ].join("\n");
    })
    .join("\n");
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\*_~`|>#[\]<@]/g, (mark) => `\\${mark}`).replace(/^-/, "\\-");
}

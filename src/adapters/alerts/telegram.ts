import { KbtError } from "../../core/errors.ts";
import type { HttpClient, HttpResponse } from "../../ports.ts";
import { type AlertService, type Delivery, headOf, type Notice } from "../../ports-alerts.ts";
import { objectOf, pauseOf, quoted } from "./answer.ts";

// https://core.telegram.org/bots/api#sendmessage
//
// | answer                              | what we do                                                          |
// |-------------------------------------|---------------------------------------------------------------------|
// | 200                                 | sent                                                                |
// | 400 can't parse entities            | the same once more as plain text                                    |
// | 400 migrate_to_chat_id              | the same to the new chat                                            |
// | 400 else                            | this message is refused                                             |
// | 401, 404                            | no such bot: never again                                            |
// | 403                                 | the bot may not write there: never again                            |
// | 429                                 | later, after retry_after seconds                                    |
// | 5xx, no answer                      | tried again; it may have been delivered, so each carries its number |

/** Telegram allows 4096 characters after its tags are taken away. */
const TEXT_MAX = 4_000;
/** A chat takes one message a second, a group twenty a minute. */
const PACE = { gapMs: 1_100, perMinute: 20 } as const;

export interface TelegramOptions {
  readonly http: HttpClient;
  readonly baseUrl: string;
  /** Part of the address of every request, so no address may ever be shown. */
  readonly token: string;
  readonly chatId: string;
}

export function createTelegram({ baseUrl, chatId, http, token }: TelegramOptions): AlertService {
  const url = `${baseUrl}/bot${token}/sendMessage`;
  let chat = chatId;
  const post = (body: object, signal: AbortSignal): Promise<HttpResponse> =>
    http.request(
      {
        method: "POST",
        url,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          chat_id: chat,
          link_preview_options: { is_disabled: true },
          ...body,
        }),
      },
      signal,
    );
  const deliver = async (notices: readonly Notice[], signal: AbortSignal): Promise<Delivery> => {
    const isQuiet = notices.every(({ severity }) => severity === "info");
    const rest = { disable_notification: isQuiet };
    let response = await post({ text: htmlOf(notices), parse_mode: "HTML", ...rest }, signal);
    const moved = newChat(response);
    if (moved !== null) {
      chat = moved;
      response = await post({ text: htmlOf(notices), parse_mode: "HTML", ...rest }, signal);
    }
    if (response.status === 400 && /parse entities/i.test(saidIn(response))) {
      response = await post({ text: plainOf(notices), ...rest }, signal);
    }
    return deliveryOf(response);
  };
  return {
    name: "telegram",
    pace: PACE,
    fits: (notices) => plainOf(notices).length <= TEXT_MAX,
    async send(notices, signal) {
      try {
        return await deliver(notices, signal);
      } catch (error) {
        if (!(error instanceof KbtError)) throw error;
        return { type: "failed", reason: error.message };
      }
    },
  };
}

function deliveryOf(response: HttpResponse): Delivery {
  const { status } = response;
  const reason = `telegram: ${quoted(saidIn(response), status)}`;
  if (status === 200) return { type: "sent", pauseMs: 0 };
  if (status === 429)
    return { type: "later", pauseMs: pauseOf(parameterOf(response, "retry_after")) };
  if (status === 401 || status === 403 || status === 404) return { type: "gone", reason };
  return { type: status >= 500 ? "failed" : "refused", reason };
}

function saidIn(response: HttpResponse): string {
  const { description } = objectOf(response);
  return typeof description === "string" ? description : "";
}

function parameterOf(response: HttpResponse, name: string): unknown {
  const { parameters } = objectOf(response);
  if (typeof parameters !== "object" || parameters === null) return undefined;
  return new Map<string, unknown>(Object.entries(parameters)).get(name);
}

/** A group that became a supergroup has another id. */
function newChat(response: HttpResponse): string | null {
  const id = response.status === 400 ? parameterOf(response, "migrate_to_chat_id") : undefined;
  return typeof id === "number" || typeof id === "string" ? String(id) : null;
}

function plainOf(notices: readonly Notice[]): string {
  return notices
    .map((notice) => [headOf(notice), ...notice.lines, notice.signature].join("\n"))
    .join("\n\n");
}

function htmlOf(notices: readonly Notice[]): string {
  return notices
    .map((notice) => {
      const head = `<b>${escapeHtml(headOf(notice))}</b>`;
      const lines = notice.lines.map(escapeHtml);
      return [head, ...lines, `<i>${escapeHtml(notice.signature)}</i>`].join("\n");
    })
    .join("\n\n");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

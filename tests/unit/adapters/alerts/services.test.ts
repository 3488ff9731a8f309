import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createDiscord } from "../../../../src/adapters/alerts/discord.ts";
import { createTelegram } from "../../../../src/adapters/alerts/telegram.ts";
import { createHttpClient } from "../../../../src/adapters/platform/http.ts";
import type { AlertService, Delivery, Notice } from "../../../../src/ports-alerts.ts";

// A server that answers as the two services do, over real sockets.

interface Scripted {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const HANG = "hang";
let script: (Scripted | typeof HANG)[] = [];
let asked: { url: string; body: Record<string, unknown> }[] = [];
let server: Server;
let base = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      asked.push({ url: request.url ?? "", body: JSON.parse(text) });
      const next = script.shift() ?? { status: 500 };
      if (next === HANG) return;
      const { body = "", headers = {}, status } = next;
      const isText = typeof body === "string";
      response.writeHead(status, {
        "content-type": isText ? "text/html" : "application/json",
        ...headers,
      });
      response.end(isText ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  script = [];
  asked = [];
});

const TOKEN = "123456:AAH-canary-token";
const http = createHttpClient({ connectMs: 500, headersMs: 200, bodyMs: 200, bodyBytes: 65_536 });
const telegram = (): AlertService =>
  createTelegram({ http, baseUrl: base, token: TOKEN, chatId: "-1001234567890" });
const discord = (): AlertService => createDiscord(http, `${base}/api/webhooks/1/canary-token`);

const NOTICE: Notice = {
  severity: "critical",
  title: "a<b> & *c* @everyone",
  lines: ["KXBTC15M_x [y](z)"],
  signature: "kbt paper run 5 · 1 · 14:03:11Z",
};
const { signal } = new AbortController();
const tooMany = (seconds: number): Scripted => ({
  status: 429,
  body: { ok: false, error_code: 429, parameters: { retry_after: seconds } },
});

test.each<
  [
    string,
    () => AlertService,
    readonly (Scripted | typeof HANG)[],
    Delivery["type"],
    number | RegExp,
  ]
>([
  ["telegram takes it", telegram, [{ status: 200, body: { ok: true } }], "sent", 0],
  ["telegram: too many", telegram, [tooMany(35)], "later", 35_000],
  ["telegram: too many, in HTML", telegram, [{ status: 429, body: "<html>" }], "later", 5_000],
  [
    "telegram: a bad token",
    telegram,
    [{ status: 401, body: { ok: false, description: "Unauthorized" } }],
    "gone",
    /Unauthorized/,
  ],
  [
    "telegram: blocked",
    telegram,
    [{ status: 403, body: { description: "Forbidden: bot was blocked" } }],
    "gone",
    /blocked/,
  ],
  [
    "telegram: refused",
    telegram,
    [{ status: 400, body: { description: "Bad Request: chat not found" } }],
    "refused",
    /chat not found/,
  ],
  ["telegram: in trouble", telegram, [{ status: 502, body: "<html>" }], "failed", /status 502/],
  ["telegram hangs", telegram, [HANG], "failed", /no answer from 127\.0\.0\.1/],
  ["discord takes it", discord, [{ status: 204 }], "sent", 0],
  [
    "discord: bucket empty",
    discord,
    [{ status: 204, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "1.2" } }],
    "sent",
    1200,
  ],
  [
    "discord: too many",
    discord,
    [{ status: 429, body: { retry_after: 1.337, global: false } }],
    "later",
    1337,
  ],
  [
    "discord: too many, by Cloudflare",
    discord,
    [{ status: 429, body: "<html>", headers: { "retry-after": "7" } }],
    "later",
    7000,
  ],
  [
    "discord: deleted",
    discord,
    [{ status: 404, body: { message: "Unknown Webhook", code: 10_015 } }],
    "gone",
    /Unknown Webhook/,
  ],
  [
    "discord: refused",
    discord,
    [{ status: 400, body: { message: "Cannot send an empty message" } }],
    "refused",
    /empty message/,
  ],
  ["discord hangs", discord, [HANG], "failed", /no answer/],
])("%s", async (...[, service, answers, type, detail]) => {
  script = [...answers];
  const delivery = await service().send([NOTICE], signal);
  expect(delivery.type).toBe(type);
  if (typeof detail === "number") expect(delivery).toMatchObject({ pauseMs: detail });
  else expect(delivery).toMatchObject({ reason: expect.stringMatching(detail) });
  expect(JSON.stringify(delivery)).not.toContain("canary");
});

describe("telegram", () => {
  test("is asked as its API wants it, in escaped HTML", async () => {
    script = [{ status: 200, body: { ok: true } }];
    await telegram().send(
      [NOTICE, { ...NOTICE, severity: "info", title: "second", lines: [] }],
      signal,
    );
    expect(asked).toEqual([
      {
        url: `/bot${TOKEN}/sendMessage`,
        body: {
          chat_id: "-1001234567890",
          text: `<b>CRITICAL a&lt;b&gt; &amp; *c* @everyone</b>
KXBTC15M_x [y](z)
<i>kbt paper run 5 · 1 · 14:03:11Z</i>

<b>second</b>
<i>kbt paper run 5 · 1 · 14:03:11Z</i>`,
          parse_mode: "HTML",
          disable_notification: false,
          link_preview_options: { is_disabled: true },
        },
      },
    ]);
  });

  test("that cannot parse it gets the plain text", async () => {
    const description = "Bad Request: can't parse entities: unsupported start tag";
    script = [
      { status: 400, body: { ok: false, description } },
      { status: 200, body: { ok: true } },
    ];
    expect((await telegram().send([NOTICE], signal)).type).toBe("sent");
    expect(asked[1]?.body).not.toHaveProperty("parse_mode");
    expect(asked[1]?.body["text"]).toContain("CRITICAL a<b> & *c*");
  });

  test("is followed to where a group has moved, also the next time", async () => {
    const parameters = { migrate_to_chat_id: -1_009_876_543_210 };
    script = [{ status: 400, body: { ok: false, parameters } }, { status: 200 }, { status: 200 }];
    const service = telegram();
    await service.send([NOTICE], signal);
    await service.send([NOTICE], signal);
    expect(asked.map(({ body }) => body["chat_id"])).toEqual([
      "-1001234567890",
      "-1009876543210",
      "-1009876543210",
    ]);
  });
});

test("discord calls nobody, and shows what is written as it is", async () => {
  script = [{ status: 204 }];
  await discord().send([NOTICE], signal);
  expect(asked[0]?.body).toEqual({
    content: `**CRITICAL a\\<b\\> & \\*c\\* \\@everyone**
KXBTC15M\\_x \\[y\\](z)
-# kbt paper run 5 · 1 · 14:03:11Z`,
    username: "kbt",
    allowed_mentions: { parse: [] },
  });
});

test.each([
  ["telegram", telegram, 4096],
  ["discord", discord, 2000],
])("%s: what fits is within what the service takes", async (_, make, most) => {
  const service = make();
  const notices: Notice[] = [];
  while (service.fits([...notices, NOTICE])) notices.push(NOTICE);
  script = [{ status: 200 }];
  await service.send(notices, signal);
  const text = String(asked[0]?.body["text"] ?? asked[0]?.body["content"]);
  const counted = text.replaceAll(/<\/?[bi]>/g, "").replaceAll(/&(?:amp|lt|gt);/g, "x");
  expect(counted.length).toBeLessThanOrEqual(most);
  expect(counted.length).toBeGreaterThan(most - 300);
});

test("an aborted call ends with the reason of who aborted", async () => {
  script = [HANG];
  const stop = new AbortController();
  const sending = telegram().send([NOTICE], stop.signal);
  stop.abort(new Error("the run is over"));
  await expect(sending).rejects.toThrow("the run is over");
});

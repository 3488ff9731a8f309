import { afterEach, describe, expect, test } from "vitest";
import { networkError } from "../../../../../src/adapters/platform/network-error.ts";
import type { Answer } from "../../fakes.ts";
import { type Reply, SlowRig } from "./rig.ts";

const RSS = "https://paper.example/rss";
const rigs: SlowRig[] = [];

afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    await rig.stop();
    expect(rig.isBalanced).toBe(true);
  }
});

function rss(reply: Reply, rssUrls = [RSS]): SlowRig {
  const rig = new SlowRig("news", { rssUrls }, reply);
  rigs.push(rig);
  return rig;
}

const items = (...titles: string[]): Answer => ({
  body: `<rss><channel>${titles
    .map(
      (title) => `<item><title>${title}</title><link>https://paper.example/${title}</link></item>`,
    )
    .join("")}</channel></rss>`,
});

const titles = (rig: SlowRig): string[] =>
  rig.stored.map((event) => (event.type === "news" ? event.title : ""));

describe("a source that answers", () => {
  test("is asked at its interval, and each item is told once", async () => {
    const rig = rss(() => items("b", "a"));
    await rig.pass(59);
    expect(titles(rig)).toEqual(["a", "b"]);
    rig.reply = () => items("c", "b", "a");
    await rig.pass(61);
    expect(rig.times).toEqual([0, 60, 120]);
    expect(titles(rig)).toEqual(["a", "b", "c"]);
    expect(Object.fromEntries(rig.feed.stats.rejected)).toEqual({ duplicate: 5 });
    expect(rig.feed.stats).toMatchObject({ frames: 3, control: 0, connects: 1, gaps: 0 });
    expect(rig.feed.status()).toContain("rss:paper.example: 3 stored; newsapi left out");
  });

  test("that asks for patience is asked later", async () => {
    const rig = rss(() => ({ body: "<rss><channel><ttl>3</ttl></channel></rss>" }));
    await rig.pass(200);
    expect(rig.times).toEqual([0, 180]);
    expect(rig.feed.stats).toMatchObject({ frames: 2, control: 2, received: 0 });
  });

  test("is asked only for what is newer, once it was understood", async () => {
    const rig = rss((_url, { headers }) => {
      if (headers["if-none-match"] === '"1"') return { status: 304, body: "" };
      return { ...items("a"), headers: { etag: '"1"', "last-modified": "Wed, 19 Aug 2026" } };
    });
    await rig.pass(130);
    expect(rig.asked.map(({ request }) => request.headers["if-modified-since"])).toEqual([
      undefined,
      "Wed, 19 Aug 2026",
      "Wed, 19 Aug 2026",
    ]);
    expect(rig.feed.stats).toMatchObject({ frames: 3, control: 2, received: 1, emitted: 1 });
  });

  test("tells two feeds of one host apart", async () => {
    const rig = rss((url) => items(url.pathname.slice(1)), [RSS, "https://paper.example/other"]);
    await rig.pass(1);
    expect(titles(rig)).toEqual(["rss", "other"]);
  });
});

describe("a source that does not answer", () => {
  test("is one hole until it does, and is asked less and less often", async () => {
    const rig = rss(() => ({ status: 503, body: "down" }));
    await rig.pass(700);
    expect(rig.times).toEqual([0, 5, 15, 35, 75, 155, 315, 635]);
    expect(rig.gaps).toMatchObject([
      {
        source: "rss:paper.example",
        reason: "poll_failed",
        fromMs: null,
        toSeq: null,
        tickers: [],
      },
    ]);
    expect(rig.feed.status()).toContain("rss:paper.example: failed (503), next try in 320 s");
    rig.reply = () => items("a");
    await rig.pass(320);
    expect(titles(rig)).toEqual(["a"]);
    rig.reply = () => networkError(RSS, { code: "ECONNREFUSED", message: "no" });
    await rig.pass(56);
    expect(rig.gaps).toHaveLength(2);
    expect(rig.gaps[1]?.fromMs).toBe(rig.clock.nowMs() - 61_000);
    expect(rig.feed.status()).toContain("failed (no answer, NETWORK_REFUSED), next try in 5 s");
    expect(rig.feed.stats).toMatchObject({ frames: 10, control: 8, gaps: 2 });
  });

  test.each([
    ["30", 30],
    ["0", 5],
    ["1.5", 5],
    ["99999999", 3600],
    ["Mon, 17 Aug 2026 04:45:40 GMT", 40],
    ["Mon, 17 Aug 2020 04:45:40 GMT", 5],
    ["soon", 5],
    ["-7", 5],
  ])("and says Retry-After: %s is asked again after %d s", async (retryAfter, seconds) => {
    const rig = rss(() => ({ status: 429, body: "", headers: { "retry-after": retryAfter } }));
    await rig.pass(seconds + 0.5);
    expect(rig.times).toEqual([0, seconds]);
  });

  test.each([400, 401, 403, 410, 426, 451])("but refuses with %d is left alone", async (status) => {
    const rig = rss(
      (url) => (url.pathname === "/rss" ? { status, body: "no" } : items("a")),
      [RSS, "https://other.example/feed"],
    );
    await rig.pass(7200);
    expect(rig.asked.filter(({ request }) => request.url === RSS)).toHaveLength(1);
    expect(rig.gaps).toMatchObject([
      { source: "rss:paper.example", reason: "refused", toSeq: null },
    ]);
    expect(rig.feed.status()).toContain(`rss:paper.example: refused (${status}), not asked again`);
    expect(titles(rig)).toEqual(["a"]);
  });

  test("in a way that can be read is asked in full again", async () => {
    const etag = { headers: { etag: '"1"' } };
    const rig = rss(() => ({ ...items("a"), ...etag }));
    await rig.pass(1);
    rig.reply = () => ({ status: 500, body: "" });
    await rig.pass(60);
    rig.reply = () => ({ body: "<html>maintenance</html>", ...etag });
    await rig.pass(5);
    rig.reply = () => ({ ...items("a"), ...etag });
    await rig.pass(70);
    expect(rig.asked.map(({ request }) => request.headers["if-none-match"])).toEqual([
      undefined,
      '"1"',
      undefined,
      undefined,
      '"1"',
    ]);
    expect(Object.fromEntries(rig.feed.stats.rejected)).toEqual({ unreadable: 1, duplicate: 2 });
    expect(rig.gaps).toHaveLength(1);
  });
});

describe("redirects", () => {
  test("within the host are followed", async () => {
    const rig = rss((url) =>
      url.pathname === "/rss"
        ? { status: 301, body: "", headers: { location: "/new?x=1" } }
        : items("a"),
    );
    await rig.pass(1);
    expect(rig.asked.map(({ request }) => request.url)).toEqual([
      RSS,
      "https://paper.example/new?x=1",
    ]);
    expect(titles(rig)).toEqual(["a"]);
    expect(rig.feed.stats).toMatchObject({ frames: 2, control: 1 });
  });

  test.each([
    ["https://evil.example/rss", "redirects to another host"],
    ["http://paper.example/rss", "redirects to another host"],
    ["https://paper.example:444/rss", "redirects to another host"],
    ["/rss", "redirects in a circle"],
    ["http://[", "redirects to another host"],
  ])("to %s are not", async (location, why) => {
    const rig = rss(() => ({ status: 302, body: "", headers: { location } }));
    await rig.pass(1);
    expect(rig.feed.status()).toContain(`failed (${why})`);
    for (const { request } of rig.asked) expect(request.url).toBe(RSS);
    expect(rig.asked.length).toBeLessThanOrEqual(4);
  });
});

describe("a shape that changed", () => {
  test("is on file, and the source is asked again", async () => {
    const rig = new SlowRig(
      "news",
      { newsapi: { url: "https://newsapi.example", key: "k", pollMs: 900_000 } },
      () => ({
        body: { status: "ok", articles: [{ headline: "new name", url: "https://a.example/" }] },
      }),
    );
    rigs.push(rig);
    await rig.pass(1);
    expect(rig.events).toEqual([]);
    expect(Object.fromEntries(rig.feed.stats.rejected)).toEqual({ no_title: 1 });
    rig.reply = () => ({ body: { status: "ok", items: [] } });
    await rig.pass(900);
    expect(rig.events).toMatchObject([
      {
        type: "drift",
        source: "newsapi",
        messageType: "articles",
        path: "$.articles",
        halts: false,
      },
      { type: "gap", source: "newsapi", reason: "poll_failed" },
    ]);
  });

  test("is on file without the key that the answer quotes", async () => {
    const key = "CANARYALPHA";
    const alphavantage = { url: "https://av.example", key, ticker: "CRYPTO:BTC", pollMs: 1000 };
    const rig = new SlowRig("news", { alphavantage }, () => ({
      body: { Hello: `your key ${key}` },
    }));
    rigs.push(rig);
    await rig.pass(1);
    expect(rig.events).toMatchObject([
      { type: "drift", source: "alphavantage", path: "$.feed", raw: '{"Hello":"your key (key)"}' },
      { type: "gap" },
    ]);
    expect(rig.asked[0]?.request.url).toContain(key);
    expect(rig.feed.status()).not.toContain(key);
  });
});

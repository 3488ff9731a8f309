import { afterEach, beforeEach, expect, test } from "vitest";
import { createSlowFeed, type SlowSettings } from "../../../../src/adapters/feeds/slow/feed.ts";
import { SLOW_FEEDS } from "../../../../src/adapters/feeds/slow/registry.ts";
import { createHttpClient } from "../../../../src/adapters/platform/http.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import type { Clock, Feed } from "../../../../src/ports.ts";
import { CANARY, type SlowServer, startSlowServer } from "../../../support/slow-server.ts";

let server: SlowServer;

beforeEach(async () => {
  server = await startSlowServer();
});

afterEach(() => server.close());

// The network is real; waits between looks are not waited for.
const system = createSystemClock();
const hasty: Clock = {
  nowMs: () => system.nowMs(),
  monoMs: () => system.monoMs(),
  sleep: (_ms, signal) => system.sleep(1, signal),
};

function settings(overrides: Partial<SlowSettings> = {}): SlowSettings {
  const { url } = server;
  return {
    rssUrls: [`${url}/rss`],
    rssPollMs: 60_000,
    newsQuery: "bitcoin OR ether",
    newsapi: { url, key: CANARY.newsapi, pollMs: 900_000 },
    alphavantage: { url, key: CANARY.alphavantage, ticker: "CRYPTO:BTC", pollMs: 3_600_000 },
    x: { url, token: CANARY.x, query: "bitcoin", postsPerHour: 1000, pollMs: 300_000 },
    weatherSeries: ["KXHIGHNY"],
    weatherPollMs: 600_000,
    nwsUrl: url,
    openMeteoUrl: url,
    contact: "ops@example.com",
    ...overrides,
  };
}

interface Run {
  readonly feed: Feed;
  readonly events: MarketEvent[];
  sources(): Record<string, number>;
}

/** Runs a feed until the condition holds, looked at after each request. */
async function runUntil(
  name: "news" | "weather",
  wanted: Partial<SlowSettings>,
  isDone: (run: Run) => boolean,
): Promise<Run> {
  const http = createHttpClient();
  const specs = SLOW_FEEDS;
  const stop = new AbortController();
  const events: MarketEvent[] = [];
  const feed = createSlowFeed(name, { specs, settings: settings(wanted), http, clock: watched() });
  if (feed === null) throw new Error("nothing is set up");
  const run: Run = {
    feed,
    events,
    sources() {
      const counts: Record<string, number> = {};
      for (const event of events) {
        if (event.type === "news" || event.type === "forecast")
          counts[event.source] = (counts[event.source] ?? 0) + 1;
      }
      return counts;
    },
  };
  function watched(): Clock {
    return {
      ...hasty,
      async sleep(ms, signal) {
        if (isDone(run)) stop.abort(new DOMException("over", "AbortError"));
        await hasty.sleep(ms, signal);
      },
    };
  }
  await feed.run((event) => events.push(event), stop.signal);
  return run;
}

const asked = (path: string): number =>
  server.requests.filter((line) => line.includes(path)).length;

test("news of four services, over sockets", async () => {
  const run = await runUntil(
    "news",
    {},
    () => asked("/rss") > 3 && asked("/v2/") > 1 && asked("/query") > 1 && asked("/2/") > 1,
  );
  expect(run.sources()).toEqual({
    [`rss:${new URL(server.url).host}`]: 4,
    newsapi: 2,
    alphavantage: 2,
    x: 2,
  });
  expect(run.events.filter(({ type }) => type === "gap" || type === "drift")).toEqual([]);
  const { stats } = run.feed;
  expect(stats.received).toBe(stats.emitted + [...stats.rejected.values()].reduce((a, b) => a + b));
  // The RSS document was sent once, afterwards nothing had changed; each page of NewsAPI has one of both.
  expect(stats.rejected.get("no_title")).toBe(1 + (stats.rejected.get("withdrawn") ?? 0));
});

test("weather of two services, over sockets", async () => {
  const run = await runUntil("weather", {}, () => asked("/v1/") > 2);
  expect(run.sources()).toMatchObject({ nws: 2, "nws-observation": 1 });
  expect(run.sources()["open-meteo"]).toBeGreaterThanOrEqual(3);
  // Fresh for a minute, so asked once.
  expect([asked("/points/40.7789,-73.9692"), asked("/forecast?units=us")]).toEqual([1, 1]);
  expect(run.events.filter(({ type }) => type === "gap")).toEqual([]);
});

test("keys that are not accepted stop their source and no other", async () => {
  const { url } = server;
  const wrong = "wrong-key";
  const run = await runUntil(
    "news",
    {
      newsapi: { url, key: wrong, pollMs: 1 },
      alphavantage: { url, key: wrong, ticker: "CRYPTO:BTC", pollMs: 1 },
      x: { url, token: wrong, query: "q", postsPerHour: 100, pollMs: 1 },
    },
    () => asked("/rss") > 20,
  );
  const gaps = run.events.filter((event) => event.type === "gap");
  expect(gaps.map(({ source, reason }) => `${source} ${reason}`).toSorted()).toEqual([
    "alphavantage refused",
    "newsapi refused",
    "x refused",
  ]);
  expect([asked("/v2/"), asked("/query"), asked("/2/")]).toEqual([1, 1, 1]);
  expect(run.feed.status()).not.toContain(wrong);
});

test("what fails is asked again, and an oversized or broken document is not stored", async () => {
  const { host } = new URL(server.url);
  server.once("/rss", { status: 429, headers: { "retry-after": "1" } });
  server.once("/rss", { status: 301, headers: { location: "/rss?moved" } });
  server.once("/rss?moved", { status: 200, body: Buffer.alloc(2 * 1024 * 1024 + 1, "<") });
  server.once("/rss", { status: 200, body: "<html>maintenance</html>" });
  server.once("/rss", { status: 301, headers: { location: "https://elsewhere.example/rss" } });
  server.once("/query", { status: 200, body: '{"Information":"25 requests per day"}' });
  server.once("/v2/", { status: 200, body: '{"status":"error","code":"rateLimited"}' });
  server.once("/2/", { status: 503, body: "{}" });
  const run = await runUntil("news", {}, (now) => Object.keys(now.sources()).length === 4);
  const gaps = run.events.filter((event) => event.type === "gap");
  expect(gaps.map(({ source, reason }) => `${source} ${reason}`).toSorted()).toEqual([
    "alphavantage poll_failed",
    "newsapi poll_failed",
    `rss:${host} poll_failed`,
    "x poll_failed",
  ]);
  expect(run.sources()[`rss:${host}`]).toBe(4);
});

test("a document in an old charset is read by its declaration", async () => {
  const text = `<?xml version="1.0" encoding="windows-1252"?><rss><channel><item><title>Stra\u00DFe</title></item></channel></rss>`;
  server.always("/rss", { status: 200, body: Buffer.from(text, "latin1") });
  const off = { newsapi: { url: server.url, key: null, pollMs: 1 } };
  const run = await runUntil("news", off, (now) => now.events.length > 0 && asked("/rss") > 1);
  expect(run.events).toContainEqual(expect.objectContaining({ title: "Straße" }));
});

import { describe, expect, test } from "vitest";
import { createBinanceFeed } from "../../../../../src/adapters/feeds/binance/feed.ts";
import { networkError } from "../../../../../src/adapters/platform/network-error.ts";
import type { FundingRate, MarketEvent } from "../../../../../src/core/events.ts";
import {
  type Answer,
  advance,
  FakeHttp,
  FakeNetwork,
  newClock,
  noJitter,
  START_MS,
} from "../../fakes.ts";

const EIGHT_H = 8 * 3_600_000;
const END_MS = (Math.floor(START_MS / EIGHT_H) + 1) * EIGHT_H;

const premium = (symbol: string, endMs: number, rate = "-0.00006042"): object => ({
  symbol,
  markPrice: "64240.38272864",
  lastFundingRate: rate,
  interestRate: "0.00010000",
  nextFundingTime: endMs,
  time: START_MS,
});
const paid = (symbol: string, atMs: number, rate = "0.00010000"): object => ({
  symbol,
  fundingRate: rate,
  fundingTime: atMs,
  markPrice: "",
});

/** The futures host as it should be: two intervals in the past, payments published 90 s after the end of theirs. */
function venue(nowMs: () => number): (url: URL) => Answer {
  return (url) => {
    const symbol = url.searchParams.get("symbol") ?? "";
    const endMs = (Math.floor(nowMs() / EIGHT_H) + 1) * EIGHT_H;
    if (url.pathname === "/fapi/v1/premiumIndex") return { body: premium(symbol, endMs) };
    const fromMs = Number(url.searchParams.get("startTime") ?? 0);
    const rows = [endMs - 2 * EIGHT_H + 3, endMs - EIGHT_H + 3]
      .filter((atMs) => atMs >= fromMs && atMs + 90_000 <= nowMs())
      .map((atMs) => paid(symbol, atMs));
    return { body: rows };
  };
}

function rig(answer: (url: URL, nowMs: () => number) => Answer | Error, products = ["BTC-USD"]) {
  const clock = newClock();
  const network = new FakeNetwork(clock);
  const nowMs = (): number => clock.nowMs();
  const http = new FakeHttp((url) => answer(url, nowMs));
  const events: MarketEvent[] = [];
  const stop = new AbortController();
  const feed = createBinanceFeed({
    urls: { ws: "wss://spot", rest: "", futures: "https://perp" },
    products,
    openSocket: network.openSocket,
    http,
    clock,
    rng: noJitter,
  });
  const running = feed.run((event) => events.push(event), stop.signal);
  /** Lets time pass on a spot connection that is well. */
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at += 10) {
      await advance(clock, 10_000);
      for (const socket of network.sockets) socket.ping();
    }
  };
  const rates = (): FundingRate[] => events.filter((event) => event.type === "funding");
  const asked = (name: string): string[] =>
    http.requests.map(({ url }) => url).filter((url) => url.includes(name));
  return { clock, network, events, feed, running, stop, pass, rates, asked };
}

describe("funding", () => {
  test("what was paid at the start, then an estimate a minute, under the interval's own end", async () => {
    const { feed, pass, rates, asked } = rig((url, nowMs) => venue(nowMs)(url));
    await pass(130);
    expect(asked("fundingRate")).toEqual([
      "https://perp/fapi/v1/fundingRate?symbol=BTCUSDT&limit=21",
    ]);
    expect(rates()).toHaveLength(5);
    expect(rates()[0]).toEqual({
      type: "funding",
      source: "binance",
      product: "BTC-USDT",
      rate: -0.000_060_42,
      atMs: END_MS,
      isEstimate: true,
      recvMs: START_MS,
    });
    expect(rates().slice(1, 3)).toMatchObject([
      { rate: 0.0001, atMs: END_MS - 2 * EIGHT_H, isEstimate: false },
      { rate: 0.0001, atMs: END_MS - EIGHT_H, isEstimate: false },
    ]);
    expect(rates()[4]?.recvMs).toBe(START_MS + 120_000);
    expect(feed.stats).toMatchObject({ received: 5, emitted: 5, gaps: 0 });
    expect(feed.status()).toBe("connecting to spot");
  });

  test("after an interval its payment is asked for until it is out, and only the new one", async () => {
    const { feed, pass, rates, asked } = rig((url, nowMs) => venue(nowMs)(url));
    const untilEndS = (END_MS - START_MS) / 1000;
    await pass(untilEndS + 300);
    const payments = rates().filter(({ isEstimate }) => !isEstimate);
    expect(payments.map(({ atMs }) => atMs)).toEqual([
      END_MS - 2 * EIGHT_H,
      END_MS - EIGHT_H,
      END_MS,
    ]);
    const [, ...later] = asked("fundingRate");
    expect(later.length).toBeGreaterThan(1);
    expect(new Set(later)).toEqual(
      new Set([
        `https://perp/fapi/v1/fundingRate?symbol=BTCUSDT&startTime=${END_MS - EIGHT_H + 1000}&limit=21`,
      ]),
    );
    expect([...feed.stats.rejected]).toEqual([]);
  });

  test.each([451, 403])("HTTP %i is for good: one gap of its own, spot goes on", async (status) => {
    const { network, events, feed, pass, asked } = rig(() => ({
      status,
      body: { code: 0, msg: "" },
    }));
    await pass(10);
    network.last.open();
    await pass(3600);
    expect(asked("fapi")).toHaveLength(1);
    expect(events).toMatchObject([
      { type: "gap", source: "binance-funding", reason: "geo_blocked", toSeq: null },
    ]);
    expect(feed.status()).toBe(
      "connected, BTC-USDT; never heard: btcusdt@bookTicker btcusdt@trade btcusdt@kline_1m btcusdt@kline_15m; " +
        `no funding: perp does not serve this place (HTTP ${status}): no other host has it`,
    );
    expect(network.sockets).toHaveLength(1);
  });

  test("a refused socket does not stop funding", async () => {
    const { network, feed, pass, rates, events } = rig((url, nowMs) => venue(nowMs)(url));
    network.refusal = { status: 451, error: "HTTP status 451" };
    await pass(600);
    expect(rates().length).toBeGreaterThan(10);
    expect(events.filter(({ type }) => type === "gap")).toHaveLength(1);
    expect(feed.status()).toContain("spot does not serve this place (HTTP 451)");
  });

  test.each([
    ["seconds", { "retry-after": "90" }, 90],
    ["a fraction", { "retry-after": "1.5" }, 1.5],
    ["a date", { "retry-after": "Mon, 17 Aug 2026 04:50:00 GMT" }, 300],
    ["nothing", {}, 120],
    ["zero", { "retry-after": "0" }, 1],
    ["a year", { "retry-after": "31536000" }, 3 * 86_400],
    ["nonsense", { "retry-after": "soon" }, 120],
  ])("HTTP 418 with %s is waited for", async (_name, headers, seconds) => {
    let isBanned = true;
    const { network, clock, feed, asked, rates, stop, running } = rig((url, nowMs) =>
      isBanned
        ? { status: 418, headers, body: { code: -1003, msg: "Way too much" } }
        : venue(nowMs)(url),
    );
    // Without a socket nothing else waits.
    network.refusal = { status: 451, error: "HTTP status 451" };
    await advance(clock, 0);
    expect(feed.status()).toContain(
      `no funding: perp answered HTTP 418: Way too much, perp is asked again after ${seconds.toFixed(1)} s`,
    );
    isBanned = false;
    await advance(clock, seconds * 1000 - 1);
    expect(asked("fapi")).toHaveLength(1);
    await advance(clock, 1);
    expect(rates().length).toBeGreaterThan(0);
    expect(feed.status()).not.toContain("no funding");
    stop.abort();
    await running;
  });

  test.each<[string, Answer | Error, string]>([
    [
      "a refused connection",
      networkError("https://perp", { code: "ECONNREFUSED", message: "refused" }),
      "no answer from perp: refused",
    ],
    ["HTTP 503", { status: 503, body: "busy" }, "perp answered HTTP 503"],
    [
      "an error under 200",
      { body: { code: -1, msg: "Overloaded" } },
      "BTCUSDT: perp answered HTTP 200: Overloaded",
    ],
    ["a page", { body: "<html>" }, "perp answered HTTP 200"],
    [
      "an unknown symbol",
      { status: 400, body: { code: -1121, msg: "Invalid symbol." } },
      "BTCUSDT: perp answered HTTP 400: Invalid symbol.",
    ],
  ])("%s shows in the status and ends nothing", async (_name, answer, problem) => {
    let isWell = false;
    const { feed, pass, rates, asked, events } = rig((url, nowMs) =>
      isWell ? venue(nowMs)(url) : answer,
    );
    await pass(600);
    expect(feed.status()).toContain(`no funding: ${problem}`);
    expect(asked("fapi").length).toBeGreaterThan(8);
    expect(asked("fapi").length).toBeLessThan(40);
    expect(events).toEqual([]);
    isWell = true;
    await pass(60);
    expect(rates().length).toBeGreaterThan(0);
    expect(feed.status()).not.toContain("no funding");
  });

  test("a perpetual that does not exist does not keep the others from being asked", async () => {
    const { feed, pass, rates } = rig(
      (url, nowMs) =>
        url.searchParams.get("symbol") === "NOUSDT"
          ? { status: 400, body: { code: -1121, msg: "Invalid symbol." } }
          : venue(nowMs)(url),
      ["NO-USD", "BTC-USD"],
    );
    await pass(130);
    expect(rates().filter(({ isEstimate }) => isEstimate)).toHaveLength(3);
    expect(feed.status()).toContain("no funding: NOUSDT: perp answered HTTP 400");
  });

  test.each<[string, unknown, unknown]>([
    ["an empty rate", premium("BTCUSDT", END_MS, ""), [paid("BTCUSDT", 1)]],
    ["a rate in words", premium("BTCUSDT", END_MS, "high"), [paid("BTCUSDT", END_MS, "x")]],
    ["no time", premium("BTCUSDT", 0), [{}]],
    ["another symbol", premium("ETHUSDT", END_MS), [paid("ETHUSDT", END_MS)]],
    ["a list", [premium("BTCUSDT", END_MS)], null],
    ["a number", 3, 3],
  ])("refused: %s", async (_name, estimate, payment) => {
    const { feed, pass, rates } = rig((url) => ({
      body: JSON.stringify(url.pathname.endsWith("premiumIndex") ? estimate : payment),
    }));
    await pass(10);
    expect(rates().filter(({ isEstimate }) => isEstimate)).toEqual([]);
    expect(feed.stats.rejected.get("bad_funding")).toBeGreaterThan(0);
    const rejected = [...feed.stats.rejected.values()].reduce((sum, n) => sum + n, 0);
    expect(feed.stats.received).toBe(feed.stats.emitted + rejected);
  });

  test("a changed payload is kept, and one that stays changed halts", async () => {
    const { events, pass } = rig(() => ({ body: { symbol: "BTCUSDT", rate: "0.0001" } }));
    await pass(130);
    const drifts = events.filter((event) => event.type === "drift");
    expect(drifts.map(({ messageType, path, halts }) => [messageType, path, halts])).toEqual([
      ["premiumIndex", "$.lastFundingRate", false],
      ["fundingRate", "$", false],
      ["premiumIndex", "$.lastFundingRate", true],
    ]);
  });

  test("a payment that was told already is a duplicate", async () => {
    const { feed, pass, rates } = rig((url, nowMs) =>
      url.pathname.endsWith("premiumIndex")
        ? venue(nowMs)(url)
        : { body: [paid("BTCUSDT", END_MS - EIGHT_H), paid("BTCUSDT", END_MS - EIGHT_H + 4)] },
    );
    await pass(10);
    expect(rates()).toHaveLength(2);
    expect([...feed.stats.rejected]).toEqual([["duplicate", 1]]);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import { createKalshiFeed, type KalshiFeedConfig } from "../../../../src/adapters/feeds/kalshi.ts";
import { Discovery, selectAround } from "../../../../src/adapters/feeds/kalshi-discovery.ts";
import { createKalshiRest, type KalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import { networkError } from "../../../../src/adapters/platform/network-error.ts";
import type { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { KbtError } from "../../../../src/core/errors.ts";
import type { MarketEvent, MarketInfo, Settlement } from "../../../../src/core/events.ts";
import type { Market } from "../../../../src/core/market.ts";
import type { Feed } from "../../../../src/ports.ts";
import { aMarket } from "../../../support/builders.ts";
import {
  type Answer,
  advance,
  FakeHttp,
  FakeNetwork,
  newClock,
  noJitter,
  START_MS,
  settle,
} from "../fakes.ts";

const WINDOW_MS = 900_000;
const SERIES = "KXBTC15M";
const CONFIG: KalshiFeedConfig = {
  series: [SERIES],
  eventTicker: null,
  tickers: [],
  strikesAround: 5,
  pageLimit: 100,
  maxPages: 1,
  status: "open",
};

/** The exchange's REST side: 15-minute windows one after the other, settled 4 s and paid 20 s after their close. */
class Windows {
  readonly clock: VirtualClock;
  /** While true every request fails. */
  down = false;
  settleMs = 4000;
  hasStrikeDates = true;
  requests = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  market(n: number): Record<string, unknown> {
    const nowMs = this.clock.nowMs();
    const openMs = START_MS + n * WINDOW_MS;
    const closeMs = openMs + WINDOW_MS;
    const isOpen = nowMs >= openMs;
    const isSettled = nowMs >= closeMs + this.settleMs;
    const isPaid = nowMs >= closeMs + this.settleMs + 16_000;
    let status = nowMs < closeMs ? (isOpen ? "active" : "initialized") : "closed";
    if (isSettled) status = isPaid ? "finalized" : "determined";
    return {
      ticker: `${SERIES}-W${n}-00`,
      event_ticker: `${SERIES}-W${n}`,
      open_time: new Date(openMs).toISOString(),
      close_time: new Date(closeMs).toISOString(),
      status,
      result: isSettled ? "yes" : "",
      expiration_value: isSettled ? "63500.01" : "",
      settlement_timer_seconds: 1,
      strike_type: "greater_or_equal",
      ...(isOpen ? { floor_strike: 63_000 + n } : {}),
      ...(isPaid
        ? { settlement_ts: new Date(closeMs + this.settleMs + 16_000).toISOString() }
        : {}),
      yes_bid_dollars: nowMs % 7 === 0 ? "0.4000" : "0.4100",
      yes_ask_dollars: "0.5000",
      price_level_structure: "linear_cent",
      price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    };
  }

  readonly answer = (url: URL): Answer | Error => {
    this.requests++;
    if (this.down) return networkError(url.href, { code: "ECONNREFUSED", message: "refused" });
    const path = url.pathname.replace("/trade-api/v2", "");
    const all = Array.from({ length: 8 }, (_, n) => this.market(n));
    const wanted: Record<string, string> = { open: "active", unopened: "initialized" };
    if (path === "/events") {
      const status = wanted[url.searchParams.get("status") ?? ""];
      const events = all
        .filter((market) => market["status"] === status)
        .map((market) => ({
          event_ticker: market["event_ticker"],
          series_ticker: SERIES,
          ...(this.hasStrikeDates ? { strike_date: market["close_time"] } : {}),
        }));
      return { body: { events: events.toReversed(), cursor: "" } };
    }
    if (path === "/markets") {
      const event = url.searchParams.get("event_ticker");
      const tickers = url.searchParams.get("tickers")?.split(",");
      const markets = all.filter(
        (market) => market["event_ticker"] === event || tickers?.includes(String(market["ticker"])),
      );
      return { body: { markets, cursor: "" } };
    }
    const market = all.find((one) => path === `/markets/${String(one["ticker"])}`);
    return market === undefined
      ? { status: 404, body: { error: { code: "market_not_found" } } }
      : { body: { market } };
  };
}

let clock: VirtualClock;
let windows: Windows;
let network: FakeNetwork;
let rest: KalshiRest;
let events: MarketEvent[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  clock = newClock();
  windows = new Windows(clock);
  network = new FakeNetwork(clock);
  events = [];
  stop = new AbortController();
  const http = new FakeHttp(windows.answer);
  rest = createKalshiRest({ baseUrl: "https://h/trade-api/v2", http, clock, signer: null });
});

async function run(
  config: Partial<KalshiFeedConfig> = {},
  sink: (event: MarketEvent) => void = (event) => events.push(event),
): Promise<Feed> {
  const stream = createKalshiStream({
    url: "wss://h/trade-api/ws/v2",
    openSocket: network.openSocket,
    signer: null,
    clock,
    rng: noJitter,
  });
  const feed = createKalshiFeed({
    rest,
    stream,
    clock,
    config: { ...CONFIG, ...config },
    spotHint: () => null,
  });
  running = feed.run(sink, stop.signal);
  await settle();
  return feed;
}

/** Time passes on a connection that answers commands and pings. */
async function live(ms: number): Promise<void> {
  const endMs = clock.nowMs() + ms;
  const acknowledged = new Set<number>();
  while (clock.nowMs() < endMs) {
    const { last } = network;
    last.ping();
    for (const message of last.sent) {
      const id = Number(message["id"]);
      if (acknowledged.has(id)) continue;
      acknowledged.add(id);
      const { channels, sid } = message["params"] as { channels?: string[]; sid?: number };
      if (channels === undefined) last.push({ type: "ok", id, sid });
      else last.push({ type: "subscribed", id, msg: { channel: channels[0], sid: 10 + id } });
    }
    await advance(clock, Math.min(1000, endMs - clock.nowMs()));
  }
}

const markets = (): string[] =>
  events
    .filter((event): event is MarketInfo => event.type === "market")
    .map(({ market }) => `${market.ticker} ${market.status} ${market.floorUsd}`);
const settlements = (): Settlement[] => events.filter((event) => event.type === "settlement");

describe("following", () => {
  test("the present window and the coming one, whose strike is unknown, before the stream is opened", async () => {
    const feed = await run();
    expect(markets()).toEqual(["KXBTC15M-W0-00 active 63000", "KXBTC15M-W1-00 initialized null"]);
    expect(events[0]).toMatchObject({
      market: { rawJson: expect.stringContaining("yes_bid_dollars") },
    });
    network.last.open();
    const books = network.last
      .commands("subscribe")
      .find(({ params }) => String(params["channels"]) === "orderbook_delta");
    expect(books?.params["market_tickers"]).toEqual(["KXBTC15M-W0-00", "KXBTC15M-W1-00"]);
    expect(network.last.commands("subscribe")[1]?.params["index_ids"]).toEqual(["BRTI"]);
    expect(feed.status()).toBe("connected, 2 markets");
    const { received, emitted } = feed.stats;
    expect([received, emitted]).toEqual([2, 2]);
  });

  test("the same without strike dates in the list of events", async () => {
    windows.hasStrikeDates = false;
    await run();
    expect(markets()).toEqual(["KXBTC15M-W0-00 active 63000", "KXBTC15M-W1-00 initialized null"]);
  });

  test("moving prices alone change nothing; the roll brings strike, close and the next window at once", async () => {
    await run();
    network.last.open();
    await live(60_000);
    expect(events).toHaveLength(2);
    await live(WINDOW_MS - 60_000 + 3000);
    expect(markets().slice(2)).toEqual([
      "KXBTC15M-W1-00 active 63001",
      "KXBTC15M-W2-00 initialized null",
      "KXBTC15M-W0-00 closed 63000",
    ]);
    const rolled = events.find(
      (event) => event.type === "market" && event.market.floorUsd === 63_001,
    );
    expect(rolled?.recvMs).toBe(START_MS + WINDOW_MS);
  });

  test("a closed market leaves the stream half a minute after its close", async () => {
    await run();
    network.last.open();
    await live(WINDOW_MS + 29_000);
    const deleted = (): unknown[] =>
      network.last
        .commands("update_subscription")
        .filter(({ params }) => params["action"] === "delete_markets")
        .map(({ params }) => params["market_tickers"]);
    expect(deleted()).toEqual([]);
    await live(2000);
    expect(deleted()[0]).toEqual(["KXBTC15M-W0-00"]);
  });

  test("a lifecycle message of the series brings a look at once, one of another does not", async () => {
    await run();
    network.last.open();
    await live(20_000);
    const before = windows.requests;
    const say = (seq: number, ticker: string): void =>
      network.last.push({
        type: "market_lifecycle_v2",
        sid: 11,
        seq,
        msg: { event_type: "created", market_ticker: ticker },
      });
    say(1, "KXNFL-1-A");
    await settle();
    expect(windows.requests).toBe(before);
    say(2, "KXBTC15M-W3-00");
    await settle();
    expect(windows.requests).toBeGreaterThan(before);
    const after = windows.requests;
    for (let seq = 3; seq < 60; seq++) say(seq, "KXBTC15M-W3-00");
    await live(900);
    expect(windows.requests).toBe(after);
  });

  test("no open event is said, not an error", async () => {
    clock.moveTo(START_MS + 100 * WINDOW_MS);
    const feed = await run();
    expect(events).toEqual([]);
    expect(feed.status()).toContain("no open event in KXBTC15M");
  });

  test("named tickers are followed without discovery; unknown ones are named", async () => {
    const feed = await run({ tickers: ["KXBTC15M-W2-00", "KXBTC15M-NONE"] });
    expect(markets()).toEqual(["KXBTC15M-W2-00 initialized null"]);
    expect(feed.status()).toContain("no market KXBTC15M-NONE");
  });

  test("a named event", async () => {
    await run({ eventTicker: "KXBTC15M-W0" });
    expect(markets()).toEqual(["KXBTC15M-W0-00 active 63000"]);
    const discovery = new Discovery(rest, { ...CONFIG, eventTicker: "NONE" }, () => null);
    const missing = await discovery.find({ nowMs: START_MS, fresh: true }, stop.signal);
    expect(missing).toEqual({ seen: [], selected: [], notes: ["no markets in event NONE"] });
  });
});

describe("settlement", () => {
  test("is polled after the close: provisional first, then final with the exchange's own time", async () => {
    await run();
    network.last.open();
    await live(WINDOW_MS + 31_000);
    const closeMs = START_MS + WINDOW_MS;
    expect(settlements()).toEqual([
      {
        type: "settlement",
        ticker: "KXBTC15M-W0-00",
        eventTicker: "KXBTC15M-W0",
        result: "yes",
        expirationValue: "63500.01",
        settledMs: closeMs + 5000,
        final: false,
        source: "kalshi",
        recvMs: closeMs + 5000,
      },
      expect.objectContaining({
        final: true,
        settledMs: closeMs + 20_000,
        recvMs: closeMs + 20_000,
      }),
    ]);
  });

  test("a lifecycle message brings it at once", async () => {
    windows.settleMs = 41_000;
    await run();
    network.last.open();
    await live(WINDOW_MS + 41_000);
    expect(settlements()).toEqual([]);
    const msg = { event_type: "determined", market_ticker: "KXBTC15M-W0-00", result: "yes" };
    network.last.push({ type: "market_lifecycle_v2", sid: 11, seq: 1, msg });
    await settle();
    expect(settlements()).toMatchObject([{ final: false, recvMs: START_MS + WINDOW_MS + 41_000 }]);
  });

  test("one that is late by more than ten minutes is still found", async () => {
    windows.settleMs = 700_000;
    await run({ tickers: ["KXBTC15M-W0-00"] });
    network.last.open();
    await live(WINDOW_MS + 640_000);
    expect(settlements()).toEqual([]);
    await live(90_000);
    const last = settlements().at(-1);
    expect(last).toMatchObject({ final: true });
  });
});

describe("trouble", () => {
  test("REST out of reach at the start: four tries, then a network error, and no socket was opened", async () => {
    windows.down = true;
    await run();
    const caught = running.catch((error: unknown) => error);
    await advance(clock, 6000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_REFUSED" });
    expect(windows.requests).toBe(4);
    expect(network.sockets).toEqual([]);
  });

  test("later it only shows in the status, and is tried again", async () => {
    const feed = await run();
    network.last.open();
    await live(20_000);
    windows.down = true;
    await live(20_000);
    expect(feed.status()).toContain("refused");
    windows.down = false;
    await live(20_000);
    expect(feed.status()).toBe("connected, 2 markets");
  });

  test("a refused key ends the run", async () => {
    await run();
    network.last.drop({ status: 401 });
    await expect(running).rejects.toMatchObject({ kind: "auth" });
    await settle();
    expect(clock.nextTimerMs()).toBeNull();
  });

  test("an abort ends it without error, timers or open sockets", async () => {
    await run();
    network.last.open();
    await live(5000);
    stop.abort();
    await running;
    await settle();
    expect(clock.nextTimerMs()).toBeNull();
    expect(network.last.closed).toBe(true);
  });

  test("an abort during the first tries too", async () => {
    windows.down = true;
    await run();
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });
});

const rung = (floorUsd: number, bid: string, ask: string): Market =>
  aMarket({
    ticker: `T${floorUsd}`,
    strikeType: "greater",
    floorUsd,
    rawJson: JSON.stringify({ yes_bid_dollars: bid, yes_ask_dollars: ask }),
  });

describe("ladders", () => {
  const ladder = [900, 100, 200, 300, 400, 500, 600, 700, 800].map((floor) =>
    rung(floor, floor === 300 ? "0.4500" : "0.0100", floor === 300 ? "0.5500" : "0.0300"),
  );
  const names = (around: number, spot: number | null): string[] =>
    selectAround(ladder, around, spot).map(({ ticker }) => ticker);

  test.each([
    ["around spot", 1, 610, ["T500", "T600", "T700"]],
    ["around the price nearest 50 cents without spot", 1, null, ["T200", "T300", "T400"]],
    ["at the lower end", 1, 1, ["T100", "T200", "T300"]],
    ["at the upper end", 2, 5000, ["T500", "T600", "T700", "T800", "T900"]],
  ])("%s", (_name, around, spot, expected) => {
    expect(names(around, spot)).toEqual(expected);
  });

  test("all of it when 0 is asked for or it is short", () => {
    expect(names(0, 500)).toHaveLength(9);
    expect(names(4, 500)).toHaveLength(9);
  });
});

test("a record that can no longer be kept ends the feed; it is no passing trouble", async () => {
  await run({}, (event) => {
    if (event.type === "settlement") {
      throw new KbtError({ kind: "store", code: "DB_FULL", message: "full" });
    }
    events.push(event);
  });
  const ended = expect(running).rejects.toMatchObject({ kind: "store", code: "DB_FULL" });
  network.last.open();
  await live(WINDOW_MS + 60_000);
  await ended;
});

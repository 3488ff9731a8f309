import { beforeEach, describe, expect, test } from "vitest";
import { Discovery, selectAround } from "../../../../../src/adapters/feeds/kalshi/discovery.ts";
import { KbtError } from "../../../../../src/core/errors.ts";
import type { Market } from "../../../../../src/core/market.ts";
import { aMarket } from "../../../../support/builders.ts";
import { advance, START_MS, settle } from "../../fakes.ts";
import { CONFIG, FeedRig, WINDOW_MS } from "./rig.ts";

let rig: FeedRig;

beforeEach(() => {
  rig = new FeedRig();
});

describe("following", () => {
  test("the present window and the coming one, whose strike is unknown, before the stream is opened", async () => {
    const feed = await rig.run();
    expect(rig.markets()).toEqual([
      "KXBTC15M-W0-00 active 63000",
      "KXBTC15M-W1-00 initialized null",
    ]);
    expect(rig.events[0]).toMatchObject({
      market: { rawJson: expect.stringContaining("yes_bid_dollars") },
    });
    rig.network.last.open();
    const books = rig.network.last
      .commands("subscribe")
      .find(({ params }) => String(params["channels"]) === "orderbook_delta");
    expect(books?.params["market_tickers"]).toEqual(["KXBTC15M-W0-00", "KXBTC15M-W1-00"]);
    expect(rig.network.last.commands("subscribe")[1]?.params["index_ids"]).toEqual(["BRTI"]);
    expect(feed.status()).toBe("connected, 2 markets");
    const { received, emitted } = feed.stats;
    expect([received, emitted]).toEqual([2, 2]);
  });

  test("the same without strike dates in the list of events", async () => {
    rig.windows.hasStrikeDates = false;
    await rig.run();
    // Each event has to be read for its close, which takes more than may be asked at once.
    await advance(rig.clock, 1000);
    expect(rig.markets()).toEqual([
      "KXBTC15M-W0-00 active 63000",
      "KXBTC15M-W1-00 initialized null",
    ]);
  });

  test("moving prices alone change nothing; the roll brings strike, close and the next window at once", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(60_000);
    expect(rig.events.map(({ type }) => type)).toEqual(["market", "market", "fees"]);
    await rig.live(WINDOW_MS - 60_000 + 3000);
    expect(rig.markets().slice(2)).toEqual([
      "KXBTC15M-W1-00 active 63001",
      "KXBTC15M-W2-00 initialized null",
      "KXBTC15M-W0-00 closed 63000",
    ]);
    const rolled = rig.events.find(
      (event) => event.type === "market" && event.market.floorUsd === 63_001,
    );
    expect(rolled?.recvMs).toBe(START_MS + WINDOW_MS);
  });

  test("what is held from before is followed to its end, whatever the lists select", async () => {
    await rig.run({}, undefined, ["KXBTC15M-W0-00", "KXBTC15M-W2-00", "KXBTC15M-GONE"]);
    await advance(rig.clock, 1000);
    expect(rig.markets()).toEqual([
      "KXBTC15M-W0-00 active 63000",
      "KXBTC15M-W1-00 initialized null",
      "KXBTC15M-W2-00 initialized null",
    ]);
    rig.network.last.open();
    await rig.live(3 * WINDOW_MS + 40_000);
    const settled = rig.settlements().filter(({ final }) => final);
    expect(settled.map(({ ticker }) => ticker)).toContain("KXBTC15M-W2-00");
  });

  test("a closed market leaves the stream half a minute after its close", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(WINDOW_MS + 29_000);
    const deleted = (): unknown[] =>
      rig.network.last
        .commands("update_subscription")
        .filter(({ params }) => params["action"] === "delete_markets")
        .map(({ params }) => params["market_tickers"]);
    expect(deleted()).toEqual([]);
    await rig.live(2000);
    expect(deleted()[0]).toEqual(["KXBTC15M-W0-00"]);
  });

  test("a lifecycle message of the series brings a look at once, one of another does not", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(20_000);
    const before = rig.windows.requests;
    const say = (seq: number, ticker: string): void =>
      rig.network.last.push({
        type: "market_lifecycle_v2",
        sid: 11,
        seq,
        msg: { event_type: "created", market_ticker: ticker },
      });
    say(1, "KXNFL-1-A");
    await settle();
    expect(rig.windows.requests).toBe(before);
    say(2, "KXBTC15M-W3-00");
    await settle();
    expect(rig.windows.requests).toBeGreaterThan(before);
    const after = rig.windows.requests;
    for (let seq = 3; seq < 60; seq++) say(seq, "KXBTC15M-W3-00");
    await rig.live(900);
    expect(rig.windows.requests).toBe(after);
  });

  test("no open event is said, not an error", async () => {
    rig.clock.moveTo(START_MS + 100 * WINDOW_MS);
    const feed = await rig.run();
    expect(rig.events).toEqual([]);
    expect(feed.status()).toContain("no open event in KXBTC15M");
  });

  test("named tickers are followed without discovery; unknown ones are named", async () => {
    const feed = await rig.run({ tickers: ["KXBTC15M-W2-00", "KXBTC15M-NONE"] });
    expect(rig.markets()).toEqual(["KXBTC15M-W2-00 initialized null"]);
    expect(feed.status()).toContain("no market KXBTC15M-NONE");
  });

  test("a named event", async () => {
    await rig.run({ eventTicker: "KXBTC15M-W0" });
    expect(rig.markets()).toEqual(["KXBTC15M-W0-00 active 63000"]);
    const discovery = new Discovery(rig.rest, { ...CONFIG, eventTicker: "NONE" }, () => null);
    const missing = await discovery.find({ nowMs: START_MS, fresh: true }, rig.stop.signal);
    expect(missing).toMatchObject({
      seen: [],
      selected: [],
      notes: ["no markets in event NONE"],
      isPartial: false,
    });
  });
});

describe("settlement", () => {
  test("is polled after the close: provisional first, then final with the exchange's own time", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(WINDOW_MS + 31_000);
    const closeMs = START_MS + WINDOW_MS;
    expect(rig.settlements()).toEqual([
      {
        type: "settlement",
        ticker: "KXBTC15M-W0-00",
        eventTicker: "KXBTC15M-W0",
        result: "yes",
        yesPayout: null,
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
    rig.windows.settleMs = 41_000;
    await rig.run();
    rig.network.last.open();
    await rig.live(WINDOW_MS + 41_000);
    expect(rig.settlements()).toEqual([]);
    const msg = { event_type: "determined", market_ticker: "KXBTC15M-W0-00", result: "yes" };
    rig.network.last.push({ type: "market_lifecycle_v2", sid: 11, seq: 1, msg });
    await settle();
    expect(rig.settlements()).toMatchObject([
      { final: false, recvMs: START_MS + WINDOW_MS + 41_000 },
    ]);
  });

  test("one that is late by more than ten minutes is still found", async () => {
    rig.windows.settleMs = 700_000;
    await rig.run({ tickers: ["KXBTC15M-W0-00"] });
    rig.network.last.open();
    await rig.live(WINDOW_MS + 640_000);
    expect(rig.settlements()).toEqual([]);
    await rig.live(90_000);
    const last = rig.settlements().at(-1);
    expect(last).toMatchObject({ final: true });
  });
});

describe("trouble", () => {
  test("REST out of reach at the start: four tries, then a network error, and no socket was opened", async () => {
    rig.windows.down = true;
    await rig.run();
    const caught = rig.running.catch((error: unknown) => error);
    await advance(rig.clock, 6000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_REFUSED" });
    expect(rig.windows.requests).toBe(4);
    expect(rig.network.sockets).toEqual([]);
  });

  test("later it only shows in the status, and is tried again", async () => {
    const feed = await rig.run();
    rig.network.last.open();
    await rig.live(20_000);
    rig.windows.down = true;
    await rig.live(20_000);
    expect(feed.status()).toContain("refused");
    rig.windows.down = false;
    await rig.live(20_000);
    expect(feed.status()).toBe("connected, 2 markets");
  });

  test("a refused key ends the run", async () => {
    await rig.run();
    rig.network.last.drop({ status: 401 });
    await expect(rig.running).rejects.toMatchObject({ kind: "auth" });
    await settle();
    expect(rig.clock.nextTimerMs()).toBeNull();
  });

  test("an abort ends it without error, timers or open sockets", async () => {
    await rig.run();
    rig.network.last.open();
    await rig.live(5000);
    rig.stop.abort();
    await rig.running;
    await settle();
    expect(rig.clock.nextTimerMs()).toBeNull();
    expect(rig.network.last.closed).toBe(true);
  });

  test("an abort during the first tries too", async () => {
    rig.windows.down = true;
    await rig.run();
    rig.stop.abort();
    await expect(rig.running).resolves.toBeUndefined();
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
  await rig.run({}, (event) => {
    if (event.type === "settlement") {
      throw new KbtError({ kind: "store", code: "DB_FULL", message: "full" });
    }
    rig.events.push(event);
  });
  const ended = expect(rig.running).rejects.toMatchObject({ kind: "store", code: "DB_FULL" });
  rig.network.last.open();
  await rig.live(WINDOW_MS + 60_000);
  await ended;
});

import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { START_MS, TICKER, TinyWorld } from "../../../support/tiny-world.ts";
import { call, TestSocket } from "./client.ts";
import { ask, at, fieldsOf } from "./rest-client.ts";

function open(world = new TinyWorld()) {
  return { world, exchange: createLocalExchange({ world }) };
}

describe("events and series", () => {
  test("an event, with its markets beside it or nested", () => {
    const { exchange } = open();
    const plain = call(exchange, "/events/KXBTC15M-26AUG170100").json;
    expect(plain.event).toMatchObject({
      series_ticker: "KXBTC15M",
      sub_title: "Aug 17, 2026 at 1am EDT",
      strike_date: "2026-08-17T05:00:00Z",
      mutually_exclusive: false,
      exchange_index: 2,
    });
    expect(plain.markets).toHaveLength(1);
    const nested = call(exchange, "/events/KXBTC15M-26AUG170100?with_nested_markets=true").json;
    expect(nested.event.markets).toHaveLength(1);
    expect(call(exchange, "/events/NOPE").status).toBe(404);
  });

  test("events by series and status", () => {
    const { exchange } = open();
    const { events, cursor } = call(exchange, "/events?series_ticker=KXBTC15M&status=open").json;
    expect(events.map((each) => each.event_ticker)).toEqual(["KXBTC15M-26AUG170100"]);
    expect(cursor).toBe("");
    expect(call(exchange, "/events?limit=201").status).toBe(400);
  });

  test("a series tells its fees", () => {
    const { exchange } = open();
    expect(call(exchange, "/series/KXBTC15M").json.series).toMatchObject({
      ticker: "KXBTC15M",
      frequency: "fifteen_min",
      category: "Crypto",
      fee_type: "quadratic",
      fee_multiplier: 1,
      tags: ["BTC", "15 min"],
      additional_prohibitions: null,
    });
    expect(call(exchange, "/series?category=Sports").json).toEqual({ series: [] });
    expect(call(exchange, "/series/fee_changes").json).toEqual({ series_fee_change_arr: [] });
  });

  test("milestones are a list only where they are asked for", () => {
    const { exchange } = open();
    expect(ask(exchange, "/events").json).not.toHaveProperty("milestones");
    expect(at(ask(exchange, "/events?with_milestones=true").json, "milestones")).toEqual([]);
  });

  test.each([
    [`tickers=KXBTC15M-26AUG170115,NOPE`, ["KXBTC15M-26AUG170115"]],
    ["status=unopened", ["KXBTC15M-26AUG170115"]],
    [`min_close_ts=${START_MS / 1000 + 600}`, ["KXBTC15M-26AUG170115"]],
    [`min_updated_ts=${START_MS / 1000 - 301}`, ["KXBTC15M-26AUG170100"]],
    ["series_ticker=KXBTCD", []],
    ["limit=1", ["KXBTC15M-26AUG170100"]],
  ])("events by %s", (query, tickers) => {
    const { json } = ask(open().exchange, `/events?${query}`);
    expect(fieldsOf(at(json, "events"), "event_ticker")).toEqual(tickers);
  });

  test("an event's metadata, and combos, of which there are none", () => {
    const { exchange } = open();
    const { json } = ask(exchange, "/events/KXBTC15M-26AUG170100/metadata");
    expect(fieldsOf(at(json, "market_details"), "market_ticker")).toEqual([TICKER]);
    expect(ask(exchange, "/events/NOPE/metadata").status).toBe(404);
    expect(ask(exchange, "/events/multivariate").json).toEqual({ events: [], cursor: "" });
  });

  test("volume and metadata of a series come when asked for", () => {
    const { exchange } = open();
    expect(at(ask(exchange, "/series").json, "series", 0)).not.toHaveProperty("volume_fp");
    const { json } = ask(exchange, "/series?include_volume=true&include_product_metadata=1");
    expect(at(json, "series", 0)).toMatchObject({ volume_fp: "54252.46", product_metadata: null });
    const one = ask(exchange, "/series/KXBTC15M?include_volume=true");
    expect(at(one.json, "series", "volume_fp")).toBe("54252.46");
    expect(ask(exchange, "/series?include_volume=maybe").status).toBe(400);
  });

  test("series by category, which is case-sensitive, by tag, and by change", () => {
    const { exchange } = open();
    const count = (query: string) =>
      fieldsOf(at(ask(exchange, `/series?${query}`).json, "series"), "ticker").length;
    expect(count("category=Crypto")).toBe(1);
    expect(count("category=crypto")).toBe(0);
    expect(count("tags=ETH,BTC")).toBe(1);
    expect(count("tags=ETH")).toBe(0);
    expect(count(`min_updated_ts=${START_MS / 1000}`)).toBe(0);
  });
});

describe("announced fees", () => {
  const change = {
    seriesTicker: "KXBTC15M",
    feeType: "quadratic_with_maker_fees",
    feeMultiplier: 0.5,
    scheduledMs: START_MS + 60_000,
  };

  test("a change of a series is announced, comes into force, and is history then", () => {
    const { exchange } = open();
    const changes = (query: string) =>
      at(ask(exchange, `/series/fee_changes?${query}`).json, "series_fee_change_arr");
    exchange.records.fees.changeSeries(change);
    expect(changes("")).toEqual([
      {
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        series_ticker: "KXBTC15M",
        fee_type: "quadratic_with_maker_fees",
        fee_multiplier: 0.5,
        scheduled_ts: "2026-08-17T04:51:00Z",
      },
    ]);
    expect(changes("series_ticker=KXBTCD")).toEqual([]);
    const fees = () => at(ask(exchange, "/series/KXBTC15M").json, "series");
    expect(fees()).toMatchObject({ fee_type: "quadratic", fee_multiplier: 1 });
    exchange.runUntil(START_MS + 60_000);
    expect(fees()).toMatchObject({
      fee_type: "quadratic_with_maker_fees",
      fee_multiplier: 0.5,
      last_updated_ts: "2026-08-17T04:51:00Z",
    });
    expect(changes("")).toEqual([]);
    expect(changes("show_historical=true")).toHaveLength(1);
  });

  test("fills cost what is in force: the override of the event before the fee of the series", () => {
    const world = new TinyWorld();
    const exchange = createLocalExchange({ world });
    const [series] = world.series();
    const market = world.market(TICKER);
    if (series === undefined || market === undefined) throw new Error("no market");
    const { fees } = exchange.records;
    const half = { feeType: "quadratic_with_maker_fees", feeMultiplier: 0.5 };
    fees.changeSeries({ seriesTicker: series.ticker, ...half, scheduledMs: START_MS + 1000 });
    expect(exchange.records.feeOf(market)).toMatchObject({
      feeType: "quadratic",
      feeMultiplier: 1,
    });
    exchange.runUntil(START_MS + 1000);
    expect(exchange.records.feeOf(market)).toEqual(half);
    fees.overrideEvent({
      eventTicker: market.eventTicker,
      seriesTicker: series.ticker,
      feeType: null,
      feeMultiplier: 2,
      scheduledMs: START_MS + 1000,
    });
    expect(exchange.records.feeOf(market)).toEqual({ ...half, feeMultiplier: 2 });
  });

  test("a waiver is on the market and makes its fills free until it ends", () => {
    const world = new TinyWorld();
    const exchange = createLocalExchange({ world });
    const market = world.market(TICKER);
    if (market === undefined) throw new Error("no market");
    const shown = () => at(ask(exchange, `/markets/${TICKER}`).json, "market");
    expect(shown()).not.toHaveProperty("fee_waiver_expiration_time");
    exchange.records.fees.waive(TICKER, START_MS + 1000);
    expect(shown()).toMatchObject({ fee_waiver_expiration_time: "2026-08-17T04:50:01Z" });
    expect(exchange.records.feeOf(market)).toMatchObject({ feeMultiplier: 0 });
    exchange.runUntil(START_MS + 999);
    expect(exchange.records.feeOf(market)).toMatchObject({ feeMultiplier: 0 });
    exchange.runUntil(START_MS + 1000);
    expect(exchange.records.feeOf(market)).toMatchObject({ feeMultiplier: 1 });
  });

  test("an override is told of when it comes into force, once, and not when it is announced", () => {
    const { exchange } = open();
    const socket = new TestSocket(exchange, "kalshi");
    socket.say({ id: 1, cmd: "subscribe", params: { channels: ["market_lifecycle_v2"] } });
    const told = () => socket.frames.filter(({ type }) => type === "event_fee_update");
    const override = { eventTicker: "KXBTC15M-26AUG170100", seriesTicker: "KXBTC15M" };
    const { fees } = exchange.records;
    const later = { feeType: "quadratic", feeMultiplier: 0.5, scheduledMs: START_MS + 5000 };
    fees.overrideEvent({ ...override, ...later });
    expect(exchange.nextMs()).toBe(START_MS + 5000);
    exchange.runUntil(START_MS + 4999);
    expect(told()).toEqual([]);
    exchange.runUntil(START_MS + 60_000);
    expect(told().map(({ msg }) => msg)).toEqual([
      {
        event_ticker: "KXBTC15M-26AUG170100",
        fee_type_override: "quadratic",
        fee_multiplier_override: 0.5,
      },
    ]);
  });

  test("a fill is charged by the override that is in force", () => {
    const world = createScenarioWorld({ scenario: "fair", seed: 3 });
    const exchange = createLocalExchange({ world });
    const market = world.markets().find(({ status }) => status === "active");
    if (market === undefined) throw new Error("no open market");
    const buy = () =>
      exchange.desk.create({
        ticker: market.ticker,
        clientOrderId: null,
        side: "bid",
        priceCc: 9900,
        countCq: 100,
        timeInForce: "immediate_or_cancel",
        selfTrade: "taker_at_cross",
        expirationS: null,
        isPostOnly: false,
        cancelOnPause: false,
        isReduceOnly: false,
        subaccount: 0,
        groupId: null,
        exchangeIndex: 2,
      });
    buy();
    exchange.records.fees.overrideEvent({
      eventTicker: market.eventTicker,
      seriesTicker: market.seriesTicker,
      feeType: null,
      feeMultiplier: 0,
      scheduledMs: world.nowMs(),
    });
    buy();
    const fees = exchange.desk.fills().map(({ feeUd }) => feeUd > 0);
    expect(new Set(fees)).toEqual(new Set([true, false]));
  });

  test("an override of an event is listed page by page, shown on the event, and cleared by nulls", () => {
    const { exchange } = open();
    const override = { eventTicker: "KXBTC15M-26AUG170100", seriesTicker: "KXBTC15M" };
    const { fees } = exchange.records;
    fees.overrideEvent({ ...override, feeType: "flat", feeMultiplier: 2, scheduledMs: START_MS });
    const cleared = { feeType: null, feeMultiplier: null, scheduledMs: START_MS + 1000 };
    fees.overrideEvent({ ...override, ...cleared });
    const event = () => at(ask(exchange, "/events/KXBTC15M-26AUG170100").json, "event");
    expect(event()).toMatchObject({ fee_type_override: "flat", fee_multiplier_override: 2 });
    exchange.runUntil(START_MS + 1000);
    expect(event()).not.toHaveProperty("fee_type_override");
    const first = ask(exchange, "/events/fee_changes?limit=1");
    expect(at(first.json, "event_fee_changes", 0)).toMatchObject({
      event_ticker: "KXBTC15M-26AUG170100",
      fee_type_override: "flat",
      scheduled_ts: "2026-08-17T04:50:00Z",
    });
    const rest = ask(exchange, `/events/fee_changes?cursor=${String(at(first.json, "cursor"))}`);
    expect(fieldsOf(at(rest.json, "event_fee_changes"), "fee_type_override")).toEqual([null]);
    const other = ask(exchange, "/events/fee_changes?event_ticker=OTHER");
    expect(other.json).toEqual({ event_fee_changes: [], cursor: "" });
  });
});

import { describe, expect, test } from "vitest";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import type { Happening, World, WorldMarket } from "../../../src/exchange/world.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function worldAt(start: string): World {
  return createScenarioWorld({ scenario: "quiet", seed: 1, startMs: Date.parse(start) });
}

function marketsOf(world: World, eventTicker: string): WorldMarket[] {
  return world.markets().filter((market) => market.eventTicker === eventTicker);
}

function widths(markets: readonly WorldMarket[]): Set<number> {
  const brackets = markets.filter((market) => market.strikeType === "between");
  return new Set(
    brackets.map(({ floorUsd, capUsd }) => Math.round((capUsd ?? 0) - (floorUsd ?? 0))),
  );
}

describe("the ladders that close at 17:00 New York", () => {
  const world = worldAt("2026-11-02T21:52:00Z");

  test.each([
    ["KXBTC-26NOV0217", 80],
    ["KXBTCD-26NOV0217", 79],
    ["KXBTC-26NOV0317", 80],
  ])("%s opened the day before at 20:00 UTC with %i markets", (eventTicker, count) => {
    const markets = marketsOf(world, eventTicker);
    expect(markets).toHaveLength(count);
    for (const { openMs, closeMs, status } of markets) {
      const opened = eventTicker.endsWith("0217") ? "2026-11-01" : "2026-11-02";
      expect(openMs).toBe(Date.parse(`${opened}T20:00:00Z`));
      expect(closeMs - openMs).toBe(26 * 60 * MINUTE);
      expect(status).toBe("active");
    }
  });

  test("take the place of the hourly ones", () => {
    const closeMs = Date.parse("2026-11-02T22:00:00Z");
    const closing = world.markets().filter((market) => market.closeMs === closeMs);
    const events = new Set(closing.map((market) => market.eventTicker));
    expect([...events].toSorted()).toEqual([
      "KXBTC-26NOV0217",
      "KXBTC15M-26NOV021700",
      "KXBTCD-26NOV0217",
      "KXSOL15M-26NOV021700",
    ]);
  });

  test("have steps of 250, and of 500 on a Friday", () => {
    expect(widths(marketsOf(world, "KXBTC-26NOV0217"))).toEqual(new Set([250]));
    const friday = worldAt("2026-11-06T14:00:00Z");
    const weekly = marketsOf(friday, "KXBTC-26NOV0617");
    expect(weekly).toHaveLength(50);
    expect(widths(weekly)).toEqual(new Set([500]));
  });

  test("trade, and settle on the value of the quarter hour that ends with them", () => {
    world.runUntil(Date.parse("2026-11-02T22:01:00Z"), () => {});
    const [quarter] = marketsOf(world, "KXBTC15M-26NOV021700");
    const daily = marketsOf(world, "KXBTC-26NOV0217");
    expect(daily.filter((market) => market.result === "yes")).toHaveLength(1);
    for (const market of daily) expect(market.expirationValue).toBe(quarter?.expirationValue);
    const traded = daily.reduce((sum, { ticker }) => sum + world.trades(ticker).length, 0);
    expect(traded).toBeGreaterThan(0);
  });
});

test("strikes far from the price have one side and next to no traffic", () => {
  const world = worldAt("2026-11-02T14:05:00Z");
  const spot = world.spot("BTC-USD")?.price ?? 0;
  const far = new Map<string, number>();
  for (const { ticker, floorUsd } of marketsOf(world, "KXBTC-26NOV0210")) {
    if (floorUsd !== null && Math.abs(floorUsd - spot) > 4000) far.set(ticker, 0);
  }
  world.runUntil(world.nowMs() + 5 * MINUTE, (each) => {
    const count = each.type === "delta" ? far.get(each.ticker) : undefined;
    if (each.type === "delta" && count !== undefined) far.set(each.ticker, count + 1);
  });
  expect(far.size).toBeGreaterThan(90);
  expect(Math.max(...far.values())).toBeLessThan(60);
  for (const ticker of far.keys()) {
    const book = world.book(ticker);
    expect(book?.yes).toEqual([]);
    expect(book?.no.at(-1)?.[0]).toBe(9900);
  }
});

describe("a new event", () => {
  const world = worldAt("2026-11-02T14:45:00Z");
  const eventTicker = "KXBTC-26NOV0211";
  const told: Happening[] = [];
  const readable: number[] = [];
  while (world.nowMs() < Date.parse("2026-11-02T14:51:00Z")) {
    world.runUntil(world.nowMs() + 200, (happening) => {
      const isMine =
        happening.type === "lifecycle" &&
        JSON.stringify(happening.msg).includes(`"event_ticker":"${eventTicker}"`);
      if (isMine) told.push(happening);
    });
    if (marketsOf(world, eventTicker).length > 0) readable.push(world.nowMs());
  }

  test("is announced before its markets, all 188 of them", () => {
    const [event, ...created] = told.map((each) => (each.type === "lifecycle" ? each.msg : {}));
    expect(event).toMatchObject({
      event_ticker: eventTicker,
      series_ticker: "KXBTC",
      exchange_index: 2,
      strike_date: Date.parse("2026-11-02T16:00:00Z") / 1000,
    });
    expect(created).toHaveLength(188);
    expect(created.every((msg) => msg["event_type"] === "created")).toBe(true);
    expect(created[5]).toMatchObject({
      price_level_structure: "linear_cent",
      price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    });
  });

  test("cannot be read for a few seconds after that", () => {
    const atMs = told[0]?.type === "lifecycle" ? told[0].atMs : 0;
    const firstMs = readable[0] ?? 0;
    expect(firstMs - atMs).toBeGreaterThanOrEqual(SECOND);
    expect(firstMs - atMs).toBeLessThanOrEqual(4200);
  });
});

describe("the statuses of a market", () => {
  const world = worldAt("2026-11-02T14:14:50Z");
  const ticker = "KXBTC15M-26NOV020930-30";
  const lines: { what: string; atMs: number; deltaCq: number }[] = [];
  let payout: unknown = "never determined";
  world.runUntil(Date.parse("2026-11-02T14:30:40Z"), (each) => {
    if (!("ticker" in each) || each.ticker !== ticker) return;
    if (each.type === "status") {
      lines.push({ what: each.status, atMs: each.atMs, deltaCq: 0 });
      if (each.status === "determined") payout = world.market(ticker)?.payoutCc;
    }
    if (each.type === "delta") {
      lines.push({ what: "delta", atMs: each.atMs, deltaCq: each.deltaCq });
    }
  });
  const openMs = Date.parse("2026-11-02T14:15:00Z");
  const closeMs = openMs + 15 * MINUTE;

  test("come in their order, opening and closing by the clock", () => {
    const statuses = lines.filter((line) => line.what !== "delta");
    expect(statuses.map((line) => line.what)).toEqual([
      "active",
      "closed",
      "determined",
      "finalized",
    ]);
    expect(statuses[0]?.atMs).toBe(openMs);
    expect(statuses[1]?.atMs).toBe(closeMs);
  });

  test("active comes before the first delta, closed before the cancels", () => {
    expect(lines[0]?.what).toBe("active");
    const closed = lines.findIndex((line) => line.what === "closed");
    const burst = lines.slice(closed).filter((line) => line.what === "delta");
    expect(burst.length).toBeGreaterThan(0);
    expect(burst.every((line) => line.deltaCq < 0 && line.atMs <= closeMs + 850)).toBe(true);
  });

  test("the payout is there with the result", () => {
    expect([0, 10_000]).toContain(payout);
    const market = world.market(ticker);
    expect(payout).toBe(market?.result === "yes" ? 10_000 : 0);
  });
});

describe("chaos", () => {
  let exact = 0;
  const short: { strike: number; rounded: number }[] = [];
  const strikes: string[] = [];
  const settled: (string | undefined)[] = [];
  for (let seed = 11; seed <= 19; seed++) {
    const markets = createScenarioWorld({ scenario: "chaos", seed }).markets();
    for (const { status, strikeType, floorUsd, roundDigits, seriesTicker, openMs } of markets) {
      if (status !== "active" || strikeType !== "greater_or_equal") continue;
      const strike = floorUsd ?? 0;
      const rounded = Number(strike.toFixed(roundDigits));
      const before = markets.find(
        (each) => each.seriesTicker === seriesTicker && each.closeMs === openMs,
      );
      strikes.push(rounded.toFixed(roundDigits));
      settled.push(before?.expirationValue);
      if (strike === rounded) exact++;
      else short.push({ strike, rounded });
    }
  }

  test("publishes about a tenth of the 15-minute strikes a millionth short", () => {
    expect(short.length).toBeGreaterThan(0);
    expect(exact).toBeGreaterThan(3 * short.length);
    for (const { strike, rounded } of short) expect(rounded - strike).toBeCloseTo(0.000_001, 8);
  });

  test("and rounded, every strike is still the settlement before it", () => {
    expect(strikes).toEqual(settled);
  });
});

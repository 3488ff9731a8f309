import { expect, test } from "vitest";
import { createFeedStats } from "../../../src/adapters/platform/feed-stats.ts";
import { buildEngine } from "../../../src/app/compose/engine.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { feedLine, tradeLine } from "../../../src/app/progress-line.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Feed } from "../../../src/ports.ts";
import { newClock } from "../adapters/fakes.ts";

function feed(name: string, status: string, gaps = 0): Feed {
  return {
    name,
    stats: { ...createFeedStats(), gaps },
    status: () => status,
    run: async () => {},
  };
}

function line(...feeds: readonly Feed[]): string {
  const clock = newClock();
  const totals = {
    events: 120,
    evaluations: 0,
    trades: 0,
    orders: 0,
    fills: 0,
    contracts: 0,
    profits: new Map<string, number>(),
    fillClasses: { crossed: 0, queue: 0, through: 0 },
    reasons: new Map<string, number>(),
    held: new Map<string, number>(),
    gaps: new Map<string, number>(),
    delivered: new Set<string>(),
    changed: new Set<string>(),
  };
  const text = feedLine({ feeds, env: { clock, sim: { speed: 60 } }, real: clock, totals });
  return text.replace(/^\d\d:\d\d:\d\dZ /, "");
}

test("two feeds say all they know, the troubled one first", () => {
  expect(
    line(
      feed("kalshi", "connected, 4 markets"),
      feed("coinbase", "connected, BTC-USD; waiting for the book of BTC-USD", 1),
    ),
  ).toBe(
    "60x  120 events/s  1 gap  coinbase: connected, BTC-USD; waiting for the book of BTC-USD | kalshi: connected, 4 markets",
  );
});

test("of many feeds those that are well are a word each, behind the ones that are not", () => {
  const calm = ["kalshi", "coinbase", "kraken", "bitstamp", "gemini"].map((name) =>
    feed(name, "connected, BTC-USD SOL-USD"),
  );
  expect(line(...calm, feed("binance", "not started", 2))).toBe(
    "60x  120 events/s  2 gaps  binance: not started | ok: kalshi coinbase kraken bitstamp gemini",
  );
  expect(line(...calm)).toBe("60x  120 events/s  ok: kalshi coinbase kraken bitstamp gemini");
});

test("a trading run says what holds it back, of the last half minute and not of the whole run", () => {
  let mono = 1_000_000;
  const clock = newClock();
  const totals = {
    events: 0,
    evaluations: 500,
    trades: 0,
    orders: 0,
    fills: 0,
    contracts: 0,
    profits: new Map<string, number>(),
    fillClasses: { crossed: 0, queue: 0, through: 0 },
    reasons: new Map([
      ["ev_below_min", 400],
      ["edge", 900],
    ]),
    held: new Map([["ev_below_min", 400]]),
    gaps: new Map<string, number>(),
    delivered: new Set<string>(),
    changed: new Set<string>(),
  };
  const engine = buildEngine(DEFAULTS, {
    runId: 1,
    runKey: "test",
    strategies: [],
    slippage: [],
    pricing: pricingOf(DEFAULTS),
  });
  const say = (): string =>
    tradeLine(
      {
        feeds: [feed("kalshi", "connected, 1 market")],
        env: { clock, sim: null },
        real: { monoMs: () => mono },
        totals,
      },
      engine,
    );
  expect(say()).toMatch(/500 evaluations, .* {2}held by ev_below_min$/);
  mono += 30_000;
  say();
  totals.held.set("book_stale", 50);
  totals.held.set("ev_below_min", 410);
  mono += 1_000;
  expect(say()).toMatch(/held by book_stale$/);
  mono += 30_000;
  say();
  mono += 1_000;
  expect(say()).not.toContain("held by");
});

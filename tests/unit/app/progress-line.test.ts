import { expect, test } from "vitest";
import { createFeedStats } from "../../../src/adapters/platform/feed-stats.ts";
import { feedLine } from "../../../src/app/progress-line.ts";
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
    reasons: new Map<string, number>(),
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

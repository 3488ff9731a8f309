import { expect, test } from "vitest";
import { shuffledAfter } from "../../../../src/app/backtest/shuffle-future.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

const spot = (n: number): MarketEvent => ({
  type: "spot",
  source: "coinbase",
  product: "BTC-USD",
  kind: "trade",
  priceUsd: n,
  bidUsd: null,
  askUsd: null,
  size: null,
  tradeId: null,
  exchangeMs: null,
  recvMs: n * 100,
});
const events = [...Array(5_000).keys()].map(
  (n): MarketEvent => (n % 10 === 0 ? { type: "wake", recvMs: n * 100 } : spot(n)),
);
const priceOf = (event: MarketEvent): number => (event.type === "spot" ? event.priceUsd : -1);

const prices = (of: readonly MarketEvent[]): number[] => of.map(priceOf).toSorted((a, b) => a - b);

test("the past stays, the future is dealt out anew at the same times, whole seconds stay", () => {
  const cutMs = 200_000;
  const dealt = [...shuffledAfter(events, cutMs, mulberry32(1))];
  expect(dealt.map(({ recvMs }) => recvMs)).toEqual(events.map(({ recvMs }) => recvMs));
  const past = events.filter(({ recvMs }) => recvMs <= cutMs).length;
  expect(dealt.slice(0, past)).toEqual(events.slice(0, past));
  expect(dealt.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
  expect(prices(dealt)).toEqual(prices(events));
  const moved = dealt
    .slice(past)
    .filter((event, at) => priceOf(event) !== priceOf(events[past + at] ?? event));
  expect(moved.length).toBeGreaterThan(2_500);
});

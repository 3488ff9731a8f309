import { describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../src/core/events.ts";
import {
  BLOCK_EVENTS,
  changedPlace,
  InputSummer,
  isSameSum,
} from "../../../../src/core/replay/input-sum.ts";
import { price, qty } from "../../../../src/core/units.ts";

const delta = (seq: number): MarketEvent => ({
  type: "delta",
  ticker: "KXBTC15M-26NOV291200-00",
  sid: 2,
  seq,
  side: seq % 2 === 0 ? "yes" : "no",
  price: price(4_000 + seq),
  delta: qty(100 * seq),
  exchangeMs: 1_000_000 + seq,
  recvMs: 1_000_020 + seq,
});

const spot = (priceUsd: number): MarketEvent => ({
  type: "spot",
  source: "coinbase",
  product: "BTC-USD",
  kind: "trade",
  priceUsd,
  bidUsd: null,
  askUsd: null,
  size: 0.01,
  tradeId: "7",
  exchangeMs: null,
  recvMs: 1_000_000,
});

const gap = (toMs: number): MarketEvent => ({
  type: "gap",
  source: "kalshi",
  reason: "disconnect",
  tickers: [],
  sid: null,
  fromSeq: null,
  toSeq: null,
  fromMs: 5,
  toMs,
  recvMs: 9,
});

function sumOf(events: readonly MarketEvent[]): InputSummer {
  const sum = new InputSummer();
  for (const event of events) sum.add(event);
  return sum;
}

const events = [...Array(40).keys()].map((n) => (n % 3 === 0 ? spot(100 + n / 7) : delta(n)));

describe("sums of inputs", () => {
  test("are the same for the same events, whatever the order of their keys", () => {
    const turned = events.map(
      (event): MarketEvent =>
        Object.assign(
          {},
          ...Object.entries(event)
            .toReversed()
            .map(([k, v]) => ({ [k]: v })),
        ),
    );
    expect(isSameSum(sumOf(events), sumOf(turned))).toBe(true);
  });

  test.each([
    ["ticker", { ticker: "KXBTC15M-26NOV291200-01" }],
    ["sid", { sid: 3 }],
    ["seq", { seq: 999 }],
    ["side", { side: "no" as const }],
    ["price", { price: price(4_321) }],
    ["delta", { delta: qty(-1) }],
    ["exchangeMs", { exchangeMs: 1 }],
    ["no exchangeMs", { exchangeMs: null }],
    ["recvMs", { recvMs: 2 }],
  ])("name the one order-book change whose %s is another", (_, change) => {
    for (const at of [1, 20, 38]) {
      const [before] = events.slice(at, at + 1);
      if (before?.type !== "delta") throw new Error(`event ${at} is no delta`);
      const changed = events.with(at, { ...before, ...change });
      const found = sumOf(changed);
      if (Reflect.get(before, Object.keys(change)[0] ?? "") === Object.values(change)[0]) continue;
      expect(isSameSum(sumOf(events), found)).toBe(false);
      expect(changedPlace(sumOf(events), found)).toBe(at);
    }
  });

  test("tell a price from its neighbour in the last binary digit", () => {
    const at = 3;
    const [before] = events.slice(at, at + 1);
    if (before?.type !== "spot") throw new Error("event 3 is no spot price");
    const nearest = before.priceUsd + 2 ** -46;
    expect(nearest).not.toBe(before.priceUsd);
    const found = sumOf(events.with(at, { ...before, priceUsd: nearest }));
    expect(changedPlace(sumOf(events), found)).toBe(at);
  });

  test("are exact sums modulo 2^31 − 1, over a whole block and with the largest numbers", () => {
    const prime = 2n ** 31n - 1n;
    const sum = new InputSummer();
    let [total, weighted] = [0n, 0n];
    for (let n = 1; n <= BLOCK_EVENTS; n++) {
      const alone = new InputSummer();
      alone.add(delta(n));
      total = (total + BigInt(alone.total)) % prime;
      weighted = (weighted + BigInt(n) * BigInt(alone.total)) % prime;
      sum.add(delta(n));
    }
    expect([BigInt(sum.total), BigInt(sum.weighted)]).toEqual([total, weighted]);
    // Places are larger than here in no block, and sums never than these.
    const last = new InputSummer({
      n: BLOCK_EVENTS - 1,
      total: 2 ** 31 - 2,
      weighted: 2 ** 31 - 2,
    });
    const one = new InputSummer();
    one.add(delta(7));
    last.add(delta(7));
    const value = BigInt(one.total);
    expect(BigInt(last.total)).toBe((prime - 1n + value) % prime);
    expect(BigInt(last.weighted)).toBe((prime - 1n + BigInt(BLOCK_EVENTS) * value) % prime);
  });

  test("name none where two were changed, swapped, or one is gone", () => {
    const whole = sumOf(events);
    const twice = sumOf(events.with(1, delta(500)).with(2, delta(600)));
    expect(isSameSum(whole, twice)).toBe(false);
    expect(changedPlace(whole, twice)).toBeNull();
    const swapped = sumOf(events.with(1, delta(2)).with(2, delta(1)));
    expect(isSameSum(whole, swapped)).toBe(false);
    expect(changedPlace(whole, swapped)).toBeNull();
    expect(changedPlace(whole, sumOf(events.slice(1)))).toBeNull();
  });

  test("do not look at what is on file once, or known later", () => {
    expect(isSameSum(sumOf([gap(9)]), sumOf([gap(700)]))).toBe(true);
  });
});

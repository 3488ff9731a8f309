import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BinanceOrder } from "../../../../../src/adapters/feeds/binance/order.ts";
import type { Candle } from "../../../../../src/core/events.ts";

const P = "BTC-USDT";

test("quotes: a lower or equal update id is old", () => {
  const order = new BinanceOrder();
  const news = [5, 7, 6, 7, 8].map((id) => order.isNewQuote(P, id));
  expect(news).toEqual([true, true, false, false, true]);
  expect(order.isNewQuote("ETH-USDT", 1)).toBe(true);
  order.resume();
  expect(order.isNewQuote(P, 1)).toBe(true);
});

const MINUTE = 60_000;
const NOON = 720 * MINUTE;

const minute = (at: number): Candle => ({
  type: "candle",
  source: "binance",
  product: P,
  openMs: NOON + at * MINUTE,
  intervalS: 60,
  openUsd: 1,
  highUsd: 1,
  lowUsd: 1,
  closeUsd: 1,
  volume: 0,
  recvMs: 0,
});

const missingAt = (order: BinanceOrder, ms: number): number[] | null => {
  const missing = order.missingCandles(P, 60, NOON + ms);
  return missing && [missing.fromMs, missing.toMs].map((openMs) => (openMs - NOON) / MINUTE);
};

describe("candles", () => {
  test("each is new once, each length by itself", () => {
    const order = new BinanceOrder();
    expect([0, 1, 1, 0, 2].map((at) => order.isNewCandle(minute(at)))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(order.isNewCandle({ ...minute(0), intervalS: 900 })).toBe(true);
  });

  test("at the start those of the 96 before are missing, the running one and a fresh one are not", () => {
    expect(missingAt(new BinanceOrder(), 10_000)).toEqual([-96, -1]);
    expect(missingAt(new BinanceOrder(), 9999)).toEqual([-97, -2]);
  });

  test("what came over the socket while history was asked for stays, and history is new still", () => {
    const order = new BinanceOrder();
    expect(missingAt(order, 10_000)).toEqual([-96, -1]);
    expect(order.isNewCandle(minute(0))).toBe(true);
    for (let at = -96; at < 0; at++) expect(order.isNewCandle(minute(at))).toBe(true);
    expect(missingAt(order, 70_000)).toBeNull();
    expect(order.isNewCandle(minute(-5))).toBe(false);
  });

  test("one that did not come is missing until it comes, or is known not to exist", () => {
    const order = new BinanceOrder();
    order.settleCandles(P, 60, NOON - MINUTE);
    for (const at of [0, 2, 3, 5]) order.isNewCandle(minute(at));
    expect(missingAt(order, 6 * MINUTE + 10_000)).toEqual([1, 5]);
    order.isNewCandle(minute(1));
    expect(missingAt(order, 6 * MINUTE + 10_000)).toEqual([4, 5]);
    order.settleCandles(P, 60, NOON + 5 * MINUTE);
    expect(missingAt(order, 6 * MINUTE + 10_000)).toBeNull();
    expect([4, 5, 6].map((at) => order.isNewCandle(minute(at)))).toEqual([false, false, true]);
  });

  test("what nobody can tell is given up after a day, so that memory is bounded", () => {
    const order = new BinanceOrder();
    order.settleCandles(P, 60, NOON - MINUTE);
    for (let at = 1; at < 5000; at++) order.isNewCandle(minute(at));
    expect(missingAt(order, 5000 * MINUTE + 10_000)).toBeNull();
  });
});

test("a hole lies between the times of its neighbours and is told once", () => {
  const order = new BinanceOrder();
  order.isNewTrade(P, 10, 1000);
  order.isNewTrade(P, 14, 2000);
  expect(order.takeHoles()).toEqual([{ fromId: 11, toId: 13, fromMs: 1000, toMs: 2000 }]);
  expect(order.takeHoles()).toEqual([]);
});

test("a late trade is new once, also when its hole was told, and one in the middle splits it", () => {
  const order = new BinanceOrder();
  order.isNewTrade(P, 10, 1);
  order.isNewTrade(P, 14, 2);
  expect(order.isNewTrade(P, 12, 3)).toBe(true);
  expect(order.isNewTrade(P, 12, 3)).toBe(false);
  expect(order.takeHoles().map(({ fromId, toId }) => [fromId, toId])).toEqual([
    [11, 11],
    [13, 13],
  ]);
  expect([order.isNewTrade(P, 11, 4), order.isNewTrade(P, 11, 4)]).toEqual([true, false]);
});

test("after an outage the first id makes no hole, and a repeat is still one", () => {
  const order = new BinanceOrder();
  order.isNewTrade(P, 10, 1);
  order.resume();
  expect(order.isNewTrade(P, 10, 2)).toBe(false);
  order.resume();
  expect(order.isNewTrade(P, 500, 3)).toBe(true);
  expect(order.takeHoles()).toEqual([]);
  expect(order.isNewTrade(P, 502, 4)).toBe(true);
  expect(order.takeHoles()).toHaveLength(1);
});

test("a venue that numbers anew after an outage is followed, within a connection it is not", () => {
  const order = new BinanceOrder();
  order.isNewTrade(P, 1_000_000, 1);
  expect(order.isNewTrade(P, 1, 2)).toBe(false);
  order.resume();
  expect(order.isNewTrade(P, 1, 3)).toBe(true);
  expect(order.isNewTrade(P, 2, 4)).toBe(true);
  expect(order.takeHoles()).toEqual([]);
});

test("two connections that each lose, repeat and run ahead: every id is new once, or in a hole", () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 50 });
  fc.assert(
    fc.property(ids, ids, fc.array(fc.boolean(), { maxLength: 100 }), (one, two, turns) => {
      const order = new BinanceOrder();
      order.isNewTrade(P, 0, 0);
      const lines = [one, two].map((line) => line.toSorted((a, b) => a - b));
      const fresh: number[] = [];
      const take = (id: number | undefined): void => {
        if (id !== undefined && order.isNewTrade(P, id, id)) fresh.push(id);
      };
      for (const isOne of turns) take(lines[isOne ? 0 : 1]?.shift());
      for (const id of lines.flat()) take(id);
      const all = new Set([...one, ...two]);
      expect(fresh.toSorted((a, b) => a - b)).toEqual([...all].toSorted((a, b) => a - b));
      const missing = order
        .takeHoles()
        .flatMap(({ fromId, toId }) =>
          Array.from({ length: toId - fromId + 1 }, (_, at) => fromId + at),
        );
      const newest = Math.max(0, ...all);
      const absent = Array.from({ length: newest }, (_, at) => at + 1).filter((id) => !all.has(id));
      expect(missing.toSorted((a, b) => a - b)).toEqual(absent);
    }),
  );
});

import { expect, test } from "vitest";
import type { Candle } from "../../../src/core/events.ts";
import { MinuteCloses } from "../../../src/core/minute-closes.ts";

const MINUTE = 60_000;
const T0 = 1_000 * 900_000;

const candle = (minute: number, closeUsd: number, intervalS = 60): Candle => ({
  type: "candle",
  source: "coinbase",
  product: "BTC-USD",
  openMs: T0 + minute * MINUTE,
  intervalS,
  openUsd: 1,
  highUsd: 1,
  lowUsd: 1,
  closeUsd,
  volume: 1,
  recvMs: T0,
});

test("closes of bars that lie on multiples of their length, the running one left out", () => {
  const minutes = new MinuteCloses();
  for (let minute = -60; minute < 0; minute++) minutes.onCandle(candle(minute, 1_000 + minute));
  minutes.onPrice(2_000, T0 + 1_000);
  expect(minutes.closes(1, 3, T0)).toEqual([997, 998, 999]);
  expect(minutes.closes(15, 4, T0 + 14 * MINUTE)).toEqual([954, 969, 984, 999]);
  // The minute that has just ended was heard and not read.
  expect(minutes.closes(1, 2, T0 + MINUTE)).toEqual([999, 2_000]);
});

test("a minute that nobody heard of is a hole, and a hole is no answer", () => {
  const minutes = new MinuteCloses();
  minutes.onPrice(100, T0);
  minutes.onPrice(102, T0 + 2 * MINUTE);
  expect(minutes.closes(1, 1, T0 + 3 * MINUTE)).toEqual([102]);
  expect(minutes.closes(1, 2, T0 + 3 * MINUTE)).toBeNull();
  expect(minutes.closes(1, 1, T0 + 4 * MINUTE)).toBeNull();
});

test("the last price of a minute counts, a candle does not replace what was heard, other candles are not minutes", () => {
  const minutes = new MinuteCloses();
  minutes.onPrice(100, T0);
  minutes.onPrice(101, T0 + 59_999);
  minutes.onCandle(candle(0, 500));
  minutes.onCandle(candle(0, 700, 900));
  expect(minutes.closes(1, 1, T0 + MINUTE)).toEqual([101]);
});

test("after more than a day the oldest minutes are forgotten, and late news does not bring them back", () => {
  const minutes = new MinuteCloses();
  for (let minute = 0; minute <= 1_500; minute++) minutes.onPrice(minute, T0 + minute * MINUTE);
  const nowMs = T0 + 1_501 * MINUTE;
  expect(minutes.closes(1, 1_500, nowMs)?.[0]).toBe(1);
  expect(minutes.closes(1, 1_501, nowMs)).toBeNull();
  minutes.onCandle(candle(0, 9));
  expect(minutes.closes(1, 1_500, nowMs)?.at(-1)).toBe(1_500);
});

import { describe, expect, test } from "vitest";
import { measureSynthetic, secondsOf } from "../../../scripts/measure/models/synthetic.ts";
import { mulberry32 } from "../../../src/core/rng.ts";

describe("secondsOf", () => {
  const seconds = secondsOf(
    [
      { atMs: 1_000, priceUsd: 10 },
      { atMs: 1_400, priceUsd: 11 },
      { atMs: 7_000, priceUsd: 20 },
    ],
    3,
  );

  test("a second has the last price up to it, while that is fresh", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((second) => seconds.at(second))).toEqual([
      10,
      11,
      11,
      11,
      undefined,
      undefined,
      20,
    ]);
  });

  test("an average needs all of its sixty seconds", () => {
    const whole = secondsOf(
      Array.from({ length: 61 }, (_, i) => ({ atMs: i * 1_000, priceUsd: i })),
      0,
    );
    expect(whole.average(60)).toBeCloseTo(30.5, 12);
    expect(whole.average(59)).toBeCloseTo(29.5, 12);
    expect(whole.average(58)).toBeNull();
    expect(seconds.average(7)).toBeNull();
  });
});

test("markets open and settle on averages of the feed, and the last second knows the outcome", () => {
  const rng = mulberry32(7);
  let priceUsd = 60_000;
  const prices = Array.from({ length: 3_601 }, (_, i) => {
    priceUsd *= Math.exp(0.5e-4 * (rng.next() + rng.next() + rng.next() - 1.5) * 2);
    return { atMs: i * 1_000, priceUsd };
  });
  const { dropped, markets, rows, stretches } = measureSynthetic(prices, {
    carryS: 0,
    gridS: 5,
    closeEveryS: 900,
    minLifeS: 900,
    strikesSd: [0],
    pauseS: 60,
    cluster: "close",
  });
  const average = (endS: number): number =>
    prices.slice(endS - 59, endS + 1).reduce((sum, each) => sum + each.priceUsd, 0) / 60;
  // The first market would open before there is a minute to average, so the first close is that of the third quarter.
  expect([stretches, markets, dropped]).toEqual([1, 3, 0]);
  for (const closeS of [1_800, 2_700, 3_600]) {
    const life = rows.filter(({ window }) => window === `${closeS}`);
    const openS = closeS - 900;
    expect(life.map(({ tauS }) => tauS)).toEqual(Array.from({ length: 900 }, (_, i) => 900 - i));
    const isUp = average(closeS) >= average(openS);
    expect(new Set(life.map(({ y }) => y))).toEqual(new Set([isUp ? 1 : 0]));
    expect(Math.abs((life.at(-1)?.p["model"] ?? Number.NaN) - (isUp ? 1 : 0))).toBeLessThan(0.02);
  }
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { createVolEstimator } from "../../src/core/vol/estimator.ts";
import { bipowerVariance, medRV, minRV, realizedVariance } from "../../src/core/vol/jumps.ts";
import { diurnalMean, HOURLY_FACTORS, seasonalIntegral } from "../../src/core/vol/seasonal.ts";

const tick = fc.record({
  stepMs: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 90_000 })),
  move: fc.double({ min: -2e-3, max: 2e-3, noNaN: true }),
});

test("sigma depends on the ticks alone, stays inside its limits, and ignores the price level", () => {
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 300 }), (ticks) => {
      const one = createVolEstimator({ gridS: 5 });
      const same = createVolEstimator({ gridS: 5 });
      const scaled = createVolEstimator({ gridS: 5 });
      let atMs = 1_700_000_000_000;
      let price = 50_000;
      for (const { stepMs, move } of ticks) {
        atMs += stepMs;
        price *= 1 + move;
        one.onPrice(price, atMs);
        one.sigma();
        same.onPrice(price, atMs);
        scaled.onPrice(price * 2, atMs);
      }
      expect(same.sigma()).toEqual(one.sigma());
      const { sigma, ready } = one.sigma();
      expect(scaled.sigma().ready).toBe(ready);
      if (Number.isNaN(sigma)) {
        expect(ready).toBe(false);
        return;
      }
      expect(scaled.sigma().sigma / sigma).toBeCloseTo(1, 6);
      expect(sigma).toBeGreaterThanOrEqual(0.15e-4);
      expect(sigma).toBeLessThanOrEqual(10e-4);
    }),
  );
});

test("variances scale with the square of the returns", () => {
  const returns = fc.array(fc.double({ min: -1e-3, max: 1e-3, noNaN: true }), {
    minLength: 4,
    maxLength: 50,
  });
  fc.assert(
    fc.property(returns, (block) => {
      const doubled = block.map((r) => 2 * r);
      for (const estimate of [bipowerVariance, minRV, medRV]) {
        const v = estimate({ returns: block });
        expect(v).toBeGreaterThanOrEqual(0);
        expect(Math.abs(estimate({ returns: doubled }) - 4 * v)).toBeLessThan(1e-15);
      }
      expect(realizedVariance(block)).toBeGreaterThanOrEqual(0);
    }),
  );
});

function over(from: number, horizon: number): number {
  return seasonalIntegral({ factors: HOURLY_FACTORS, secondOfDay: from % 86_400, horizon });
}

test("the seasonal integral adds up over adjoining horizons and agrees with the weekday mean", () => {
  const second = fc.integer({ min: 0, max: 86_399 });
  const horizon = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(second, horizon, horizon, (secondOfDay, first, next) => {
      const parts = over(secondOfDay, first) + over(secondOfDay + first, next);
      expect(Math.abs(over(secondOfDay, first + next) - parts)).toBeLessThan(1e-6);
      const mondayMs = Date.UTC(2026, 6, 27);
      expect(diurnalMean(mondayMs + secondOfDay * 1000, first)).toBeCloseTo(
        over(secondOfDay, first) / first,
        9,
      );
    }),
  );
});

test("the seasonal integral comes to an end whatever the number of slots", () => {
  for (let slots = 1; slots <= 200; slots++) {
    const factors = Array.from({ length: slots }, (_, i) => 1 + i);
    const day = seasonalIntegral({ factors, secondOfDay: 0, horizon: 2 * 86_400 });
    expect(day / (86_400 * (slots + 1))).toBeCloseTo(1, 9);
  }
  for (const horizon of [Number.POSITIVE_INFINITY, Number.NaN]) {
    const factors = HOURLY_FACTORS;
    expect(() => seasonalIntegral({ factors, secondOfDay: 0, horizon })).toThrow(RangeError);
    expect(() => seasonalIntegral({ factors, secondOfDay: -1, horizon: 60 })).toThrow(RangeError);
  }
});

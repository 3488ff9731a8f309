import { describe, expect, test } from "vitest";
import { hitRateOf, payoffOf } from "../../../src/core/candidate.ts";
import { money } from "../../../src/core/units.ts";

describe("payoffOf", () => {
  test("at 97.21 cents all in one loss takes 35 wins back", () => {
    const payoff = payoffOf(money(972_100));
    expect(payoff?.breakEven).toBeCloseTo(0.9721, 12);
    expect(payoff?.returnIfWon).toBeCloseTo(0.0279 / 0.9721, 12);
    expect(payoff?.winsPerLoss).toBeCloseTo(34.84, 2);
  });

  test.each([0, 1_000_000, 1_003_000])(
    "a contract at %d micro-dollars pays nothing to speak of",
    (cost) => {
      expect(payoffOf(money(cost))).toBeNull();
    },
  );
});

describe("hitRateOf", () => {
  test("292 of 300 windows is no proof of 97 cents", () => {
    const seen = hitRateOf({ hits: 292, markets: 300, windows: 300 });
    expect(seen?.rate).toBeCloseTo(0.9733, 4);
    expect(seen?.low).toBeGreaterThan(0.95);
    expect(seen?.low).toBeLessThan(0.97);
  });

  test("ten strikes of one event are one window", () => {
    const one = hitRateOf({ hits: 10, markets: 10, windows: 1 });
    const ten = hitRateOf({ hits: 10, markets: 10, windows: 10 });
    expect(one?.rate).toBe(1);
    expect(one?.low).toBeLessThan(0.3);
    expect(ten?.low).toBeGreaterThan(0.7);
  });

  test("nothing settled, nothing known", () => {
    expect(hitRateOf({ hits: 0, markets: 0, windows: 0 })).toBeNull();
  });
});

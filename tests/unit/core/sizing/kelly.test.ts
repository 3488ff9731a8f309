import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { kellyFraction, kellyRamp } from "../../../../src/core/sizing/kelly.ts";

/** Expected log growth of staking a share on a contract. */
function growth(share: number, { p, cost }: { p: number; cost: number }): number {
  return p * Math.log(1 + (share * (1 - cost)) / cost) + (1 - p) * Math.log(1 - share);
}

describe("Kelly's fraction", () => {
  test("no other share grows faster", () => {
    const rng = mulberry32(1);
    for (let n = 0; n < 200; n++) {
      const bet = { p: rng.next(), cost: 0.01 + 0.98 * rng.next() };
      const share = kellyFraction(bet);
      const best = growth(share, bet);
      for (const other of [0, share / 2, share * 0.99, (1 + share) / 2, share + 1e-3]) {
        if (other < 1) expect(growth(other, bet)).toBeLessThanOrEqual(best + 1e-15);
      }
    }
  });

  test.each([
    ["no edge", 0.4, 0.4, 0],
    ["a cost above the chance", 0.4, 0.5, 0],
    ["certainty", 1, 0.97, 1],
    ["no chance", 0, 0.01, 0],
  ])("%s", (_, p, cost, share) => {
    expect(kellyFraction({ p, cost })).toBe(share);
  });

  test.each([
    ["a free contract", 0.5, 0],
    ["a contract that cannot win", 0.5, 1],
    ["a chance that is no number", Number.NaN, 0.5],
    ["a chance above 1", 1.01, 0.5],
    ["a cost that is no number", 0.5, Number.NaN],
  ])("refuses %s", (_, p, cost) => {
    expect(() => kellyFraction({ p, cost })).toThrow(RangeError);
  });
});

describe("ramp", () => {
  const limits = { threshold: 0.04, full: 0.1 };

  test("reaches a limit through float dust", () => {
    expect(0.54 - 0.5).not.toBe(0.04);
    expect(kellyRamp({ edge: 0.54 - 0.5, ...limits })).toBeCloseTo(0.25, 12);
    expect(kellyRamp({ edge: 0.04 - 1e-12, ...limits })).toBe(0.25);
    expect(kellyRamp({ edge: 0.04 - 1e-8, ...limits })).toBe(0);
  });

  test("never falls with the edge and stays in [0, 1]", () => {
    let before = 0;
    for (let edge = -0.2; edge < 0.3; edge += 0.001) {
      const factor = kellyRamp({ edge, ...limits });
      expect(factor).toBeGreaterThanOrEqual(before);
      expect(factor).toBeLessThanOrEqual(1);
      before = factor;
    }
    expect(before).toBe(1);
  });

  test.each([
    ["limits that coincide", { edge: 0.1, threshold: 0.1, full: 0.1 }],
    ["limits in the wrong order", { edge: 0.1, threshold: 0.1, full: 0.04 }],
    ["an edge that is no number", { edge: Number.NaN, threshold: 0.04, full: 0.1 }],
    ["an endless limit", { edge: 0.1, threshold: 0.04, full: Number.POSITIVE_INFINITY }],
  ])("refuses %s", (_, input) => {
    expect(() => kellyRamp(input)).toThrow(RangeError);
  });
});

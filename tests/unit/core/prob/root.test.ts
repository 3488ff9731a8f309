import { describe, expect, test } from "vitest";
import { risingRoot } from "../../../../src/core/prob/root.ts";

describe("root of a rising function", () => {
  test.each([
    ["a line", (x: number) => 3 * x - 2, 2 / 3],
    ["a root at the start", (x: number) => x, 0],
    ["a far root", (x: number) => x - 123_456.789, 123_456.789],
    ["an exponential", (x: number) => Math.exp(x) - 1e6, Math.log(1e6)],
    ["a flat start", (x: number) => x ** 9 - 1e-4, 1e-4 ** (1 / 9)],
    ["a jump", (x: number) => (x < 0.3 ? -1 : 1), 0.3],
  ])("%s", (_, f, root) => {
    expect(risingRoot(f, { from: 0, step: 1 })).toBeCloseTo(root, 9);
  });

  test("takes few evaluations of a smooth function", () => {
    let calls = 0;
    risingRoot(
      (x) => {
        calls++;
        return Math.exp(x) - 50;
      },
      { from: 0, step: 1 },
    );
    expect(calls).toBeLessThan(25);
  });

  test.each([
    ["is above zero at the start", (x: number) => x + 1],
    ["never rises to zero", () => -1],
    ["is no number", () => Number.NaN],
  ])("refuses a function that %s", (_, f) => {
    expect(() => risingRoot(f, { from: 0, step: 1 })).toThrow(RangeError);
  });
});

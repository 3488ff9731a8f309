import { describe, expect, test } from "vitest";
import { measureLags } from "../../../scripts/measure/models/clock.ts";
import { isYes } from "../../../scripts/measure/models/hourly.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { aMarket } from "../../support/builders.ts";

describe("the outcome of an hourly market", () => {
  const bracket = aMarket({ strikeType: "between", floorUsd: 62_900, capUsd: 62_999.99 });

  test.each([
    [62_899.99, false],
    [62_900, true],
    [62_927.31, true],
    [62_999.99, true],
    [63_000, false],
  ])("%d in the bracket from 62,900 to 62,999.99: %s", (value, expected) => {
    expect(isYes(bracket, value)).toBe(expected);
  });

  test("tails exclude their strike", () => {
    const above = aMarket({ strikeType: "greater", floorUsd: 2_594.99 });
    expect([2_594.99, 2_595].map((value) => isYes(above, value))).toEqual([false, true]);
    const below = aMarket({ strikeType: "less", floorUsd: null, capUsd: 1_105 });
    expect([1_104.99, 1_105].map((value) => isYes(below, value))).toEqual([true, false]);
  });
});

test("a mid that follows spot is found where it follows, and a wrong clock shows as a wrong lag", () => {
  const rng = mulberry32(3);
  let level = 100;
  const steps = Array.from({ length: 3_000 }, (_, i) => {
    level += rng.next() - 0.5;
    return { ms: 1_000_000 + i * 200, level };
  });
  // The recorder stamps both alike; the book's exchange is a second ahead of the venue's clock.
  const spot = steps.map(({ level: value, ms }) => ({ recvMs: ms, exchangeMs: ms - 50, value }));
  const mids = steps.map(({ level: value, ms }) => ({
    recvMs: ms + 300,
    exchangeMs: ms + 1_250,
    value,
  }));
  const [recorder, exchanges] = measureLags([{ file: "x", spot, mids }]);
  expect([recorder?.clock, recorder?.bestMs]).toEqual(["recvMs", 300]);
  expect(recorder?.best).toBeGreaterThan(0.95);
  expect(recorder?.offsetMs).toEqual([50, -950]);
  expect(exchanges?.bestMs).toBe(1_300);
});

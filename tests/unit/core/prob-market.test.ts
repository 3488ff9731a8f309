import { describe, expect, test } from "vitest";
import type { Market } from "../../../src/core/market.ts";
import { bracketLadder } from "../../../src/core/prob/ladder.ts";
import { type MarketProbInputs, probYes } from "../../../src/core/prob/market-prob.ts";
import { probAbove } from "../../../src/core/prob/settlement.ts";
import { aMarket } from "../../support/builders.ts";

const inputs: MarketProbInputs = {
  spotUsd: 100_010,
  sigma: 0.55e-4,
  tauS: 600,
  shape: "student",
  nu: 4,
  basisMean: 0,
  basisSd: 1e-4,
  known: null,
};
const model = {
  S: 100_010,
  sigma: 0.55e-4,
  tau: 600,
  basisSd: 1e-4,
  shape: "student",
  nu: 4,
} as const;

function market(strikeType: Market["strikeType"], floorUsd: number | null, capUsd: number | null) {
  return aMarket({ strikeType, floorUsd, capUsd });
}

test.each([
  ["greater", market("greater", 100_050, null), probAbove({ ...model, K: 100_050 })],
  [
    "greater_or_equal",
    market("greater_or_equal", 100_050, null),
    probAbove({ ...model, K: 100_050 }),
  ],
  ["less", market("less", null, 100_050), 1 - probAbove({ ...model, K: 100_050 })],
  [
    "less_or_equal",
    market("less_or_equal", null, 100_050),
    1 - probAbove({ ...model, K: 100_050 }),
  ],
])("strike type %s", (_, of, expected) => {
  expect(probYes(of, inputs)).toBeCloseTo(expected, 14);
});

test.each([99_500, 99_900, 100_000, 100_100, 100_500])(
  "a bracket from %d is its ladder's step",
  (floor) => {
    const ladder = bracketLadder({ ...model, bounds: [floor, floor + 100] });
    expect(probYes(market("between", floor, floor + 99.99), inputs)).toBeCloseTo(
      ladder.brackets[1] ?? Number.NaN,
      12,
    );
  },
);

test("the basis mean moves spot, its spread widens the law", () => {
  const of = market("greater", 100_050, null);
  const moved = probYes(of, { ...inputs, basisMean: 2e-4 });
  expect(moved).toBeCloseTo(probAbove({ ...model, S: 100_010 * Math.exp(2e-4), K: 100_050 }), 14);
  expect(probYes(of, { ...inputs, basisSd: 9e-4 })).toBeGreaterThan(probYes(of, inputs) ?? 1);
});

test.each(["normal", "student"] as const)("shape %s is the one that is used", (shape) => {
  expect(probYes(market("greater", 100_200, null), { ...inputs, shape })).toBeCloseTo(
    probAbove({ ...model, shape, K: 100_200 }),
    14,
  );
});

describe("inside the averaging minute", () => {
  const of = market("greater_or_equal", 100_000, null);
  const known = { count: 40, sumUsd: 40 * 99_990 };

  test("known prints count as they are", () => {
    expect(probYes(of, { ...inputs, tauS: 19.5, known })).toBeCloseTo(
      probAbove({ ...model, tau: 19.5, K: 100_000, knownCount: 40, knownSum: 40 * 99_990 }),
      14,
    );
  });

  test("known prints of our own share the basis error", () => {
    const proxy = { ...known, source: "proxy" } as const;
    expect(probYes(of, { ...inputs, tauS: 19.5, known: proxy })).toBeCloseTo(
      probAbove({
        ...model,
        tau: 19.5,
        K: 100_000,
        knownCount: 40,
        knownSum: 40 * 99_990,
        knownSource: "proxy",
      }),
      14,
    );
  });

  test("without them there is no probability, up to the second before the first print there is", () => {
    expect(probYes(of, { ...inputs, tauS: 59 })).toBeNull();
    expect(probYes(of, { ...inputs, tauS: 59.01 })).not.toBeNull();
  });

  test.each([
    ["negative", { count: -1, sumUsd: 1 }],
    ["more than sixty", { count: 61, sumUsd: 6_100_000 }],
    ["fractional", { count: 1.5, sumUsd: 150_000 }],
    ["without a sum", { count: 10, sumUsd: Number.NaN }],
    ["with an empty sum", { count: 10, sumUsd: 0 }],
    ["a sum without prints", { count: 0, sumUsd: 100_000 }],
  ])("prints that cannot be are refused: %s", (_, wrong) => {
    expect(probYes(of, { ...inputs, tauS: 30, known: wrong })).toBeNull();
  });
});

function settled(average: number): MarketProbInputs {
  return { ...inputs, tauS: 0, known: { count: 60, sumUsd: 60 * average, source: "index" } };
}

describe("when nothing is uncertain any more, ties decide", () => {
  test.each([
    ["greater", market("greater", 67_628.9, null), 0],
    ["greater_or_equal", market("greater_or_equal", 67_628.9, null), 1],
    ["less", market("less", null, 67_628.9), 0],
    ["less_or_equal", market("less_or_equal", null, 67_628.9), 1],
    ["between, at its floor", market("between", 67_628.9, 67_728.89), 1],
    ["between, just below the next floor", market("between", 67_528.9, 67_628.89), 0],
  ])("%s at exactly the strike", (_, of, expected) => {
    expect(probYes(of, settled(67_628.9))).toBe(expected);
  });

  test("an uncertainty too small to be squared is none", () => {
    const tiny: MarketProbInputs = {
      ...inputs,
      tauS: 0,
      shape: "normal",
      basisSd: 1.5561661234679522e-167,
      known: { count: 60, sumUsd: 6_059_999.999999989, source: "proxy" },
    };
    expect(probYes(market("greater", 98_000, null), tiny)).toBe(1);
    expect(probYes(market("less", null, 98_000), tiny)).toBe(0);
  });

  test("a cap belongs to its bracket", () => {
    expect(probYes(market("between", 67_528.9, 67_628.89), settled(67_628.89))).toBe(1);
  });
});

test("the small side keeps its relative accuracy on either side of the mean", () => {
  const far = { ...inputs, shape: "normal", basisSd: 0 } as const;
  const up = probYes(market("greater", 101_200, null), far) ?? Number.NaN;
  const down = probYes(market("less", null, 98_834.25), far) ?? Number.NaN;
  expect(up).toBeGreaterThan(0);
  expect(up).toBeLessThan(1e-16);
  expect(Math.log(down / up)).toBeCloseTo(0, 1);
  const bracket = probYes(market("between", 98_700, 98_799.99), far) ?? Number.NaN;
  expect(bracket).toBeGreaterThan(0);
  expect(bracket).toBeLessThan(1e-16);
});

test.each([
  ["no strike yet", aMarket({ floorUsd: null }), {}],
  ["strike of an unknown kind", market("unknown", 100_000, 100_100), {}],
  ["a bracket without its cap", market("between", 100_000, null), {}],
  ["a strike that is no number", market("greater", Number.NaN, null), {}],
  ["a cap that is no number", market("less", null, Number.POSITIVE_INFINITY), {}],
  ["a bracket that is no number", market("between", Number.NaN, 1), {}],
  ["no sigma", aMarket(), { sigma: 0 }],
  ["sigma that is no number", aMarket(), { sigma: Number.NaN }],
  ["no spot", aMarket(), { spotUsd: 0 }],
  ["spot without end", aMarket(), { spotUsd: Number.POSITIVE_INFINITY }],
  ["past the close", aMarket(), { tauS: -0.001 }],
  ["basis that is no number", aMarket(), { basisMean: Number.NaN }],
  ["negative basis spread", aMarket(), { basisSd: -1e-4 }],
  ["tails without a variance", aMarket(), { nu: 2 }],
])("no probability: %s", (_, of, changes) => {
  expect(probYes(of, { ...inputs, ...changes })).toBeNull();
});

test.each([
  ["greater", market("greater", 0, null), 1],
  ["less", market("less", null, 0), 0],
])("a strike of zero is certain: %s", (_, of, expected) => {
  expect(probYes(of, inputs)).toBe(expected);
});

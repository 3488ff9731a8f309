import { describe, expect, test } from "vitest";
import type { Market } from "../../../src/core/market.ts";
import { boundsOf } from "../../../src/core/prob/bounds.ts";
import { bracketLadder } from "../../../src/core/prob/ladder.ts";
import { chancesOf, probYes as price } from "../../../src/core/prob/market-prob.ts";
import { type ModelInputs, outlookOf } from "../../../src/core/prob/outlook.ts";
import { probAbove } from "../../../src/core/prob/settlement.ts";
import { aMarket } from "../../support/builders.ts";

const inputs: ModelInputs = {
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

/** The probability, NaN where there is a reason instead. */
function probYes(of: Market, given: ModelInputs): number {
  const p = price(of, given);
  return typeof p === "string" ? Number.NaN : p;
}

function market(strikeType: Market["strikeType"], floorUsd: number | null, capUsd: number | null) {
  return aMarket({ strikeType, floorUsd, capUsd });
}

test.each([
  ["greater", market("greater", 100_049.99, null), probAbove({ ...model, K: 100_050 })],
  [
    "greater_or_equal",
    market("greater_or_equal", 100_050, null),
    probAbove({ ...model, K: 100_050 }),
  ],
  ["less", market("less", null, 100_050), 1 - probAbove({ ...model, K: 100_050 })],
  [
    "less_or_equal",
    market("less_or_equal", null, 100_049.99),
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
  const of = market("greater", 100_049.99, null);
  const moved = probYes(of, { ...inputs, basisMean: 2e-4 });
  expect(moved).toBeCloseTo(probAbove({ ...model, S: 100_010 * Math.exp(2e-4), K: 100_050 }), 14);
  expect(probYes(of, { ...inputs, basisSd: 9e-4 })).toBeGreaterThan(probYes(of, inputs));
});

test.each(["normal", "student"] as const)("shape %s is the one that is used", (shape) => {
  expect(probYes(market("greater_or_equal", 100_200, null), { ...inputs, shape })).toBeCloseTo(
    probAbove({ ...model, shape, K: 100_200 }),
    14,
  );
});

describe("inside the averaging minute", () => {
  const of = market("greater_or_equal", 100_000, null);
  const known = { count: 40, sumUsd: 40 * 99_990, source: "index" } as const;

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
    expect(price(of, { ...inputs, tauS: 59 })).toBe("index_stale");
    expect(probYes(of, { ...inputs, tauS: 59.01 })).toBeGreaterThan(0);
  });

  test.each([
    ["negative", { count: -1, sumUsd: 1 }],
    ["more than sixty", { count: 61, sumUsd: 6_100_000 }],
    ["fractional", { count: 1.5, sumUsd: 150_000 }],
    ["without a sum", { count: 10, sumUsd: Number.NaN }],
    ["with an empty sum", { count: 10, sumUsd: 0 }],
    ["a sum without prints", { count: 0, sumUsd: 100_000 }],
  ])("prints that cannot be are refused: %s", (_, wrong) => {
    expect(price(of, { ...inputs, tauS: 30, known: { ...wrong, source: "index" } })).toBe(
      "input_invalid",
    );
  });
});

function settled(average: number): ModelInputs {
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
    const tiny: ModelInputs = {
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
  const up = probYes(market("greater", 101_200, null), far);
  const down = probYes(market("less", null, 98_834.25), far);
  expect(up).toBeGreaterThan(0);
  expect(up).toBeLessThan(1e-16);
  expect(Math.log(down / up)).toBeCloseTo(0, 1);
  const bracket = probYes(market("between", 98_700, 98_799.99), far);
  expect(bracket).toBeGreaterThan(0);
  expect(bracket).toBeLessThan(1e-16);
});

test.each([
  ["no strike yet", market("greater", null, null), {}, "strike_tbd"],
  ["strike of an unknown kind", market("unknown", 100_000, 100_100), {}, "strike_invalid"],
  ["a bracket without its cap", market("between", 100_000, null), {}, "strike_tbd"],
  ["a strike that is no number", market("greater", Number.NaN, null), {}, "strike_invalid"],
  ["a cap without end", market("less", null, Number.POSITIVE_INFINITY), {}, "strike_invalid"],
  ["a bracket that is no number", market("between", Number.NaN, 1), {}, "strike_invalid"],
  ["no sigma", aMarket(), { sigma: 0 }, "no_sigma"],
  ["negative sigma", aMarket(), { sigma: -1e-4 }, "no_sigma"],
  ["sigma that is no number", aMarket(), { sigma: Number.NaN }, "no_sigma"],
  ["sigma without end", aMarket(), { sigma: Number.POSITIVE_INFINITY }, "no_sigma"],
  ["no spot", aMarket(), { spotUsd: 0 }, "no_spot"],
  ["negative spot", aMarket(), { spotUsd: -1 }, "no_spot"],
  ["spot that is no number", aMarket(), { spotUsd: Number.NaN }, "no_spot"],
  ["spot without end", aMarket(), { spotUsd: Number.POSITIVE_INFINITY }, "no_spot"],
  ["past the close", aMarket(), { tauS: -0.001 }, "market_closed"],
  ["a time that is no number", aMarket(), { tauS: Number.NaN }, "input_invalid"],
  ["basis that is no number", aMarket(), { basisMean: Number.NaN }, "input_invalid"],
  ["negative basis spread", aMarket(), { basisSd: -1e-4 }, "input_invalid"],
  ["tails without a variance", aMarket(), { nu: 2 }, "input_invalid"],
])("a reason instead of a number: %s", (_, of, changes, reason) => {
  expect(price(of, { ...inputs, ...changes })).toBe(reason);
});

test.each([
  ["greater", market("greater", 0, null), 1],
  ["less", market("less", null, 0), 0],
])("a strike of zero is certain: %s", (_, of, expected) => {
  expect(probYes(of, inputs)).toBe(expected);
});

describe("what cannot be is a reason, never a number", () => {
  const of = market("greater_or_equal", 100_000, null);

  test.each([
    ["a basis out of this world", { basisMean: 1_000 }],
    ["a basis that leaves no price", { basisMean: -1_000 }],
    ["time without end", { tauS: 1e308 }],
    ["infinitely many degrees of freedom", { nu: Number.POSITIVE_INFINITY }],
    ["a volatility without end", { sigma: 1e308 }],
  ])("%s", (_, wrong) => {
    expect(price(of, { ...inputs, ...wrong })).toBe("input_invalid");
  });

  test("a bracket that ends before it begins", () => {
    expect(price(market("between", 64_000, 63_999.99), inputs)).toBe("strike_invalid");
    expect(price(market("between", 64_000, 64_000), inputs)).toBeCloseTo(0, 12);
  });

  test("a strike beyond all prices is not reached", () => {
    expect(price(market("greater", Number.MAX_VALUE, null), inputs)).toBe(0);
    expect(price(market("less", null, Number.MAX_VALUE), inputs)).toBe(1);
  });
});

test.each([
  ["greater", 67_628.9, null, 1e-6],
  ["less_or_equal", null, 67_628.9, 1e-6],
  ["between", 67_600, 67_628.9, 1e-6],
] as const)("dust on a strike %s does not make another strike of it", (type, floor, cap, dust) => {
  const dusty = (usd: number | null) => (usd === null ? null : usd - dust);
  const clean = probYes(market(type, floor, cap), { ...inputs, spotUsd: 67_620 });
  const bracketFloor = type === "between" ? floor : dusty(floor);
  expect(probYes(market(type, bracketFloor, dusty(cap)), { ...inputs, spotUsd: 67_620 })).toBe(
    clean,
  );
});

test("ten-thousandths are no dust", () => {
  const cheap = { ...inputs, spotUsd: 146 };
  expect(probYes(market("greater", 146.1234, null), cheap)).toBeLessThan(
    probYes(market("greater", 146.1233, null), cheap),
  );
});

describe("the interval", () => {
  test("of a bracket reaches to the basis that puts the mean into its middle", () => {
    // One s.d. of the basis is 10 dollars; the bracket's middle lies 5 above spot.
    const near = { ...inputs, tauS: 61, spotUsd: 100_000 };
    const outlook = outlookOf(near);
    const bracket = boundsOf(market("between", 99_980, 100_029.99));
    if (typeof outlook === "string" || typeof bracket === "string") throw new Error("no outlook");
    const { high, low, p } = chancesOf(bracket, outlook);
    for (let dollars = -10; dollars <= 10; dollars++) {
      const shifted = { ...near, spotUsd: near.spotUsd + dollars };
      const moved = outlookOf(shifted);
      if (typeof moved === "string") throw new Error(moved);
      const { atHighSigma, atLowSigma } = chancesOf(bracket, moved);
      expect(Math.max(atHighSigma, atLowSigma)).toBeLessThan(high + 1e-4);
      expect(Math.min(atHighSigma, atLowSigma)).toBeGreaterThan(low - 1e-4);
    }
    expect(high).toBeGreaterThan(p);
  });

  test("is one however small the uncertainty", () => {
    const of = boundsOf(market("greater_or_equal", 100_000, null));
    if (typeof of === "string") throw new Error(of);
    for (let exponent = -20; exponent < -8; exponent += 0.002) {
      const outlook = outlookOf({ ...inputs, spotUsd: 100_000, basisSd: 0, sigma: 10 ** exponent });
      if (typeof outlook === "string") throw new Error(outlook);
      const { high, low, p } = chancesOf(of, outlook);
      expect(low >= 0 && low <= p && p <= high && high <= 1).toBe(true);
    }
  });
});

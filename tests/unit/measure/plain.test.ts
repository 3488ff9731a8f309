import { describe, expect, test } from "vitest";
import { NORMAL, plainYes, STUDENT } from "../../../scripts/measure/models/plain.ts";
import { forecastOf } from "../../../scripts/measure/models/scoring.ts";
import { probYes } from "../../../src/core/prob/market-prob.ts";
import { aMarket } from "../../support/builders.ts";

const INPUTS = { spotUsd: 100_000, sigma: 0.5e-4, tauS: 400, law: NORMAL };

describe("plainYes", () => {
  test("is the normal law of spot at the close", () => {
    // One standard deviation is 0.5 bp × √400 = 10 bp.
    const floorUsd = 100_000 * Math.exp(-10e-4);
    expect(plainYes(aMarket({ floorUsd }), INPUTS)).toBeCloseTo(0.841_344_746, 8);
    expect(plainYes(aMarket({ floorUsd }), { ...INPUTS, law: STUDENT })).toBeCloseTo(0.8849, 4);
  });

  test("brackets and tails of a ladder add up to one", () => {
    const ladder = [
      aMarket({ strikeType: "less", floorUsd: null, capUsd: 99_900 }),
      aMarket({ strikeType: "between", floorUsd: 99_900, capUsd: 99_999.99 }),
      aMarket({ strikeType: "between", floorUsd: 100_000, capUsd: 100_099.99 }),
      aMarket({ strikeType: "greater", floorUsd: 100_100, capUsd: null }),
    ];
    const total = ladder.reduce((sum, market) => sum + plainYes(market, INPUTS), 0);
    expect(total).toBeCloseTo(1, 12);
  });

  test("gives nothing of nothing", () => {
    expect(plainYes(aMarket({ floorUsd: null }), INPUTS)).toBeNaN();
    expect(plainYes(aMarket(), { ...INPUTS, tauS: 0 })).toBeNaN();
    expect(plainYes(aMarket({ strikeType: "unknown" }), INPUTS)).toBeNaN();
  });

  test("is as far from the model two minutes before the close as models.md §1.5 says", () => {
    const tauS = 120;
    const sd = 0.5e-4 * Math.sqrt(80.503);
    const market = aMarket({ floorUsd: 100_000 * Math.exp(-sd) });
    const model = probYes(market, {
      ...INPUTS,
      tauS,
      shape: "normal",
      nu: 4,
      basisMean: 0,
      basisSd: 0,
      known: null,
    });
    expect(plainYes(market, { ...INPUTS, tauS }) - forecastOf(model)).toBeCloseTo(-0.0478, 3);
  });
});

import { describe, expect, test } from "vitest";
import { barsOfQuarters } from "../../../../src/core/learn/bars.ts";
import { DIRECTION_ROWS_MIN, fitDirection } from "../../../../src/core/learn/direction-fit.ts";
import { directionRows } from "../../../../src/core/learn/direction-rows.ts";
import {
  challengerVariance,
  fitMagnitude,
  MAGNITUDE_ROWS_MIN,
  qlike,
  shrinkageOf,
} from "../../../../src/core/learn/magnitude-fit.ts";
import { magnitudeRows } from "../../../../src/core/learn/magnitude-rows.ts";
import { type FitStep, type Fitted, judge } from "../../../../src/core/learn/verdict.ts";
import {
  minutesOf,
  noisePlan,
  PRODUCTION,
  quartersOf,
  reversingPlan,
  volumeLedPlan,
} from "../../../support/candles.ts";

const FOLDS = 5;

function finish(work: Generator<FitStep, Fitted>): Fitted {
  let last = -1;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    // The steps are counted in order, and their number is known from the start.
    expect(step.value.done).toBe(last + 1);
    expect(step.value.done).toBeLessThan(step.value.total);
    last = step.value.done;
  }
}

const direction = (seed: number, bars: number, plan: Parameters<typeof quartersOf>[2]): Fitted =>
  finish(fitDirection(directionRows(barsOfQuarters(quartersOf(seed, bars, plan)), []), FOLDS));

const magnitude = (seed: number, bars: number, plan: Parameters<typeof minutesOf>[2]): Fitted =>
  finish(fitMagnitude(magnitudeRows(minutesOf(seed, bars, plan), [], PRODUCTION), 3));

describe("direction", () => {
  test.each([1, 2, 3])("what reverses is found and accepted (seed %i)", (seed) => {
    const fitted = direction(seed, 3_000, reversingPlan);
    expect(fitted).toMatchObject({ kind: "direction", accepted: true, scoreName: "Brier" });
    expect(fitted.scoreOos).toBeLessThan(0.24);
    expect(fitted.folds).toHaveLength(FOLDS);
    for (const { plain, score } of fitted.folds) expect(score).toBeLessThan(plain);
  });

  test("chance is accepted as seldom as a one-sided test at 5 % allows", () => {
    const seeds = Array.from({ length: 40 }, (_, k) => 100 + k);
    const accepted = seeds.filter((seed) => direction(seed, 1_500, noisePlan).accepted);
    // Of 40 tries at 5 %, 6 or more come in 1 case of 72.
    expect(accepted.length).toBeLessThanOrEqual(5);
    const refused = direction(100, 1_500, noisePlan);
    expect(refused.reason).not.toBe("");
    expect(Math.abs(refused.scoreOos - 0.25)).toBeLessThan(0.001);
  });

  test("bars that all go the same way teach nothing", () => {
    const rising = direction(1, 1_500, () => ({ sd: 0.001, logReturn: 0.001, volume: 1 }));
    expect(rising).toMatchObject({ accepted: false, reason: "every bar went the same way" });
  });

  test("too few rows are refused before anything is fitted", () => {
    const data = directionRows(barsOfQuarters(quartersOf(1, 500, noisePlan)), []);
    expect(data.rows.length).toBeLessThan(DIRECTION_ROWS_MIN);
    expect(() => fitDirection(data, FOLDS).next()).toThrow(RangeError);
  });
});

describe("magnitude", () => {
  test("what only the volume announces is found and accepted", () => {
    const fitted = magnitude(1, 1_400, volumeLedPlan());
    expect(fitted).toMatchObject({ kind: "magnitude", accepted: true, scoreName: "QLIKE" });
    expect(fitted.scoreOos).toBeLessThan(0.7 * fitted.scorePlain);
    expect(fitted.params["weight"]).toBeGreaterThan(0.5);
  });

  test.each([1, 2, 3])("independent returns of one size are refused (seed %i)", (seed) => {
    const fitted = magnitude(seed, 1_200, noisePlan);
    expect(fitted.accepted).toBe(false);
    // A normal return is 0.80 standard deviations large on average, not 1 (models.md §2.8).
    expect(fitted.params["absolutePerSigma"]).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
  });

  test("a price that stands still gives no model, and no number that is none", () => {
    const still = minutesOf(1, 1_200, () => ({ sd: 0, logReturn: 0, volume: 1 }));
    const fitted = finish(fitMagnitude(magnitudeRows(still, [], PRODUCTION), 2));
    expect(fitted).toMatchObject({ accepted: false, scoreOos: 0, scorePlain: 0 });
    expect(fitted.params["absolutePerSigma"]).toBeNull();
    expect(JSON.stringify(fitted.folds)).not.toContain("null");
  });

  test("too few rows are refused before anything is fitted", () => {
    const data = magnitudeRows(minutesOf(1, 300, noisePlan), [], PRODUCTION);
    expect(data.rows.length).toBeLessThan(MAGNITUDE_ROWS_MIN);
    expect(() => fitMagnitude(data, FOLDS).next()).toThrow(RangeError);
  });
});

const truth = (i: number): number => 1e-6 * Math.exp(Math.sin(i));

/** What trees and blend say of 200 bars. */
function said(logTrees: (i: number) => number, blend: (i: number) => number) {
  return Array.from({ length: 200 }, (_, i) => {
    const plain = { production: blend(i), blend: blend(i) };
    const row = { atMs: i, x: [], har: [], nextReturn: 0, realized: truth(i), ...plain };
    return { row, logTrees: logTrees(i) };
  });
}

describe("shrinkage", () => {
  test("goes to the plain forecast when that is right, and to the trees when they are", () => {
    const blendRight = shrinkageOf(said((i) => Math.cos(7 * i), truth));
    expect(blendRight.weight).toBe(0);
    const treesRight = shrinkageOf(
      said(
        (i) => Math.log(truth(i)) - 2,
        (i) => 1e-6 * Math.exp(Math.cos(5 * i)),
      ),
    );
    expect(treesRight).toEqual({ scale: expect.closeTo(Math.exp(2), 9), weight: 1 });
  });

  test("weight 0 is the blend and weight 1 the scaled trees", () => {
    expect(challengerVariance(-3, 0.5, { scale: 2, weight: 0 })).toBeCloseTo(0.5, 12);
    expect(challengerVariance(-3, 0.5, { scale: 2, weight: 1 })).toBeCloseTo(2 * Math.exp(-3), 12);
  });

  test("QLIKE is 0 for what came and grows to both sides", () => {
    expect(qlike(2, 2)).toBe(0);
    expect(qlike(2, 1)).toBeCloseTo(1 - Math.log(2), 12);
    expect(qlike(2, 4)).toBeCloseTo(Math.log(2) - 0.5, 12);
  });
});

describe("verdict", () => {
  const cluster = Array.from({ length: 100 }, (_, i) => Math.floor(i / 10));
  const losses = (gain: (i: number) => number) => ({
    model: cluster.map((_, i) => 1 - gain(i)),
    plains: [
      { name: "a stone", losses: cluster.map(() => 2) },
      { name: "a coin", losses: cluster.map(() => 1) },
    ],
    cluster,
  });

  test.each([
    ["steady gains", (i: number) => 0.1 + 0.05 * Math.sin(i), true, "better than a coin by 0.10"],
    ["one lucky day", (i: number) => (i < 10 ? 1 : -0.01), false, "which may be luck"],
    ["a loss", (i: number) => -0.1 + 0.05 * Math.sin(i), false, "worse than a coin by 0.10"],
    ["no difference", () => 0, false, "the same as a coin"],
  ])("%s", (_, gain, accepted, reason) => {
    const judged = judge(losses(gain), "day");
    expect(judged.accepted).toBe(accepted);
    expect(judged.reason).toContain(reason);
    expect(judged.plains.map(({ name }) => name)).toEqual(["a coin", "a stone"]);
  });

  test("three days prove nothing, however good", () => {
    const three = losses((i) => 0.1 + 0.001 * Math.sin(i));
    const judged = judge({ ...three, cluster: cluster.map((day) => day % 3) }, "day");
    expect(judged).toMatchObject({ accepted: false, reason: "only 3 out of sample by day" });
  });
});

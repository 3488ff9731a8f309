import { describe, expect, test } from "vitest";
import { type CoxCalibration, coxCalibration } from "../../../../src/core/calibration/cox.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

const logit = (p: number): number => Math.log(p / (1 - p));
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Outcomes that follow a + b·logit p; each settlement has `perCluster` equal rows. */
function sample(
  rows: number,
  { a = 0, b = 1, perCluster = 1, seed = 1 } = {},
): Parameters<typeof coxCalibration>[0] {
  const rng = mulberry32(seed);
  const p: number[] = [];
  const y: (0 | 1)[] = [];
  const cluster: number[] = [];
  for (let event = 0; event < rows / perCluster; event++) {
    const chance = 0.02 + 0.96 * rng.next();
    const outcome = rng.next() < sigmoid(a + b * logit(chance)) ? 1 : 0;
    for (let k = 0; k < perCluster; k++) {
      p.push(chance);
      y.push(outcome);
      cluster.push(event);
    }
  }
  return { p, y, cluster };
}

function fit(input: Parameters<typeof coxCalibration>[0]): CoxCalibration {
  const result = coxCalibration(input);
  if (result === null) throw new Error("no estimate");
  return result;
}

describe("Cox calibration", () => {
  test.each([
    [0, 1],
    [0.5, 1],
    [0, 0.5],
    [-0.4, 1.6],
  ])("finds a = %d, b = %d within three standard errors", (a, b) => {
    const result = fit(sample(4_000, { a, b }));
    expect(Math.abs(result.intercept - a)).toBeLessThan(3 * result.seIntercept);
    expect(Math.abs(result.slope - b)).toBeLessThan(3 * result.seSlope);
    expect(result.pValue < 0.01).toBe(a !== 0 || b !== 1);
    // One row per settlement: both errors estimate the same thing.
    expect((result.clusterSeSlope ?? 0) / result.seSlope).toBeCloseTo(1, 0);
  });

  test("repeating rows within a settlement teaches nothing", () => {
    const alone = fit(sample(600, { b: 0.8 }));
    const repeated = fit(sample(3_000, { b: 0.8, perCluster: 5 }));
    expect(repeated.slope).toBeCloseTo(alone.slope, 8);
    expect(repeated.seSlope / alone.seSlope).toBeCloseTo(1 / Math.sqrt(5), 6);
    expect((repeated.clusterSeSlope ?? 0) / (alone.clusterSeSlope ?? 1)).toBeCloseTo(1, 2);
    expect(
      (repeated.clusterWald?.statistic ?? 0) / (alone.clusterWald?.statistic ?? 1),
    ).toBeCloseTo(1, 2);
  });

  test("the other side of every bet has the opposite bias and the same slope", () => {
    const { p, y, cluster } = sample(500, { a: 0.3, b: 0.9 });
    const yes = fit({ p, y, cluster });
    const no = fit({
      p: p.map((chance) => 1 - chance),
      y: y.map((outcome): 0 | 1 => (outcome === 1 ? 0 : 1)),
      cluster,
    });
    expect(no.intercept).toBeCloseTo(-yes.intercept, 8);
    expect(no.slope).toBeCloseTo(yes.slope, 8);
    expect(no.lr).toBeCloseTo(yes.lr, 8);
  });

  test("rejects true forecasts at 5 % in about one of twenty samples, by either test", () => {
    const fits = Array.from({ length: 200 }, (_, seed) => fit(sample(300, { seed: seed + 1 })));
    const byLikelihood = fits.filter((one) => one.pValue < 0.05).length;
    const byWald = fits.filter((one) => (one.clusterWald?.pValue ?? 1) < 0.05).length;
    for (const count of [byLikelihood, byWald]) {
      expect(count).toBeGreaterThanOrEqual(3);
      expect(count).toBeLessThanOrEqual(22);
    }
  });

  test.each([1e-3, 1e-6, 1e-9, 1e-12])(
    "forecasts of %d from certainty that mean nothing are found out",
    (rest) => {
      const p = [rest, rest, rest, 1 - rest, 1 - rest, 1 - rest, 0.5, 0.4];
      const y: (0 | 1)[] = [1, 0, 1, 0, 1, 0, 1, 0];
      const result = fit({ p, y, cluster: p.map((_, i) => i) });
      expect(Math.abs(result.slope)).toBeLessThan(0.2);
      expect(result.lr).toBeGreaterThan(5);
      // At the maximum the residuals sum to nothing, plain and weighted.
      const left = p.map((chance, i) => {
        const z = result.intercept + result.slope * (Math.log(chance) - Math.log1p(-chance));
        return (y[i] ?? 0) - sigmoid(z);
      });
      expect(left.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
    },
  );

  test("no cluster error from one settlement", () => {
    const { p, y } = sample(50);
    const result = fit({ p, y, cluster: p.map(() => "same") });
    expect(result.clusterSeSlope).toBeNull();
    expect(result.clusterSeIntercept).toBeNull();
    expect(result.clusterWald).toBeNull();
  });

  test.each<[string, number[], (0 | 1)[]]>([
    ["no rows", [], []],
    ["two rows", [0.4, 0.6], [1, 0]],
    ["one outcome only", [0.4, 0.5, 0.6], [1, 1, 1]],
    ["one forecast only", [0.5, 0.5, 0.5, 0.5], [1, 0, 1, 0]],
    ["forecasts that separate the outcomes", [0.2, 0.3, 0.6, 0.7], [0, 0, 1, 1]],
    ["forecasts that separate them wrongly", [0.2, 0.3, 0.6, 0.7], [1, 1, 0, 0]],
    ["forecasts that separate them up to a tie", [0.2, 0.5, 0.5, 0.7], [0, 0, 1, 1]],
  ])("has no estimate with %s", (_, p, y) => {
    expect(coxCalibration({ p, y, cluster: p.map((_chance, i) => i) })).toBeNull();
  });

  test("refuses an outcome that is neither", () => {
    const y = [0, 1, 0.5] as (0 | 1)[];
    expect(() => coxCalibration({ p: [0.2, 0.3, 0.4], y, cluster: [1, 2, 3] })).toThrow("y[2]");
  });

  test.each<[string, number[]]>([
    ["a certain forecast", [0.2, 1, 0.4]],
    ["a forecast that is no number", [0.2, Number.NaN, 0.4]],
    ["columns of unequal length", [0.2, 0.3]],
  ])("refuses %s", (_, p) => {
    expect(() => coxCalibration({ p, y: [0, 1, 0], cluster: [1, 2, 3] })).toThrow(RangeError);
  });
});

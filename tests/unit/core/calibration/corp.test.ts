import { describe, expect, test } from "vitest";
import {
  consistency,
  consistencyBand,
  corp,
  miscalibrationPValue,
  ownLuck,
} from "../../../../src/core/calibration/corp.ts";
import { groupForecasts, isotonicFit } from "../../../../src/core/calibration/isotonic.ts";
import { brier, type Forecasts, logLoss } from "../../../../src/core/calibration/scores.ts";
import { monotoneRepair } from "../../../../src/core/prob/ladder.ts";
import { mulberry32, type Rng } from "../../../../src/core/rng.ts";

/** Forecasts in steps of a hundredth and outcomes that come true at a power of them: 1 is calibrated. */
function forecasts(rng: Rng, rows: number, power = 1): Forecasts {
  const p = Array.from({ length: rows }, () => (1 + Math.floor(rng.next() * 99)) / 100);
  return { p, y: p.map((chance) => (rng.next() < chance ** power ? 1 : 0)) };
}

describe("isotonic regression", () => {
  const rng = mulberry32(7);
  const samples = Array.from({ length: 40 }, (_, n) => ({
    values: Float64Array.from({ length: n }, () => Math.floor(rng.next() * 8)),
    weights: Float64Array.from({ length: n }, () => 1 + Math.floor(rng.next() * 3)),
  }));

  test("never falls, keeps the weighted sum, and repeats itself", () => {
    for (const { values, weights } of samples) {
      const fit = isotonicFit(values, weights);
      const weighted = (of: ArrayLike<number>): number =>
        weights.reduce((sum, weight, i) => sum + weight * (of[i] ?? Number.NaN), 0);
      expect(weighted(fit)).toBeCloseTo(weighted(values), 10);
      expect(fit).toEqual(fit.toSorted());
      expect(isotonicFit(fit, weights)).toEqual(fit);
    }
  });

  test("mirrors the repair of a falling ladder", () => {
    for (const { values, weights } of samples) {
      const falling = monotoneRepair({
        above: Array.from(values).toReversed(),
        weights: Array.from(weights).toReversed(),
      });
      for (const [i, value] of isotonicFit(values, weights).entries()) {
        expect(value).toBeCloseTo(falling.toReversed()[i] ?? Number.NaN, 12);
      }
    }
  });

  test("is the largest of the smallest means around each place", () => {
    for (const { values, weights } of samples) {
      const meanOf = (from: number, to: number): number => {
        let mass = 0;
        let sum = 0;
        for (let i = from; i <= to; i++) {
          mass += weights[i] ?? 0;
          sum += (weights[i] ?? 0) * (values[i] ?? 0);
        }
        return sum / mass;
      };
      for (const [i, value] of isotonicFit(values, weights).entries()) {
        const lowest = Array.from(values.slice(0, i + 1)).map((_from, from) => {
          const means = Array.from(values.slice(i)).map((_to, k) => meanOf(from, i + k));
          return Math.min(...means);
        });
        expect(value).toBeCloseTo(Math.max(...lowest), 12);
      }
    }
  });

  test("refuses columns of unequal length", () => {
    expect(() => isotonicFit(Float64Array.of(1, 2), Float64Array.of(1))).toThrow(
      "values 2, weights 1",
    );
  });
});

describe("groups of equal forecasts", () => {
  test("gather rows wherever they stand, zero of either sign being one", () => {
    const { x, count, groupOf } = groupForecasts([0.5, -0, 0.2, 0, 0.5]);
    expect([...x].map((value) => value + 0)).toEqual([0, 0.2, 0.5]);
    expect([...count]).toEqual([2, 1, 2]);
    expect([...groupOf]).toEqual([2, 0, 1, 0, 2]);
  });
});

describe("decomposition", () => {
  test("adds up to the plain scores, with parts that are never negative", () => {
    const rng = mulberry32(8);
    for (const rows of [1, 2, 10, 100, 1_000]) {
      const sample = forecasts(rng, rows, 2);
      const result = corp(sample);
      expect(result.brier.score).toBeCloseTo(brier(sample), 12);
      expect(result.log.score).toBeCloseTo(logLoss({ ...sample, eps: 1e-12 }), 12);
      for (const { score, mcb, dsc, unc } of [result.brier, result.log]) {
        expect(mcb - dsc + unc).toBeCloseTo(score, 12);
        expect(mcb).toBeGreaterThanOrEqual(-1e-12);
        expect(dsc).toBeGreaterThanOrEqual(-1e-12);
      }
    }
  });

  test("a recalibrated forecast has nothing left to recalibrate", () => {
    const { y, p } = forecasts(mulberry32(9), 500, 3);
    const first = corp({ p, y });
    const second = corp({ p: [...first.recal], y });
    expect(first.brier.mcb).toBeGreaterThan(0.01);
    expect(second.brier.mcb).toBeCloseTo(0, 12);
    expect(second.brier.dsc).toBeCloseTo(first.brier.dsc, 12);
    for (const [i, value] of second.recal.entries()) {
      expect(value).toBeCloseTo(first.recal[i] ?? Number.NaN, 12);
    }
  });

  test("a certain forecast that was wrong costs everything on the log score only", () => {
    const { brier: squares, log } = corp({ p: [0, 0.5, 0.5], y: [1, 0, 1] });
    expect(log.score).toBe(Number.POSITIVE_INFINITY);
    expect(log.mcb).toBe(Number.POSITIVE_INFINITY);
    expect(log.dsc).toBeCloseTo(0, 12);
    expect(squares.score).toBeCloseTo(0.5, 12);
    expect(corp({ p: [0, 1], y: [0, 1] }).log).toEqual({
      score: 0,
      mcb: 0,
      dsc: Math.LN2,
      unc: Math.LN2,
    });
  });

  test.each([
    ["no rows", { p: [], y: [] }],
    ["columns of unequal length", { p: [0.5, 0.5], y: [1] }],
    ["a forecast above 1", { p: [1.5], y: [1] }],
    ["a forecast that is no number", { p: [Number.NaN], y: [1] }],
    ["an outcome that is none", { p: [0.5], y: [0.5] }],
  ])("refuses %s", (_, input) => {
    expect(() => corp(input as unknown as Forecasts)).toThrow(RangeError);
  });
});

describe("consistency band", () => {
  const { p } = forecasts(mulberry32(10), 300);
  const band = (level: number, seed = 1) =>
    consistencyBand({ p, luck: ownLuck(p.length, mulberry32(seed)), draws: 400, level });

  test("is ordered, rises, and a lower level lies inside", () => {
    const wide = band(0.9);
    const narrow = band(0.5);
    expect(wide.x).toEqual(narrow.x);
    for (let k = 0; k < wide.x.length; k++) {
      expect(narrow.lower[k]).toBeGreaterThanOrEqual(wide.lower[k] ?? Number.NaN);
      expect(narrow.upper[k]).toBeLessThanOrEqual(wide.upper[k] ?? Number.NaN);
      expect(narrow.lower[k]).toBeLessThanOrEqual(narrow.upper[k] ?? Number.NaN);
    }
    expect(wide.lower).toEqual(wide.lower.toSorted());
    expect(wide.upper).toEqual(wide.upper.toSorted());
  });

  test("holds the recalibrated forecasts of a true model about as often as it says", () => {
    const { x, lower, upper } = band(0.9);
    const at = new Map([...x].map((value, k) => [value, k]));
    let inside = 0;
    let all = 0;
    const rng = mulberry32(11);
    for (let n = 0; n < 100; n++) {
      const y = p.map((chance): 0 | 1 => (rng.next() < chance ? 1 : 0));
      for (const [i, value] of corp({ p, y }).recal.entries()) {
        const k = at.get(p[i] ?? Number.NaN) ?? -1;
        if (value >= (lower[k] ?? 1) && value <= (upper[k] ?? 0)) inside++;
        all++;
      }
    }
    expect(inside / all).toBeGreaterThan(0.87);
    expect(inside / all).toBeLessThan(0.94);
  });

  test("rows that share their luck get a wider band", () => {
    const together = consistencyBand({
      p,
      // One draw decides all rows, as one settlement decides a ladder.
      luck: { settlements: { count: 1, of: new Int32Array(p.length) }, rng: mulberry32(12) },
      draws: 400,
      level: 0.9,
    });
    const alone = band(0.9);
    const middle = Math.floor(alone.x.length / 2);
    const width = (of: typeof alone): number => (of.upper[middle] ?? 0) - (of.lower[middle] ?? 0);
    expect(width(together)).toBeGreaterThan(2 * width(alone));
  });

  test.each([
    ["no draws", { draws: 0, level: 0.9 }],
    ["half a draw", { draws: 0.5, level: 0.9 }],
    ["a level of 1", { draws: 10, level: 1 }],
  ])("refuses %s", (_, options) => {
    const luck = ownLuck(p.length, mulberry32(1));
    expect(() => consistencyBand({ p, luck, ...options })).toThrow(RangeError);
  });

  test("refuses luck of other rows", () => {
    const luck = ownLuck(p.length - 1, mulberry32(1));
    expect(() => consistencyBand({ p, luck, draws: 10, level: 0.9 })).toThrow(RangeError);
  });
});

/** P-value of a sample whose outcomes come true at a power of the forecasts. */
function pValue(power: number, seed: number): number {
  const rng = mulberry32(seed);
  const sample = forecasts(rng, 300, power);
  return miscalibrationPValue({
    ...sample,
    luck: ownLuck(sample.p.length, rng),
    draws: 100,
  });
}

describe("test of miscalibration", () => {
  test("rejects a biased model and about one in ten true ones at 10 %", () => {
    expect(pValue(2, 1)).toBe(0);
    const values = Array.from({ length: 60 }, (_, seed) => pValue(1, seed + 1));
    const rejected = values.filter((value) => value <= 0.1).length;
    expect(rejected).toBeGreaterThanOrEqual(2);
    expect(rejected).toBeLessThanOrEqual(13);
  });
});

test("band and p-value of one simulation are those of two", () => {
  const rng = mulberry32(4);
  const p = Array.from({ length: 60 }, () => Math.round(rng.next() * 20) / 20);
  const y = p.map((chance) => (rng.next() < chance ** 2 ? 1 : 0));
  const luck = () => ownLuck(p.length, mulberry32(5));
  const both = consistency({ p, y, luck: luck(), draws: 200, level: 0.9 });
  expect(both.band).toEqual(consistencyBand({ p, luck: luck(), draws: 200, level: 0.9 }));
  expect(both.pValue).toBe(miscalibrationPValue({ p, y, luck: luck(), draws: 200 }));
});

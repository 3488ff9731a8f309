import { describe, expect, test } from "vitest";
import { applyMap, MAP_KINDS, parseMap } from "../../../../src/core/calibration/maps.ts";
import {
  fitRecalibration,
  MAP_WINDOWS_MIN,
  type SettledForecast,
  windowCount,
} from "../../../../src/core/calibration/recalibration-fit.ts";
import type { FitStep, Fitted } from "../../../../src/core/learn/verdict.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

/** Windows with one outcome each and `rows` forecasts of it; `truth` is the real chance when the model says p. */
function forecasts(
  seed: number,
  windows: number,
  truth: (p: number) => number,
  rows: (window: number) => number = () => 3,
): SettledForecast[] {
  const rng = mulberry32(seed);
  return Array.from({ length: windows }, (_, w) => {
    const p = 0.02 + 0.96 * rng.next();
    const outcome = rng.next() < truth(p) ? 1 : 0;
    return Array.from(
      { length: rows(w) },
      (): SettledForecast => ({
        closeMs: 900_000 * w,
        p,
        outcome,
      }),
    );
  }).flat();
}

function fit(kind: (typeof MAP_KINDS)[number], rows: readonly SettledForecast[]): Fitted {
  const work: Generator<FitStep, Fitted> = fitRecalibration(
    kind,
    { forecasts: rows, pricing: "p1" },
    4,
  );
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** What is said with 90 % comes true in 77 % of cases. */
const overconfident = (p: number): number => 1 / (1 + ((1 - p) / p) ** 0.55);

describe("recalibration", () => {
  test.each(MAP_KINDS)("%s: too much confidence is found, corrected and accepted", (kind) => {
    const fitted = fit(kind, forecasts(1, 3_000, overconfident));
    expect(fitted).toMatchObject({ kind, accepted: true, rows: 9_000, trainFromMs: 0 });
    expect(fitted.trainToMs).toBe(2_999 * 900_000);
    const map = parseMap(fitted.params);
    const corrected = map === null ? Number.NaN : applyMap(map, 0.9);
    expect(Math.abs(corrected - overconfident(0.9))).toBeLessThan(0.06);
  });

  test.each(MAP_KINDS)("%s: a model that is right is left alone", (kind) => {
    const seeds = Array.from({ length: 40 }, (_, k) => k + 1);
    const rows = (seed: number) => forecasts(seed, MAP_WINDOWS_MIN[kind] + 50, (p) => p);
    const accepted = seeds.filter((seed) => fit(kind, rows(seed)).accepted);
    // Of 40 tries at 5 %, 6 or more come in 1 case of 72.
    expect(accepted.length).toBeLessThanOrEqual(5);
  });

  test("a window counts once, however many rows it has", () => {
    const even = fit(
      "platt",
      forecasts(3, 400, overconfident, () => 1),
    );
    const uneven = fit(
      "platt",
      forecasts(3, 400, overconfident, (w) => 1 + (w % 7)),
    );
    for (const key of ["a", "b"]) {
      expect(uneven.params[key]).toBeCloseTo(Number(even.params[key]), 6);
    }
    expect(uneven.scoreOos).toBeCloseTo(even.scoreOos, 6);
  });

  test("the order of the rows does not matter", () => {
    const rows = forecasts(4, 300, overconfident);
    expect(fit("beta", rows.toReversed())).toEqual(fit("beta", rows));
  });

  test.each(MAP_KINDS)("%s is not fitted below its number of windows", (kind) => {
    const rows = forecasts(1, MAP_WINDOWS_MIN[kind] - 1, overconfident);
    expect(windowCount(rows)).toBe(MAP_WINDOWS_MIN[kind] - 1);
    expect(() => fit(kind, rows)).toThrow(RangeError);
  });

  test("a model that says the opposite of what happens gets no map", () => {
    const fitted = fit(
      "platt",
      forecasts(5, 300, (p) => 1 - p),
    );
    expect(fitted).toMatchObject({
      accepted: false,
      reason: "no map that keeps the order of probabilities fits",
      params: { kind: "platt", pricing: "p1" },
    });
  });
});

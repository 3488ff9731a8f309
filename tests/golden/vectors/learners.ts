import {
  betaCalibrationFit,
  isotonicMapFit,
  type MapRows,
  plattFit,
} from "../../../src/core/calibration/map-fits.ts";
import { mapValue, type RecalibrationMap } from "../../../src/core/calibration/maps.ts";
import { boostedValue, gbdtSquaredError } from "../../../src/core/learn/boosting.ts";
import { walkForwardFolds } from "../../../src/core/learn/folds.ts";
import { logisticChance, logisticRidge, shrunkChance } from "../../../src/core/learn/logistic.ts";
import type { VectorFunction } from "./vector-case.ts";

type Matrix = readonly (readonly number[])[];

interface BoostingInput {
  readonly X: Matrix;
  readonly y: readonly number[];
  readonly query: Matrix;
  readonly nEstimators: number;
  readonly maxDepth: number;
  readonly learningRate: number;
  readonly minSamplesLeaf: number;
}

const MAPPED_AT = [0.05, 0.3, 0.5, 0.8, 0.97];

function mapped(map: RecalibrationMap | null, at: readonly number[]): number[] {
  return map === null ? [] : at.map((p) => mapValue(map, p));
}

/** Negative log likelihood of the labels under a map. */
function nllOf(map: RecalibrationMap | null, { p, y }: MapRows): number {
  const q = mapped(map, p);
  return q.reduce((sum, chance, i) => sum - Math.log(y[i] === 1 ? chance : 1 - chance), 0);
}

/** Adapters of learners.json. */
export const LEARNER_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  logisticRidge: (input: { X: Matrix; y: (0 | 1)[]; C: number }) => {
    const model = logisticRidge(input);
    if (model === null) return null;
    const pFirst6 = input.X.slice(0, 6).map((row) => logisticChance(model, row));
    return { ...model, pFirst6, shrunkFirst6: pFirst6.map(shrunkChance) };
  },
  plattFit: (input: MapRows) => {
    const map = plattFit(input);
    return { ...map, mapped: mapped(map, MAPPED_AT) };
  },
  betaCalibrationFit: (input: MapRows) => {
    const map = betaCalibrationFit(input);
    return { ...map, nll: nllOf(map, input), mapped: mapped(map, MAPPED_AT) };
  },
  isotonicMap: ({ query, ...rows }: MapRows & { query: number[] }) =>
    mapped(isotonicMapFit(rows), query),
  gbdtSquaredError: ({ query, X, y, ...options }: BoostingInput) => {
    const model = gbdtSquaredError(X, y, options);
    const squares = X.map((row, i) => ((y[i] ?? 0) - boostedValue(model, row)) ** 2);
    return {
      base: model.base,
      pred: query.map((row) => boostedValue(model, row)),
      trainMse: squares.reduce((sum, s) => sum + s, 0) / squares.length,
    };
  },
  walkForwardFolds,
};

import { consistencyBand, corp, ownLuck } from "../../../src/core/calibration/corp.ts";
import { coxCalibration } from "../../../src/core/calibration/cox.ts";
import {
  auc,
  brier,
  ece,
  logLoss,
  murphy,
  spiegelhalterZ,
} from "../../../src/core/calibration/scores.ts";
import type { Rng } from "../../../src/core/rng.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const SCORE_FUNCTIONS: VectorFunctions = {
  brier,
  logLoss,
  ece,
  murphy,
  spiegelhalterZ,
  auc,
  coxCalibration,
  corp,
  consistencyBand: ({
    p,
    uniforms,
    level,
  }: {
    p: readonly number[];
    uniforms: readonly (readonly number[])[];
    level: number;
  }) => {
    const luck = ownLuck(p.length, played(uniforms.flat()));
    return consistencyBand({ p, luck, draws: uniforms.length, level });
  },
};

/** Plays given numbers as a generator. */
function played(numbers: readonly number[]): Rng {
  let at = 0;
  return { next: () => numbers[at++] ?? Number.NaN };
}

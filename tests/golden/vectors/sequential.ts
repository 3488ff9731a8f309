import {
  ebConfidenceSequence,
  gammaExponentialLogMixture,
  gridConfidenceSequence,
  gridEProcess,
} from "../../../src/core/calibration/confidence-sequence.ts";
import { bettingEProcess, lrEProcess } from "../../../src/core/calibration/e-process.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const SEQUENTIAL_FUNCTIONS: VectorFunctions = {
  gammaExponentialLogMixture,
  ebConfidenceSequence,
  gridEProcess: (input: Parameters<typeof gridEProcess>[0]) => ({ logE: gridEProcess(input) }),
  gridConfidenceSequence,
  bettingEProcess: (input: Parameters<typeof bettingEProcess>[0]) => ({
    logWealth: bettingEProcess(input),
  }),
  lrEProcess: (input: Parameters<typeof lrEProcess>[0]) => ({ logE: lrEProcess(input) }),
};

import {
  type BootstrapInput,
  clusterBootstrap,
  stationaryBootstrapIndices,
} from "../../../src/core/calibration/bootstrap.ts";
import { dieboldMariano } from "../../../src/core/calibration/diebold-mariano.ts";
import { clusterMean, requiredSettlements } from "../../../src/core/calibration/intervals.ts";
import { jonckheereTerpstra, spearman } from "../../../src/core/calibration/ranks.ts";
import { encompassing, evCalibrationSlope } from "../../../src/core/calibration/regression.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const PAIRED_FUNCTIONS: VectorFunctions = {
  dieboldMariano,
  clusterMean,
  clusterBootstrap: (input: BootstrapInput) => {
    const interval = clusterBootstrap(input);
    return { ...interval, first3: interval?.means.slice(0, 3) };
  },
  stationaryBootstrapIndices,
  encompassing,
  evCalibrationSlope,
  spearman,
  jonckheereTerpstra,
  requiredSettlements,
  mulberry32: ({ seed, n }: { seed: number; n: number }) => {
    const rng = mulberry32(seed);
    return Array.from({ length: n }, () => rng.next());
  },
};

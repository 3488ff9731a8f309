import { ewmaBars, ewmaTime } from "../../../src/core/vol/ewma.ts";
import { harFit } from "../../../src/core/vol/har.ts";
import {
  bipowerVariance,
  jumpRatioZ,
  medRV,
  minRV,
  tripowerQuarticity,
} from "../../../src/core/vol/jumps.ts";
import {
  noiseVariance,
  preAveragedRV,
  realizedKernelParzen,
  twoScaleRV,
} from "../../../src/core/vol/noise.ts";
import {
  annualizedToPerSecond,
  realizedVariancePerSecond,
  sampleGrid,
  tickVarianceRate,
} from "../../../src/core/vol/realized.ts";
import { seasonalIntegral } from "../../../src/core/vol/seasonal.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const VOL_FUNCTIONS: VectorFunctions = {
  sampleGrid,
  realizedVariancePerSecond,
  tickVarianceRate,
  ewmaBars: ({ lambda_: lambda, ...input }: { returns: number[]; dt: number; lambda_: number }) =>
    readings(ewmaBars({ ...input, lambda }), 1),
  ewmaTime: (input: Parameters<typeof ewmaTime>[0]) => readings(ewmaTime(input), 0),
  seasonalIntegral,
  annualizedToPerSecond,
  bipowerVariance,
  minRV,
  medRV,
  tripowerQuarticity,
  jumpRatioZ,
  twoScaleRV,
  preAveragedRV,
  realizedKernelParzen,
  noiseVariance,
  harFit: (input: Parameters<typeof harFit>[0]) => {
    const fit = harFit(input);
    return { ...fit, forecastVarLast: fit.forecast(input.X.at(-1) ?? []) };
  },
};

/** A sequence read at its end, its start, and the places that vectors name. */
function readings(outputs: readonly (number | null)[], base: 0 | 1): Record<string, unknown> {
  const named = Object.fromEntries(outputs.map((v, i) => [`at${i + base}`, v]));
  return { ...named, last: outputs.at(-1), first3: outputs.slice(0, 3) };
}

import { wilson } from "../../../src/core/calibration/intervals.ts";
import { stopLossMartingale, unrealizedReturn } from "../../../src/core/exits/stops.ts";
import { maxDrawdown, sharpe } from "../../../src/core/performance/equity.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const PERFORMANCE_FUNCTIONS: VectorFunctions = {
  wilson,
  maxDrawdown,
  sharpe,
  stopLossMartingale,
  unrealizedReturn,
};

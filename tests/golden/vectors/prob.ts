import { bracketBounds, bracketLadder, monotoneRepair } from "../../../src/core/prob/ladder.ts";
import { normCdf, normInv, normLogCdf, normSf, tCdf } from "../../../src/core/prob/normal.ts";
import {
  effectiveVariance,
  probAbove,
  probAboveMerton,
  probAboveVolMixture,
} from "../../../src/core/prob/settlement.ts";
import { probUpDown } from "../../../src/core/prob/up-down.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const PROB_FUNCTIONS: VectorFunctions = {
  normCdf: ({ z }: { z: number }) => normCdf(z),
  normSf: ({ z }: { z: number }) => normSf(z),
  normLogCdf: ({ z }: { z: number }) => normLogCdf(z),
  normInv: ({ p }: { p: number }) => normInv(p),
  tCdf: ({ x, nu }: { x: number; nu: number }) => tCdf(x, nu),
  effectiveVariance,
  probAbove,
  probAboveVolMixture,
  probAboveMerton,
  probUpDown,
  bracketBounds,
  bracketLadder,
  monotoneRepair,
};

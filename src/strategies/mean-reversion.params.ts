// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { contractsKey, entryKeys } from "./entry.params.ts";

const score = (doc: string, fallback: number) =>
  withDefault(z.number().check(z.gt(0), z.maximum(100)), fallback).check(z.describe(doc));

const shift = (doc: string, fallback: number) =>
  withDefault(z.number().check(z.minimum(0), z.maximum(0.5)), fallback).check(z.describe(doc));

/** The keys of `[strategy.mean-reversion]`. */
export const meanReversionParams = z.strictObject({
  ...entryKeys(false),
  contracts: contractsKey,
  look_back_s: withDefault(z.int().check(z.minimum(30), z.maximum(3600)), 300).check(
    z.describe("Spot is held against its mean over this time, seconds"),
  ),
  z_high: score("Distance from the mean that is faded with high confidence, s.d.", 2),
  z_medium: score("Smallest distance from the mean that is faded at all, s.d.", 1.5),
  shift_high: shift("Added to the model's probability of the faded side from z_high on", 0.04),
  shift_medium: shift("Added to the model's probability of the faded side below z_high", 0.02),
});

export type MeanReversionParams = Readonly<z.infer<typeof meanReversionParams>>;

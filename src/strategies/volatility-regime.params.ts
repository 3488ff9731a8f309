// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

const share = (doc: string, fallback: number) =>
  withDefault(z.number().check(z.minimum(0), z.maximum(1)), fallback).check(z.describe(doc));

/** The keys of `[strategy.volatility-regime]`. */
export const volatilityRegimeParams = z.strictObject({
  enabled: withDefault(z.boolean(), false).check(
    z.describe("Runs when the command line names no strategy"),
  ),
  low_share: share("Low while a smaller share than this of the last day's hours was calmer", 0.33),
  high_share: share("High from this share of calmer hours on", 0.67),
});

export type VolatilityRegimeParams = Readonly<z.infer<typeof volatilityRegimeParams>>;

// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { entryKeys } from "./entry.params.ts";
import { stakeKeys } from "./stake.params.ts";

/** The keys of `[strategy.kelly-vol]`. */
export const kellyVolParams = z.strictObject({
  ...entryKeys(false),
  lambda_per_minute: withDefault(z.number().check(z.gt(0), z.lt(1)), 0.94).check(
    z.describe("Memory of the strategy's own volatility estimate, weight kept per one-minute bar"),
  ),
  floor_sd: withDefault(z.number().check(z.minimum(0), z.maximum(0.1)), 0.0007).check(
    z.describe("Log-return s.d. over the whole time left that no volatility explains"),
  ),
  ...stakeKeys({ fraction: 0.25, maxCostUsd: 100 }),
});

export type KellyVolParams = Readonly<z.infer<typeof kellyVolParams>>;

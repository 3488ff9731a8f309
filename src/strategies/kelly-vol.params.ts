// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { entryKeys } from "./entry.params.ts";

/** The keys of `[strategy.kelly-vol]`. */
export const kellyVolParams = z.strictObject({
  ...entryKeys(false),
  lambda_per_minute: withDefault(z.number().check(z.gt(0), z.lt(1)), 0.94).check(
    z.describe("Memory of the strategy's own volatility estimate, weight kept per one-minute bar"),
  ),
  floor_sd: withDefault(z.number().check(z.minimum(0), z.maximum(0.1)), 0.0007).check(
    z.describe("Log-return s.d. over the whole time left that no volatility explains"),
  ),
  kelly_fraction: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.25).check(
    z.describe("Share of the full Kelly stake"),
  ),
  edge_full: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.1).check(
    z.describe("Net edge from which the whole fraction is staked, a quarter of it at ev_min"),
  ),
  max_cost_usd: withDefault(z.number().check(z.minimum(0), z.maximum(1e9)), 100).check(
    z.describe("Most that one order may cost, dollars; the limits of the account apply too"),
  ),
});

export type KellyVolParams = Readonly<z.infer<typeof kellyVolParams>>;

// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

/** Keys of a strategy that stakes by Kelly. */
export const stakeKeys = ({ fraction, maxCostUsd }: { fraction: number; maxCostUsd: number }) => ({
  kelly_fraction: withDefault(z.number().check(z.minimum(0), z.maximum(1)), fraction).check(
    z.describe("Share of the full Kelly stake"),
  ),
  edge_full: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.1).check(
    z.describe("Net edge from which the whole fraction is staked, a quarter of it at ev_min"),
  ),
  max_cost_usd: withDefault(z.number().check(z.minimum(0), z.maximum(1e9)), maxCostUsd).check(
    z.describe("Most that one order may cost, dollars; the limits of the account apply too"),
  ),
});

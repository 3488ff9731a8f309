// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { voteKeys } from "./vote-strategy.params.ts";

/** The keys of `[strategy.orderbook-imbalance]`. */
export const orderbookImbalanceParams = z.strictObject({
  ...voteKeys,
  levels: withDefault(z.int().check(z.minimum(1), z.maximum(100)), 5).check(
    z.describe("Price levels of each side that are counted, from the best bid down"),
  ),
  imbalance_min: withDefault(z.number().check(z.gt(0), z.lt(1)), 0.15).check(
    z.describe("Imbalance of the bids above which there is a vote, share of all counted"),
  ),
});

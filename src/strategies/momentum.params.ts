// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { voteKeys } from "./vote-strategy.params.ts";

/** The keys of `[strategy.momentum]`. */
export const momentumParams = z.strictObject({
  ...voteKeys,
  candles: withDefault(z.int().check(z.minimum(1), z.maximum(20)), 3).check(
    z.describe("Candles that must close in one direction"),
  ),
  candle_minutes: withDefault(z.int().check(z.minimum(1), z.maximum(60)), 15).check(
    z.describe("Length of a candle, minutes"),
  ),
});

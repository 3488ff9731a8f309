// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

/** Keys of a strategy that can also wait in the book instead of taking from it. */
export const makerKeys = {
  entry: withDefault(z.enum(["taker", "maker"]), "taker").check(
    z.describe("Buys at the ask, or waits post-only at the best bid of its side"),
  ),
  maker_improve_ticks: withDefault(z.int().check(z.minimum(0), z.maximum(100)), 0).check(
    z.describe("How far above the best bid a resting order lies, price steps, never at the ask"),
  ),
  maker_ttl_s: withDefault(z.int().check(z.minimum(5), z.maximum(600)), 45).check(
    z.describe("The exchange ends a resting order after this time, seconds"),
  ),
  maker_keep_share: withDefault(z.number().check(z.minimum(0), z.maximum(1)), 0.5).check(
    z.describe("A resting order is withdrawn when less than this share of ev_min is left"),
  ),
};

const makerParams = z.strictObject(makerKeys);
export type MakerParams = Readonly<z.infer<typeof makerParams>>;

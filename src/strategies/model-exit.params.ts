// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

/** How a holding is worked down once it is to be sold (core/exits/exit.ts). */
export const exitKeys = {
  exit_max_seconds: withDefault(z.int().check(z.minimum(1), z.maximum(3600)), 60).check(
    z.describe("An exit that has begun sends orders for so long, seconds"),
  ),
  exit_max_orders: withDefault(z.int().check(z.minimum(1), z.maximum(100)), 20).check(
    z.describe("Most orders that one exit sends"),
  ),
};

/** When a holding is sold because the market pays more for it than it is worth. */
export const modelExitKeys = {
  exit: withDefault(z.enum(["off", "model"]), "off").check(
    z.describe("Sells what is held when the bid after its fee beats the model's probability"),
  ),
  exit_buffer_cents: withDefault(z.number().check(z.minimum(0), z.maximum(100)), 1).check(
    z.describe("By how much the bid must beat it, cents per contract"),
  ),
  ...exitKeys,
};

const modelExitParams = z.strictObject(modelExitKeys);
export type ModelExitParams = Readonly<z.infer<typeof modelExitParams>>;

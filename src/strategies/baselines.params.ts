// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";

/** The keys of `[strategy.baselines]`, one table for all of them. */
export const baselinesParams = z.strictObject({
  enabled: withDefault(z.boolean(), true).check(
    z.describe("Logs always-no, market-mid and base-rate when the command line names no strategy"),
  ),
});

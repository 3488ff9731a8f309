// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { voteKeys } from "./vote-strategy.params.ts";

/** The keys of `[strategy.funding-rate]`. */
export const fundingRateParams = z.strictObject({
  ...voteKeys,
  usual_rate: withDefault(z.number().check(z.minimum(-0.03), z.maximum(0.03)), 0.0001).check(
    z.describe("Funding rate per interval when neither side presses"),
  ),
  excess_min: withDefault(z.number().check(z.gt(0), z.maximum(0.03)), 0.0002).check(
    z.describe("Distance from the usual rate from which there is a vote against it"),
  ),
  interval_hours: withDefault(z.number().check(z.gt(0), z.maximum(24)), 8).check(
    z.describe("Length of a funding interval, hours; a rate is forgotten after two"),
  ),
});

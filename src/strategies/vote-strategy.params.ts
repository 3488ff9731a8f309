// zod/mini, not zod: see threshold-ev.params.ts.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { contractsKey, entryKeys } from "./entry.params.ts";

/** What every strategy that trades on one vote is told alike. */
export const voteKeys = {
  ...entryKeys(false),
  contracts: contractsKey,
  shift_max: withDefault(z.number().check(z.minimum(0), z.maximum(0.5)), 0.04).check(
    z.describe("Most that a vote adds to the model's probability of its side"),
  ),
};

const voteParams = z.strictObject(voteKeys);

export type VoteParams = Readonly<z.infer<typeof voteParams>>;

// zod/mini, not zod: the configuration is read by every command, and the classic build would add 20 ms to each start.
import * as z from "zod/mini";
import { _default as withDefault } from "zod/mini";
import { contractsKey, entryKeys } from "./entry.params.ts";
import { makerKeys } from "./maker.params.ts";
import { modelExitKeys } from "./model-exit.params.ts";
import { stakeKeys } from "./stake.params.ts";

/** The keys of `[strategy.threshold-ev]`. */
export const thresholdEvParams = z.strictObject({
  ...entryKeys(true),
  sizing: withDefault(z.enum(["contracts", "kelly"]), "contracts").check(
    z.describe("Buys so many contracts at the ask, or what Kelly stakes"),
  ),
  contracts: contractsKey,
  ...stakeKeys({ fraction: 0.25, maxCostUsd: 100 }),
  ...makerKeys,
  ...modelExitKeys,
});

export type ThresholdEvParams = Readonly<z.infer<typeof thresholdEvParams>>;

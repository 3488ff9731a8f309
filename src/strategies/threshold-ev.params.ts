// zod/mini, not zod: the configuration is read by every command, and the classic build would add 20 ms to each start.
import * as z from "zod/mini";
import { contractsKey, entryKeys } from "./entry.params.ts";

/** The keys of `[strategy.threshold-ev]`. */
export const thresholdEvParams = z.strictObject({ ...entryKeys(true), contracts: contractsKey });

export type ThresholdEvParams = Readonly<z.infer<typeof thresholdEvParams>>;

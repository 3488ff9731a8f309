import { KbtError } from "../core/errors.ts";
import type { Strategy } from "../core/strategy.ts";
import type { ThresholdEvParams } from "./threshold-ev.params.ts";
import { createThresholdEv } from "./threshold-ev.ts";

/** Parameters of every strategy, as the configuration's `[strategy.<name>]` tables give them. */
export interface StrategyParams {
  readonly "threshold-ev": ThresholdEvParams;
}

const REGISTRY = {
  "threshold-ev": (params: StrategyParams) => createThresholdEv(params["threshold-ev"]),
} as const;

/** The strategies of the given names, every one when none is named. */
export function createStrategies(params: StrategyParams, names: readonly string[]): Strategy[] {
  const unknown = names.find((name) => !Object.hasOwn(REGISTRY, name));
  if (unknown !== undefined) {
    throw new KbtError({
      kind: "usage",
      code: "UNKNOWN_STRATEGY",
      message: `there is no strategy '${unknown}'`,
      hint: `use one of: ${Object.keys(REGISTRY).join(", ")}`,
    });
  }
  return Object.entries(REGISTRY)
    .filter(([name]) => names.length === 0 || names.includes(name))
    .map(([, create]) => create(params));
}

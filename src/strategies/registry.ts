import { KbtError } from "../core/errors.ts";
import type { Strategy } from "../core/strategy.ts";
import { money } from "../core/units.ts";
import type { KellyVolParams } from "./kelly-vol.params.ts";
import { createKellyVol } from "./kelly-vol.ts";
import type { MeanReversionParams } from "./mean-reversion.params.ts";
import { createMeanReversion } from "./mean-reversion.ts";
import type { ThresholdEvParams } from "./threshold-ev.params.ts";
import { createThresholdEv } from "./threshold-ev.ts";

/** What strategies are told, as the configuration has it. */
export interface StrategySettings {
  /** Parameters of every strategy: the `[strategy.<name>]` tables. */
  readonly strategy: {
    readonly "threshold-ev": ThresholdEvParams;
    readonly "kelly-vol": KellyVolParams;
    readonly "mean-reversion": MeanReversionParams;
  };
  readonly risk: { readonly bankroll_usd: number; readonly max_position_pct: number };
}

const REGISTRY = {
  "threshold-ev": ({ strategy }: StrategySettings) => createThresholdEv(strategy["threshold-ev"]),
  "kelly-vol": ({ risk, strategy }: StrategySettings) =>
    createKellyVol(strategy["kelly-vol"], {
      bankroll: money(Math.round(risk.bankroll_usd * 1e6)),
      maxPosition: money(Math.floor(Math.round(risk.bankroll_usd * 1e6) * risk.max_position_pct)),
    }),
  "mean-reversion": ({ strategy }: StrategySettings) =>
    createMeanReversion(strategy["mean-reversion"]),
} as const;

/** The strategies of the given names, those that the configuration enables when none is named. */
export function createStrategies(settings: StrategySettings, names: readonly string[]): Strategy[] {
  const wanted = wantedStrategies(settings, names);
  return Object.entries(REGISTRY)
    .filter(([name]) => wanted.includes(name))
    .map(([, create]) => create(settings));
}

/** Their names. Throws a usage error for a name that no strategy has, and when nothing is left to run. */
export function wantedStrategies(
  settings: StrategySettings,
  names: readonly string[],
): readonly string[] {
  requireStrategies(names);
  const wanted = names.length > 0 ? names : enabledIn(settings);
  if (wanted.length === 0) {
    throw new KbtError({
      kind: "usage",
      code: "NO_STRATEGY",
      message: "every strategy is switched off",
      hint: "name one with --strategy, or set strategy.threshold-ev.enabled=true",
    });
  }
  return wanted;
}

/** Throws a usage error for a name that no strategy has. */
export function requireStrategies(names: readonly string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(REGISTRY, name));
  if (unknown === undefined) return;
  throw new KbtError({
    kind: "usage",
    code: "UNKNOWN_STRATEGY",
    message: `there is no strategy '${unknown}'`,
    hint: `use one of: ${Object.keys(REGISTRY).join(", ")}`,
  });
}

function enabledIn({ strategy }: StrategySettings): string[] {
  return Object.entries(strategy)
    .filter(([, { enabled }]) => enabled)
    .map(([name]) => name);
}

import { KbtError } from "../core/errors.ts";
import type { Strategy } from "../core/strategy.ts";
import { BASELINES } from "./baselines.ts";
import type { StrategyFeed, StrategyPlugin, StrategySettings } from "./plugin.ts";
import * as plugins from "./plugins.ts";

/** Sorted here, because not everything that loads modules lists what one exports in the same order. */
const PLUGINS: readonly StrategyPlugin[] = Object.values(plugins).toSorted((a, b) =>
  a.name < b.name ? -1 : 1,
);

/** Several strategies under one name, and one table of settings. */
const GROUPS: ReadonlyMap<string, readonly string[]> = new Map([["baselines", BASELINES]]);

export function strategyNames(): readonly string[] {
  return PLUGINS.map(({ name }) => name);
}

/** The strategies of the given names, those that the configuration enables when none is named. */
export function createStrategies(settings: StrategySettings, names: readonly string[]): Strategy[] {
  const wanted = wantedStrategies(settings, names);
  return PLUGINS.filter(({ name }) => wanted.includes(name)).map((plugin) =>
    plugin.create(settings),
  );
}

/** The feeds that those strategies cannot do without. */
export function wantedFeeds(
  settings: StrategySettings,
  names: readonly string[],
): ReadonlySet<StrategyFeed> {
  const wanted = wantedStrategies(settings, names);
  return new Set(
    PLUGINS.filter(({ name }) => wanted.includes(name)).flatMap(({ feeds }) => feeds ?? []),
  );
}

/**
 * Their names in the order in which they run, each once; baselines alone are run only when they are asked for. Throws a usage error for a name that no strategy has,
 * and when nothing is left to run.
 */
export function wantedStrategies(
  settings: StrategySettings,
  names: readonly string[],
): readonly string[] {
  const asked = new Set(names.length > 0 ? namedStrategies(names) : enabledIn(settings));
  const wanted = strategyNames().filter((name) => asked.has(name));
  if (names.length === 0 && wanted.every(isBaseline)) {
    throw new KbtError({
      kind: "usage",
      code: "NO_STRATEGY",
      message: "every strategy is switched off",
      hint: "name one with --strategy, or set strategy.threshold-ev.enabled=true",
    });
  }
  return wanted;
}

/** The series that the strategies which may trade are for; those without any of their own go with `fallback`. */
export function seriesOf(
  settings: StrategySettings,
  names: readonly string[],
  fallback: readonly string[],
): readonly string[] {
  const wanted = tradingStrategies(settings, names);
  const series = PLUGINS.filter(({ name }) => wanted.includes(name)).flatMap(
    (plugin) => plugin.series ?? fallback,
  );
  return [...new Set(series)];
}

/** Those of them that may trade: what there is to beat only when it is named. */
export function tradingStrategies(
  settings: StrategySettings,
  names: readonly string[],
): readonly string[] {
  const wanted = wantedStrategies(settings, names);
  return names.length > 0 ? wanted : wanted.filter((name) => !isBaseline(name));
}

/** There to be beaten: it never trades, and is looked at only by who asks for it. */
export function isBaseline(name: string): boolean {
  return BASELINES.includes(name);
}

/** What was named, groups by the names of their members. Throws a usage error for a name that no strategy has. */
export function namedStrategies(names: readonly string[]): readonly string[] {
  const known = [...strategyNames(), ...GROUPS.keys()];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names.flatMap(membersOf);
  throw new KbtError({
    kind: "usage",
    code: "UNKNOWN_STRATEGY",
    message: `there is no strategy '${unknown}'`,
    hint: `use one of: ${known.join(", ")}`,
  });
}

function enabledIn({ strategy }: StrategySettings): string[] {
  return Object.entries(strategy)
    .filter(([, { enabled }]) => enabled)
    .flatMap(([name]) => membersOf(name));
}

function membersOf(name: string): readonly string[] {
  return GROUPS.get(name) ?? [name];
}

import { DEFAULTS } from "../../config/defaults.ts";
import { KEYS } from "../../config/keys.ts";
import { SCENARIOS } from "../options.ts";

// Values of options that take more than a fixed list, so that commander does not know them.

const SERIES = ["KXBTC15M", "KXSOL15M", "KXETH15M", "KXBTCD", "KXBTC", "KXETHD", "KXETH"];

/** Keys to set, each with the `=` that must follow it. */
const settings = (): string[] => [...KEYS.keys()].map((path) => `${path}=`);

const SUGGESTIONS: ReadonlyMap<string, () => readonly string[]> = new Map<
  string,
  () => readonly string[]
>([
  ["--sim", () => [...SCENARIOS, "replay:"]],
  ["--scenario", () => SCENARIOS],
  ["--strategy", () => Object.keys(DEFAULTS.strategy)],
  ["--series", () => SERIES],
  ["--confirm-live", () => SERIES],
  ["--set", settings],
  ["--sweep", settings],
]);

/** What may stand behind an option; nothing for values that only the user knows. */
export function suggestionsFor(flag: string): readonly string[] {
  return SUGGESTIONS.get(flag)?.() ?? [];
}

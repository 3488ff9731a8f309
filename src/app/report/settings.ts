import { DEFAULTS } from "../../config/defaults.ts";
import { leavesOf } from "../../config/keys.ts";
import { isSecret } from "../../config/secrets.ts";
import type { Setting } from "./sections/runs.ts";

/**
 * Settings of runs that are not the defaults, by key. What tells where on a disk something lies is left out, and so is every
 * secret, although runs store none: a report is made to be shown to others.
 */
export function changedSettings(
  runs: readonly { readonly runId: number; readonly configJson: string }[],
): readonly Setting[] {
  const standards = leavesOf(DEFAULTS);
  const found = new Map<string, Setting>();
  for (const { configJson, runId } of runs) {
    for (const [key, value] of leavesOf(treeOf(configJson))) {
      const standard = textOf(standards.get(key));
      const text = textOf(value);
      if (text === standard || isSecret(key) || key.endsWith("_path")) continue;
      const id = `${key}\n${text}`;
      const known = found.get(id) ?? { key, value: text, standard, runs: [] };
      found.set(id, { ...known, runs: [...known.runs, runId] });
    }
  }
  return [...found.values()].toSorted((a, b) => a.key.localeCompare(b.key));
}

function treeOf(json: string): object {
  const tree: unknown = JSON.parse(json);
  return typeof tree === "object" && tree !== null ? tree : {};
}

const TEXT_MAX = 120;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

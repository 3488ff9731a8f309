import type { Dotenv } from "./dotenv.ts";
import { KEYS } from "./keys.ts";
import { layEnvironment, layFlags, layToml } from "./layers.ts";
import type { Given, Origin } from "./origin.ts";
import { configError, type Problem } from "./problems.ts";
import { type Config, configSchema } from "./schema.ts";
import type { ConfigSources } from "./sources.ts";
import { checkTogether, checkValue } from "./values.ts";

/**
 * Lays the sources over each other and checks the result. Throws one `config` KbtError that lists every problem, those
 * found before included.
 */
export async function resolveConfig(
  sources: ConfigSources,
  dotenv: Dotenv,
  foundBefore: readonly Problem[],
): Promise<{ config: Config; origins: Map<string, Origin> }> {
  const problems = [...foundBefore];
  const given = new Map<string, Given>();
  await layToml(sources.toml, given, problems);
  layEnvironment(sources.env, dotenv, given);
  layFlags(sources.flags, given, problems);
  for (const item of given.values()) {
    const problem = checkValue(item);
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) throw configError(problems);
  const config = assemble(given, sources.homeDir);
  const clashes = checkTogether(config, given);
  if (clashes.length > 0) throw configError(clashes);
  return { config, origins: originsOf(given) };
}

function assemble(given: ReadonlyMap<string, Given>, homeDir: string): Config {
  const leaves = [...KEYS.keys()].map((path): Leaf => {
    const value = given.get(path)?.value;
    return [path, typeof value === "string" ? expandHome(path, value, homeDir) : value];
  });
  return configSchema.parse(nest(leaves));
}

type Leaf = readonly [path: string, value: unknown];

/** Dotted paths as nested objects. */
function nest(leaves: readonly Leaf[]): Record<string, unknown> {
  const values: Leaf[] = [];
  const sections = new Map<string, Leaf[]>();
  for (const [path, value] of leaves) {
    const dot = path.indexOf(".");
    if (dot < 0) {
      values.push([path, value]);
      continue;
    }
    const name = path.slice(0, dot);
    const section = sections.get(name) ?? [];
    section.push([path.slice(dot + 1), value]);
    sections.set(name, section);
  }
  return Object.fromEntries([
    ...values,
    ...[...sections].map(([name, below]) => [name, nest(below)]),
  ]);
}

function expandHome(path: string, value: string, homeDir: string): string {
  return path.endsWith("_path") && value.startsWith("~/") ? homeDir + value.slice(1) : value;
}

function originsOf(given: ReadonlyMap<string, Given>): Map<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const path of KEYS.keys()) {
    origins.set(path, given.get(path)?.origin ?? { kind: "default", name: "default", ignored: [] });
  }
  return origins;
}

import { DEFAULTS } from "./defaults.ts";
import { type Dotenv, parseDotenv } from "./dotenv.ts";
import { ARMING_PATH, ENV_NAMES, KEYS, PLAIN_NAMES } from "./keys.ts";
import type { Origin } from "./origin.ts";
import { configError, editDistance, nearest, type Problem } from "./problems.ts";
import type { Config } from "./schema.ts";
import type { ConfigSources } from "./sources.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, by key path. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly tomlPath: string | null;
  readonly warnings: readonly string[];
}

/**
 * Flags over environment over `.env` over TOML over defaults, leaf by leaf. Throws one `config` KbtError that lists every
 * problem with its source.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const dotenv = parseDotenv(sources.dotenvText ?? "");
  const problems: Problem[] = [
    ...dotenv.badLines.map(badLine),
    ...unknownNames(sources.env, "the environment"),
    ...unknownNames(Object.fromEntries(dotenv.values), ".env"),
  ];
  const common = {
    tomlPath: sources.toml?.path ?? null,
    warnings: warningsOf(sources.env, dotenv),
  };
  if (isUntouched(sources, dotenv)) {
    if (problems.length > 0) throw configError(problems);
    return { ...common, ...untouched(sources) };
  }
  const { resolveConfig } = await import("./resolve.ts");
  return { ...common, ...(await resolveConfig(sources, dotenv, problems)) };
}

const DB_PATH = "storage.db_path";

/** Nothing is configured but perhaps `--db`: there is nothing to check, and zod need not be loaded (R13). */
function isUntouched({ env, toml, flags }: ConfigSources, dotenv: Dotenv): boolean {
  if (toml !== null) return false;
  for (const name of ENV_NAMES.keys()) {
    if (env[name] !== undefined || dotenv.values.has(name)) return false;
  }
  return flags.every(
    ({ path, flag, text }) => path === DB_PATH && flag === "--db" && PLAIN.test(text),
  );
}

/** A path that needs no check and no expansion. */
const PLAIN = /^[A-Za-z0-9._/][A-Za-z0-9._/-]{0,254}$/;

function untouched({ flags }: ConfigSources): { config: Config; origins: Map<string, Origin> } {
  const origins = new Map<string, Origin>();
  for (const path of KEYS.keys())
    origins.set(path, { kind: "default", name: "default", ignored: [] });
  const db = flags.at(-1);
  if (db === undefined) return { config: DEFAULTS, origins };
  origins.set(DB_PATH, { kind: "flag", name: db.flag, ignored: [] });
  return { config: { ...DEFAULTS, storage: { ...DEFAULTS.storage, db_path: db.text } }, origins };
}

function badLine(line: number): Problem {
  return {
    path: ".env",
    source: ".env",
    message: `.env line ${line} is not NAME=value; a limit written there would be lost`,
  };
}

/** KBT_ names belong to this program, so one that no key answers to is a mistake, and perhaps a lost limit. */
function unknownNames(env: ConfigSources["env"], where: string): Problem[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("KBT_") && !ENV_NAMES.has(name))
    .map((name) => {
      const meant =
        name === "KBT_RISK__TRADING_ENABLED" ? "TRADING_ENABLED" : nearest(name, ENV_NAMES.keys());
      const hint =
        meant === undefined ? "kbt config show lists every key" : `did you mean ${meant}?`;
      return { path: name, source: where, message: `${name} (from ${where}) sets no key; ${hint}` };
    });
}

const NOT_ARMED: ReadonlySet<string> = new Set(["", "0", "1", "false", "no", "off"]);

function warningsOf(env: ConfigSources["env"], dotenv: Dotenv): string[] {
  const warnings: string[] = [];
  const arming = env["TRADING_ENABLED"] ?? dotenv.values.get("TRADING_ENABLED") ?? "";
  if (!NOT_ARMED.has(arming)) {
    warnings.push(`TRADING_ENABLED is not exactly 1, so ${ARMING_PATH} stays false`);
  }
  for (const name of new Set([...Object.keys(env), ...dotenv.values.keys()])) {
    const meant = misspelt(name);
    if (meant !== undefined)
      warnings.push(`${name} in the environment is ignored; did you mean ${meant}?`);
  }
  return warnings;
}

/** A name so near to one of ours that it was probably meant to set it; a limit lost to a typing error should be seen. */
function misspelt(name: string): string | undefined {
  if (name.length < 8 || ENV_NAMES.has(name)) return undefined;
  const cap = name.length < 12 ? 2 : 3;
  for (const known of PLAIN_NAMES) {
    // The first letter is the one people get right, and asking for it spares nearly all of the comparisons.
    if (known[0] !== name[0]) continue;
    if (editDistance(name, known, cap) < cap) return known;
  }
  return undefined;
}

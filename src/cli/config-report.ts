import type { CommandContext, CommandResult } from "../app/context.ts";
import { factsOf } from "../config/facts.ts";
import { KEYS, leavesOf } from "../config/keys.ts";
import type { LoadedConfig } from "../config/load.ts";
import { describeOrigin } from "../config/origin.ts";
import { maskValue } from "../config/secrets.ts";

/** `config show`: every key with its value, secrets masked. */
export async function showConfig(ctx: CommandContext, withOrigin: boolean): Promise<CommandResult> {
  const loaded = await ctx.loadConfig();
  const values = leavesOf(loaded.config);
  const entries = [...KEYS.values()].map((key) => ({
    key: key.path,
    value: maskValue(key.path, values.get(key.path)),
    origin: withOrigin ? loaded.origins.get(key.path) : undefined,
    env: key.env,
    doc: factsOf(key.path).doc,
  }));
  const columns = ["key", "value", withOrigin ? "origin" : "meaning"].map((title) => ({ title }));
  const rows = entries.map(({ key, value, doc }) => [
    key,
    valueText(value),
    withOrigin ? originText(loaded, key) : doc,
  ]);
  return {
    exitCode: 0,
    data: { file: loaded.tomlPath, keys: entries },
    text: await ctx.table({ columns, rows }),
    warnings: loaded.warnings,
  };
}

/** `config check`: returns when everything is right; problems are thrown by loading. */
export async function checkConfig(ctx: CommandContext): Promise<CommandResult> {
  const { origins, tomlPath, warnings } = await ctx.loadConfig();
  const set = [...origins.values()].filter(({ kind }) => kind !== "default").length;
  const file = tomlPath === null ? "no configuration file" : ctx.clean(tomlPath);
  return {
    exitCode: 0,
    data: { file: tomlPath, keys: origins.size, set },
    text: `configuration is valid: ${file}, ${set} of ${origins.size} keys set, the others have defaults\n`,
    warnings,
  };
}

function originText(loaded: LoadedConfig, path: string): string {
  const origin = loaded.origins.get(path);
  if (origin === undefined) return "";
  const ignored = origin.ignored.length === 0 ? "" : ` (wins over ${origin.ignored.join(", ")})`;
  return `${describeOrigin(origin)}${ignored}`;
}

function valueText(value: unknown): string {
  if (value === null) return "(unset)";
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

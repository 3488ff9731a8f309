import * as z from "zod/mini";
import type { Dotenv } from "./dotenv.ts";
import { schemaOf } from "./facts.ts";
import { KEYS, type Key } from "./keys.ts";
import type { Given, Origin } from "./origin.ts";
import { nearest, type Problem } from "./problems.ts";
import type { ConfigSources, FlagValue, TomlFile } from "./sources.ts";
import { fromText } from "./values.ts";

const TOML_BYTES_MAX = 65_536;

/** Lays the values of a TOML file. Loads the parser only when there is something to parse. */
export async function layToml(
  file: TomlFile | null,
  given: Map<string, Given>,
  problems: Problem[],
): Promise<void> {
  if (file === null) return;
  const { path: source } = file;
  const refuse = (path: string, message: string): void => {
    problems.push({ path, source, message });
  };
  if (new TextEncoder().encode(file.text).length > TOML_BYTES_MAX) {
    refuse(source, `${source} is larger than 64 KiB; a configuration is not`);
    return;
  }
  const { parse, TomlError } = await import("smol-toml");
  let root: unknown;
  try {
    root = parse(file.text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what] = error.message.split("\n");
    refuse(source, `${source} line ${error.line}, column ${error.column}: ${what}`);
    return;
  }
  const origin: Origin = { kind: "file", name: source, ignored: [] };
  layTable(root, "", (path, value) => {
    const key = KEYS.get(path);
    if (key !== undefined) given.set(path, { key, value, origin });
    else if (isSection(path))
      refuse(path, `${path} is a table of keys (from ${source}); write [${path}]`);
    else refuse(path, `${path} is not a key (from ${source}); ${suggestion(path)}`);
  });
}

/** Lays the environment over the TOML file. For each key the real environment is searched before `.env`. */
export function layEnvironment(
  env: ConfigSources["env"],
  dotenv: Dotenv,
  given: Map<string, Given>,
): void {
  const layers = [
    { kind: "environment", value: (name: string) => env[name] },
    { kind: "dotenv", value: (name: string) => dotenv.values.get(name) },
  ] as const;
  for (const key of KEYS.values()) {
    const found = layers.flatMap(({ kind, value }) =>
      key.env.flatMap((name) => {
        const text = value(name);
        const parsed = text === undefined ? undefined : fromText(key, text);
        return parsed === undefined ? [] : [{ name, kind, value: parsed }];
      }),
    );
    const [winner, ...others] = found;
    if (winner === undefined) continue;
    const ignored = others.map(({ kind, name }) => (kind === "dotenv" ? `.env ${name}` : name));
    given.set(key.path, {
      key,
      value: winner.value,
      origin: { kind: winner.kind, name: winner.name, ignored },
    });
  }
}

/** Lays the command line over everything else. */
export function layFlags(
  flags: readonly FlagValue[],
  given: Map<string, Given>,
  problems: Problem[],
): void {
  for (const { path, text, flag } of flags) {
    const key = KEYS.get(path);
    if (key === undefined) {
      const source = `flag ${flag}`;
      problems.push({
        path,
        source,
        message: `${path} is not a key (from ${source}); ${suggestion(path)}`,
      });
      continue;
    }
    const value = fromText(key, text) ?? unset(key);
    given.set(path, { key, value, origin: { kind: "flag", name: flag, ignored: [] } });
  }
}

/** `--set kalshi.event_ticker=` takes a value away; where that is no value, the check refuses the empty text. */
function unset(key: Key): unknown {
  const accepts = (value: unknown): boolean => z.safeParse(schemaOf(key.path), value).success;
  if (accepts(null)) return null;
  return accepts([]) ? [] : "";
}

/** Visits leaves and unknown keys; a table is a leaf where no key lies below it. */
function layTable(
  value: unknown,
  path: string,
  visit: (path: string, value: unknown) => void,
): void {
  if (!isTable(value) || (path !== "" && !isSection(path))) {
    visit(path, value);
    return;
  }
  for (const [name, child] of Object.entries(value)) {
    layTable(child, path === "" ? name : `${path}.${name}`, visit);
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  // The parser gives dates as objects of a class; a date is a value.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isSection(path: string): boolean {
  for (const known of KEYS.keys()) if (known.startsWith(`${path}.`)) return true;
  return false;
}

/** The likeliest meaning of an unknown path: the same leaf elsewhere, a near leaf of its section, a near path. */
function suggestion(path: string): string {
  const leaf = path.slice(path.lastIndexOf(".") + 1);
  const section = path.slice(0, Math.max(0, path.lastIndexOf(".")));
  const paths = [...KEYS.keys()];
  const elsewhere = paths.find((known) => known.endsWith(`.${leaf}`));
  const beside = paths.filter((known) => known.startsWith(`${section}.`));
  const nearLeaf = nearest(
    leaf,
    beside.map((known) => known.slice(section.length + 1)),
  );
  const sections = paths.map((known) => known.slice(0, known.lastIndexOf(".")));
  const meant =
    elsewhere ??
    (nearLeaf === undefined ? undefined : `${section}.${nearLeaf}`) ??
    nearest(path, [...paths, ...sections]);
  return meant === undefined ? "kbt config show lists every key" : `did you mean ${meant}?`;
}

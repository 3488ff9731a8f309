import { KbtError } from "../core/errors.ts";
import type { ConfigSources, FlagValue, TomlFile } from "./sources.ts";

/** Reads a whole text file; null when there is none. Throws a KbtError when it cannot be read or is too large. */
export type ReadText = (path: string) => Promise<string | null>;

export interface Place {
  readonly env: ConfigSources["env"];
  readonly cwd: string;
  readonly homeDir: string;
  /** `--config`, null when not given. */
  readonly configFlag: string | null;
  readonly flags: readonly FlagValue[];
  readonly readText: ReadText;
}

/** Finds and reads the files of a configuration: the first TOML file of contract §3, and `.env` of the working directory. */
export async function readSources(place: Place): Promise<ConfigSources> {
  const [toml, dotenvText] = await Promise.all([
    findToml(place),
    place.readText(`${place.cwd}/.env`),
  ]);
  return { env: place.env, dotenvText, toml, flags: place.flags, homeDir: place.homeDir };
}

async function findToml(place: Place): Promise<TomlFile | null> {
  if (place.configFlag !== null) {
    const text = await place.readText(resolve(place.cwd, place.configFlag));
    if (text !== null) return { path: place.configFlag, text };
    throw new KbtError({
      kind: "config",
      code: "CONFIG_MISSING",
      message: `there is no file ${place.configFlag} (from --config)`,
      hint: "copy config.example.toml there, or leave --config out",
    });
  }
  const candidates = [
    { shown: "config.toml", path: `${place.cwd}/config.toml` },
    { shown: "~/.config/kbt/config.toml", path: `${place.homeDir}/.config/kbt/config.toml` },
  ];
  for (const { shown, path } of candidates) {
    // One after the other: the second is only looked at when the first is absent.
    // oxlint-disable-next-line no-await-in-loop
    const text = await place.readText(path);
    if (text !== null) return { path: shown, text };
  }
  return null;
}

function resolve(cwd: string, path: string): string {
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}

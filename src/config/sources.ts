/** A key set on the command line: by its own flag or by `--set`. */
export interface FlagValue {
  readonly path: string;
  readonly text: string;
  /** As typed: `--series`, `--set`. */
  readonly flag: string;
}

export interface TomlFile {
  readonly path: string;
  readonly text: string;
}

/** Everything a configuration is made of. Loading it reads nothing else. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of `.env`, null when there is none. */
  readonly dotenvText: string | null;
  readonly toml: TomlFile | null;
  readonly flags: readonly FlagValue[];
  /** What `~/` at the start of a path stands for. */
  readonly homeDir: string;
}

import { factsOf } from "../../src/config/facts.ts";
import { ARMING_PATH, KEYS, type Key } from "../../src/config/keys.ts";
import { isEnvironmentOnly } from "../../src/config/secrets.ts";
import { table } from "./markdown.ts";

/** docs/configuration.md: every key, from the schema that checks it. */
export function configurationPage(): string {
  const sections = new Map<string, Key[]>();
  for (const key of KEYS.values()) {
    const section = key.path.slice(0, key.path.lastIndexOf("."));
    sections.set(section, [...(sections.get(section) ?? []), key]);
  }
  return `# Configuration

Nothing has to be configured: every key has a default. What is set wins in this order: options of the command line, the
environment, a \`.env\` file in the working directory, one TOML file (\`--config FILE\`, else \`./config.toml\`, else
\`~/.config/kbt/config.toml\`), the defaults. They are laid over each other key by key, so a file holds only what you change.
\`config.example.toml\` is such a file with every key at its default.

- \`kbt config show --origin\` prints every value with where it came from; secrets are masked.
- \`kbt config check\` lists every mistake at once, each on a line of its own with its source and a suggestion, and exits 2;
  it works without any file.
- \`--set key=value\` of paper, live and backtest sets any key for one run: \`--set risk.max_open_positions=2\`.
- Every key has a name in the environment, \`KBT_<SECTION>__<KEY>\`: \`KBT_SIM__LATENCY_MS=500\`,
  \`KBT_STRATEGY__THRESHOLD_EV__EV_MIN=0.05\`. Those in the last column work too and come first. A \`KBT_\` name that no key
  answers to is an error; a name that looks like a misspelt one of the others is a warning.
- An unknown key, an empty limit and a number out of its range are errors, never "no limit".
- \`${ARMING_PATH}\` is true only where \`TRADING_ENABLED\` is exactly \`1\` in the environment. Tokens are read from the
  environment only, the private key from a file that only you can read (mode 0600).

${[...sections].map(([section, keys]) => `## [${section}]\n\n${keyRows(keys)}`).join("\n\n")}
`;
}

function keyRows(keys: readonly Key[]): string {
  return table(
    ["key", "default", "what it is", "environment"],
    keys.map(({ env, path }) => [
      `\`${path.slice(path.lastIndexOf(".") + 1)}\``,
      defaultOf(path),
      meaningOf(path),
      env
        .filter((name) => !name.startsWith("KBT_"))
        .map((name) => `\`${name}\``)
        .join(", "),
    ]),
  );
}

function defaultOf(path: string): string {
  const { fallback } = factsOf(path);
  if (fallback === null || fallback === undefined) return "unset";
  return `\`${JSON.stringify(fallback).replaceAll('","', '", "')}\``;
}

function meaningOf(path: string): string {
  const { doc, kind, rule } = factsOf(path);
  // What a number or a choice may be is news; that a switch is true or false is not.
  const isNews = kind === "number" || rule.startsWith("one of");
  return isNews && !isEnvironmentOnly(path) ? `${doc}; ${rule}` : doc;
}

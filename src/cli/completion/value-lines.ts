import type { CompletedCommand, CompletedOption } from "./words.ts";

/** Lines of a shell's `case` for every option that takes a value; those that take the same share one. */
export function valueLines(
  commands: readonly CompletedCommand[],
  settingsOf: (option: CompletedOption) => string | null,
): string[] {
  const places = new Map<string, string[]>();
  for (const { options, path } of commands) {
    for (const option of options) {
      const settings = settingsOf(option);
      if (settings === null) continue;
      const patterns = option.names.map((name) => `'${path} ${name}'`);
      places.set(settings, [...(places.get(settings) ?? []), ...patterns]);
    }
  }
  return [...places].map(([settings, patterns]) => `    ${patterns.join(" | ")}) ${settings} ;;`);
}

import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The pages that users read, from the root of the checkout. */
export const DOC_PAGES: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(`${ROOT}/docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

interface DocCommand {
  readonly page: string;
  /** As it would be typed, without its comment. */
  readonly line: string;
}

export function pageText(page: string): string {
  return readFileSync(`${ROOT}/${page}`, "utf8");
}

/** What the blocks of a page tell to type: lines behind `$ `, and every line of a script. */
export function docCommands(page: string): DocCommand[] {
  const blocks = [...pageText(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, kind, text = ""]) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("$ ") || (kind === "sh" && /^[a-z]/.test(line)))
      .map((line) => ({ page, line: line.replace(/^\$ /, "").replace(/\s+# .*$/, "") })),
  );
}

/** The words that kbt itself is given in a line; null when the line is of another program. */
export function kbtWords(line: string): string[] | null {
  const [, words] =
    /^(?:[A-Z_]+=\S+ )*(?:npx kbt|kbt|npm run kbt --)(?: ([^|>]*))?(?:[|>].*)?$/.exec(line) ?? [];
  // Quoted words may hold blanks.
  return words === undefined ? null : (words.trim().match(/"[^"]*"|\S+/g) ?? []).map(unquoted);
}

function unquoted(word: string): string {
  return word.replaceAll('"', "");
}

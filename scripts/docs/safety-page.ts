import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { VARIANTS } from "../../tests/sabotage/variants.ts";
import { INVARIANTS } from "./invariants.ts";

// Which tests hold which invariant, read from their names: `test("I4: …")`, `describe("I2 to I9, I30: …")`.

const ROOT = resolve(import.meta.dirname, "../..");
const SAFETY = `${ROOT}/docs/safety.md`;
const START = "<!-- invariants: npm run docs -->";
const END = "<!-- end of invariants -->";

interface Named {
  readonly file: string;
  /** Where in the file. */
  readonly at: number;
  readonly isGroup: boolean;
  readonly ids: ReadonlySet<number>;
  readonly title: string;
}

/** Names of tests that begin with the invariants that they hold. */
export function namedIn(file: string, text: string): Named[] {
  const found = text.matchAll(
    /(describe[^"`]*)?["`]((?:[A-Z]\d+(?: to I\d+)?(?:, )?)+): ([^"`\n]*)/g,
  );
  return [...found].flatMap(({ index, 1: group, 2: ids = "", 3: title = "" }) => {
    const numbers = numbersOf(ids);
    return numbers.size === 0
      ? []
      : [{ file, at: index, isGroup: group !== undefined, ids: numbers, title }];
  });
}

/** `I2 to I4, R9, I30` → 2, 3, 4, 30. */
function numbersOf(ids: string): Set<number> {
  const numbers = new Set<number>();
  for (const [, from = "", to = from] of ids.matchAll(/I(\d+)(?: to I(\d+))?/g)) {
    for (let n = Number(from); n <= Number(to); n++) numbers.add(n);
  }
  return numbers;
}

function namedTests(): Map<string, { text: string; named: Named[] }> {
  const files = new Map<string, { text: string; named: Named[] }>();
  for (const name of readdirSync(`${ROOT}/tests`, { encoding: "utf8", recursive: true })) {
    // Tests of this very table name what they make up.
    if (!name.endsWith(".test.ts") || name.startsWith("unit/docs/")) continue;
    const file = `tests/${name}`;
    const text = readFileSync(`${ROOT}/${file}`, "utf8");
    files.set(file, { text, named: namedIn(file, text) });
  }
  return files;
}

/** The table as it stands in the document. */
export function invariantTable(): string {
  const files = namedTests();
  const all = [...files.values()].flatMap(({ named }) => named);
  const sabotaged = VARIANTS.map(({ test, testFile }) => {
    const file = files.get(testFile);
    return file === undefined ? new Set<number>() : idsOf(file, test);
  });
  const lines = INVARIANTS.map((words, index) => {
    const id = index + 1;
    const held = new Map<string, number>();
    for (const { file, ids } of all) if (ids.has(id)) held.set(file, (held.get(file) ?? 0) + 1);
    const tests = [...held].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(wordsOf);
    const variants = sabotaged.filter((ids) => ids.has(id)).length;
    return `| I${id} | ${words} | ${tests.join(", ")} | ${variants === 0 ? "" : variants} |`;
  });
  return [
    "| | what always holds | tests that hold it | sabotaged |",
    "|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function wordsOf([file, tests]: readonly [string, number]): string {
  const name = file.replace(/^tests\//, "").replace(/\.test\.ts$/, "");
  return tests === 1 ? `\`${name}\`` : `\`${name}\` (${tests})`;
}

/** Invariants of the test that a sabotage names: its own, or those of the group that it is in. */
function idsOf(
  { named, text }: { readonly text: string; readonly named: readonly Named[] },
  test: string,
): ReadonlySet<number> {
  const own = named.find(({ isGroup, title }) => !isGroup && title.includes(test));
  if (own !== undefined) return own.ids;
  const at = text.indexOf(test);
  return named.findLast((one) => one.isGroup && one.at < at)?.ids ?? new Set();
}

/** docs/safety.md: written by hand but for its table of invariants. */
export function safetyPage(): string {
  return withTable(readFileSync(SAFETY, "utf8"), invariantTable());
}

/** The document with the table between its marks. */
function withTable(text: string, table: string): string {
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${SAFETY} has no '${START}' … '${END}'`);
  }
  return `${before}${START}\n\n${table}\n\n${END}${after}`;
}

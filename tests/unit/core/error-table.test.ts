import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { ErrorEntry } from "../../../src/core/error-entry.ts";
import { ERRORS, EXIT_MEANING, errorsOfExit, remedyFor } from "../../../src/core/error-table.ts";
import { EXIT_CODE } from "../../../src/core/errors.ts";
import { WORDS_OF_THE_EXCHANGE } from "../../../src/core/errors-of-the-exchange.ts";

// The sources are searched as text: what they throw must be in the table, and the table holds nothing else.

const SRC = resolve(import.meta.dirname, "../../../src");
const SOURCES = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.startsWith("exchange/"))
  .map((name) => ({ name, text: readFileSync(`${SRC}/${name}`, "utf8") }))
  .filter(({ text }) => text.includes("new KbtError("));

/** Names of others: of the environment, of Node, of SQLite, of the exchange. */
const OTHERS =
  /^(?:KALSHI|NODE|TRADING|UND_ERR|WS|EAI)_|^SQLITE_(?!TOO_OLD)|^(?:NOT_FOUND|SELF_SIGNED|UNABLE_TO|TOO_LARGE)$/;
const ONE_WORD: ReadonlySet<string> = new Set(["BUG", "USAGE", "LATCHED", "FORBIDDEN"]);

const codesOf = (text: string): string[] =>
  [...text.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g)]
    .map(([, word]) => word ?? "")
    .filter((word) => (word.includes("_") ? !OTHERS.test(word) : ONE_WORD.has(word)));

interface Thrown {
  readonly name: string;
  readonly code: string;
  readonly kind: string | undefined;
  readonly hint: string | undefined;
}

/** Every `new KbtError({…})` whose code is a word. */
const THROWN: readonly Thrown[] = SOURCES.flatMap(({ name, text }) =>
  [...text.matchAll(/new KbtError\((\{[\s\S]*?\n? *\})\)/g)].flatMap(([, parts = ""]) => {
    const code = /\bcode: "([A-Z_]+)"/.exec(parts)?.[1];
    const kind = /\bkind: "([a-z]+)"/.exec(parts)?.[1];
    const hint = /\bhint:\s*"((?:[^"\\]|\\.)*)"/.exec(parts)?.[1];
    return code === undefined ? [] : [{ name, code, kind, hint }];
  }),
);

function entryOf(code: string): ErrorEntry {
  const found = ERRORS[code];
  if (found === undefined) throw new Error(`${code} is not in src/core/error-table.ts`);
  return found;
}

describe("the table of errors", () => {
  test("holds every code that is thrown, and no other", () => {
    const inSources = new Set(SOURCES.flatMap(({ text }) => codesOf(text)));
    // What the exchange says is built from its answer.
    const built = ["INCORRECT_API_KEY_SIGNATURE", "HEADER_TIMESTAMP_EXPIRED"];
    expect(Object.keys(ERRORS).toSorted()).toEqual(
      [...new Set([...inSources, ...built])].toSorted(),
    );
  });

  test("is found by the search that the next tests rest on", () => {
    expect(THROWN.length).toBeGreaterThan(60);
    expect(THROWN.filter(({ hint }) => hint !== undefined).length).toBeGreaterThan(45);
  });

  test.each(THROWN.map((thrown) => [thrown.name, thrown.code, thrown] as const))(
    "%s: %s has the kind and the advice of the table",
    (_name, code, { hint, kind }) => {
      const { kinds, remedies } = entryOf(code);
      if (kind !== undefined) expect(kinds).toContain(kind);
      if (hint !== undefined) expect(remedies).toContain(hint);
    },
  );

  test("every entry is a sentence and an advice, and stands under exactly one exit code", () => {
    for (const [code, { means, remedies }] of [
      ...Object.entries(ERRORS),
      ...Object.entries(WORDS_OF_THE_EXCHANGE),
    ]) {
      expect(means, code).toMatch(/^.{10,}\.$/);
      for (const remedy of remedies) expect(remedy, code).toMatch(/^.{8,}[^.]$/);
    }
    const listed = Object.keys(EXIT_MEANING).flatMap((exit) => errorsOfExit(Number(exit)));
    expect(listed).toHaveLength(Object.keys(ERRORS).length);
    expect(new Set(Object.values(EXIT_CODE))).toEqual(
      new Set(Object.keys(EXIT_MEANING).map(Number)),
    );
  });

  test("gives advice where a message has none of its own", () => {
    expect(remedyFor("DB_FAILED")).toContain("sqlite.org");
    expect(remedyFor("INSUFFICIENT_BALANCE")).toContain("kbt doctor");
    expect(remedyFor("HTTP_418")).toBeUndefined();
    expect(remedyFor("toString")).toBeUndefined();
  });
});

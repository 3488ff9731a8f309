import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { DOC_PAGES, docCommands, kbtWords, pageText } from "../../support/doc-commands.ts";
import { kbtHere } from "../../support/shell.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const scripts: Record<string, string> = JSON.parse(
  readFileSync(`${ROOT}/package.json`, "utf8"),
).scripts;

describe.each(DOC_PAGES)("%s", (page) => {
  const commands = docCommands(page).map(({ line }) => line);
  const inline = [...pageText(page).matchAll(/`(kbt [^`\n]+)`/g)]
    .map(([, line = ""]) => line)
    // A shape of a command and not one.
    .filter((line) => !/[[\]|…]|\b[A-Z]+\b/.test(line));

  test("kbt takes every command that it shows", async () => {
    for (const line of [...commands, ...inline]) {
      const words = kbtWords(line);
      if (words === null) continue;
      // --help after an unknown option or a wrong value is still an error.
      const { code, stderr } = await kbtHere([...words, "--help"], tmpdir());
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: "" });
    }
  });

  test("every npm script that it names exists", () => {
    for (const [, name = ""] of pageText(page).matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
  });

  test("everything that it links to or names by its path exists", () => {
    const links = [...pageText(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
      ([, path = ""]) => join(dirname(page), path),
    );
    const named = [
      ...pageText(page).matchAll(/`((?:docs|scripts|src|tests|migrations)\/[\w./-]+)`/g),
    ]
      .map(([, path = ""]) => path)
      .filter((path) => !path.includes("NNNN"));
    for (const path of [...links, ...named]) expect(existsSync(`${ROOT}/${path}`), path).toBe(true);
  });
});

test("commands are found", () => {
  const all = DOC_PAGES.flatMap(docCommands);
  expect(all.filter(({ line }) => kbtWords(line) !== null).length).toBeGreaterThan(30);
});

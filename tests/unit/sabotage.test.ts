import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { VARIANTS } from "../sabotage/variants.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

test("there are lenient variants to be caught, each with a name of its own", () => {
  expect(VARIANTS.length).toBeGreaterThanOrEqual(15);
  expect(new Set(VARIANTS.map(({ name }) => name)).size).toBe(VARIANTS.length);
});

test.each(VARIANTS.map((variant) => [variant.name, variant] as const))(
  "what %s breaks is still there once",
  (_name, { file, find, replace, testFile, test: named }) => {
    expect(read(file).split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
    expect(named).not.toBe("");
    expect(read(testFile)).not.toBe("");
  },
);

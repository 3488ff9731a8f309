import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { factsOf, schemaPaths } from "../../../src/config/facts.ts";
import { KEYS, leavesOf } from "../../../src/config/keys.ts";
import { configSchema } from "../../../src/config/schema.ts";

const text = readFileSync(new URL("../../../config.example.toml", import.meta.url), "utf8");

test("the defaults without zod are those of the schema, key by key", () => {
  expect(schemaPaths()).toEqual([...KEYS.keys()]);
  const fallbacks = schemaPaths().map((path) => [path, factsOf(path).fallback]);
  expect(Object.fromEntries(fallbacks)).toEqual(Object.fromEntries(leavesOf(DEFAULTS)));
  expect(configSchema.parse(DEFAULTS)).toEqual(DEFAULTS);
});

test("every key has a line for people", () => {
  for (const path of KEYS.keys()) expect(factsOf(path).doc, path).toMatch(/^[A-Z].{10,}/);
});

test("config.example.toml gives every key its default, and nothing else", () => {
  const written = leavesOf(parse(text));
  for (const [path, value] of leavesOf(DEFAULTS)) {
    const leaf = path.slice(path.lastIndexOf(".") + 1);
    if (value === null) expect(text).toContain(`\n# ${leaf} = ""\n`);
    else expect(written.get(path), path).toEqual(value);
    written.delete(path);
  }
  expect([...written.keys()]).toEqual([]);
});

test("config.example.toml says of every key what config show says, and its contract names", () => {
  for (const { path, env } of KEYS.values()) {
    expect(text, path).toContain(`# ${factsOf(path).doc}`);
    for (const name of env) if (!name.startsWith("KBT_")) expect(text).toContain(name);
  }
});

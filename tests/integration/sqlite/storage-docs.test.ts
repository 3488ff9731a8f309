import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import { thinInSteps } from "../../../src/adapters/sqlite/retention/thin.ts";
import { compact } from "../../../src/adapters/sqlite/segments/compact.ts";
import { aRecorder, EVENTS, T0, tempDb } from "./support.ts";

const DOC = new URL("../../../docs/storage.md", import.meta.url);
const EXAMPLES = [...readFileSync(DOC, "utf8").matchAll(/```sql\n([^`]+)```/g)].map(
  ([, sql = ""]) => [sql.split("\n")[0] ?? "", sql] as const,
);

test("the page has examples", () => {
  expect(EXAMPLES.length).toBeGreaterThan(1);
});

test.each(EXAMPLES)("a plain SQLite runs the example %s", async (_, sql) => {
  const path = tempDb();
  const recorder = aRecorder(path);
  for (let n = 0; n < 60; n++) for (const event of EVENTS) recorder.event(event);
  await recorder.close(0);
  const writer = openWriter(path, { env: "sim" });
  compact(writer, { beforeMs: T0 + 1e9, nowMs: T0 + 1e9 });
  for (const step of thinInSteps(writer, { nowMs: T0 + 20_000_000, retainMs: 19_998_998 })) {
    expect(step.isBusy).toBe(false);
  }
  writer.close();
  const db = new Database(path, { readonly: true });
  expect(db.prepare(sql).all()).not.toEqual([]);
  db.close();
});

import { expect, test } from "vitest";
import { uuidOf } from "../../../src/core/ids.ts";

test("order ids are valid UUIDs, stable and distinct", () => {
  const ids = new Set<string>();
  for (let run = 0; run < 20; run++) {
    for (let n = 0; n < 500; n++) ids.add(uuidOf(`run-${run}`, n));
  }
  expect(ids.size).toBe(10_000);
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(uuidOf("run-1", 1)).toBe(uuidOf("run-1", 1));
});

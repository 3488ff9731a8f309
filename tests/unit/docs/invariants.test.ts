import { expect, test } from "vitest";
import { INVARIANTS } from "../../../scripts/docs/invariants.ts";
import { invariantTable, namedIn } from "../../../scripts/docs/safety-page.ts";

test("every invariant is held by a test that carries its number", () => {
  const rows = invariantTable().split("\n").slice(2);
  expect(rows).toHaveLength(INVARIANTS.length);
  const held = rows.map((row) => row.split(" | ")[2]);
  expect(rows.filter((_, at) => !held[at]?.startsWith("`"))).toEqual([]);
});

test("a name may hold several, and a range of them", () => {
  const text =
    'describe("I2 to I4, R9, I30: all of it", () => {\n  test("I5: one", x);\n  test("I5 or so", y);';
  const found = namedIn("a.test.ts", text).map(({ ids, isGroup, title }) => ({
    ids: [...ids],
    isGroup,
    title,
  }));
  expect(found).toEqual([
    { ids: [2, 3, 4, 30], isGroup: true, title: "all of it" },
    { ids: [5], isGroup: false, title: "one" },
  ]);
});

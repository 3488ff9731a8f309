import { describe, expect, test } from "vitest";
import { scoreCard, tableOf } from "./vectors/score-card.ts";
import type { VectorCase, VectorFunctions } from "./vectors/vector-case.ts";

// The judge of the reference vectors must itself be able to say no.

function aCase(changes: Partial<VectorCase> = {}): VectorCase {
  return {
    id: "one",
    fn: "answer",
    input: {},
    expected: 2,
    tol: { abs: 0.1, rel: 0 },
    ...changes,
  };
}

function failures(answer: unknown, changes: Partial<VectorCase> = {}): number {
  return scoreCard("f.json", [aCase(changes)], { answer: () => answer }).failed.length;
}

describe("a case passes", () => {
  test.each<[string, unknown, Partial<VectorCase>]>([
    ["at its tolerance", 2.05, {}],
    ["with the field p of an object", { p: 2 }, {}],
    ["as a decimal text", "2.0", { expected: "2.00", tol: { abs: 0, rel: 0 } }],
    ["as null or NaN", Number.NaN, { expected: null }],
    ["with more fields than asked for", { a: 1, b: 9 }, { expected: { a: 1 } }],
    ["as a typed array", Float64Array.of(1, 2), { expected: [1, 2] }],
    [
      "at the places that the vector reads",
      { logE: Float64Array.of(7, 1, 2) },
      { expected: { at: [2, 3], logE: [1, 2] } },
    ],
    [
      "with the growth of joint stakes alone",
      { growth: 1 },
      { fn: "kellyGeneral", expected: { growth: 1, x: [3] } },
    ],
  ])("%s", (_, answer, changes) => {
    const functions: VectorFunctions = { answer: () => answer, kellyGeneral: () => answer };
    expect(scoreCard("f.json", [aCase(changes)], functions).failed).toEqual([]);
  });
});

describe("a case fails", () => {
  test.each<[string, unknown, Partial<VectorCase>]>([
    ["beyond its tolerance", 2.11, {}],
    ["by the last digit where none is allowed", 2 + 1e-15, { tol: { abs: 0, rel: 0 } }],
    ["without an answer", undefined, {}],
    ["with NaN", Number.NaN, {}],
    ["with null where 0 is expected", null, { expected: 0 }],
    ["with an empty text where 0 is expected", "", { expected: 0 }],
    ["with a missing field", {}, { expected: { a: 1 } }],
    ["with a list of another length", [1], { expected: [1, 2] }],
    ["with a list where none is expected", [1], { expected: [] }],
    ["with a number where null is expected", 0, { expected: null }],
    ["with the wrong truth", true, { expected: false }],
    ["when it asks for nothing", 1, { expected: {} }],
    ["at a place beyond its sequence", { logE: [1] }, { expected: { at: [2], logE: [1] } }],
    ["without an adapter", 2, { fn: "unknown" }],
    ["without an adapter of its own", 2, { fn: "toString" }],
  ])("%s", (_, answer, changes) => {
    expect(failures(answer, changes)).toBe(1);
  });

  test("when its function throws", () => {
    const card = scoreCard("f.json", [aCase()], {
      answer: () => {
        throw new RangeError("no");
      },
    });
    expect(card.failed).toEqual(["one: RangeError: no"]);
  });
});

test("the worst case is named, by share and by size", () => {
  const cases = [
    aCase({ id: "small", expected: 1, tol: { abs: 0.002, rel: 0 } }),
    aCase({ id: "large", expected: 100, tol: { abs: 0, rel: 0.1 } }),
  ];
  const values = [1.001, 99];
  const card = scoreCard("f.json", cases, { answer: () => values.shift() });
  expect(card).toMatchObject({
    cases: 2,
    failed: [],
    worstShareId: "small",
    worstErrorId: "large",
  });
  expect(card.worstShare).toBeCloseTo(0.5, 6);
  expect(card.worstError).toBeCloseTo(1, 12);
  expect(tableOf("title", [card]).split("\n")[2]).toMatch(
    /^f\.json +1 +2 +0 +50\.0 % +small +1\.00e\+0 +large$/,
  );
});

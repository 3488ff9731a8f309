import { expect, test } from "vitest";
import { DriftWatch } from "../../../../src/adapters/platform/drift.ts";
import { misfitOf, type Shape } from "../../../../src/adapters/platform/shape.ts";

const SHAPE: Shape = {
  type: "text",
  msg: { ticker: "text", price: "decimal", "levels?": [["decimal"]], "at?": "time" },
};

function frame(msg: object): object {
  return { type: "x", msg: { ticker: "T", price: "0.5", ...msg } };
}

test.each([
  ["fits", frame({}), null],
  ["an optional field may be null", frame({ levels: null }), null],
  ["fields more than known do no harm", frame({ more: 1 }), null],
  ["a missing field", { type: "x", msg: { ticker: "T" } }, "$.msg.price"],
  ["a number where text was", frame({ price: 0.5 }), "$.msg.price"],
  ["text that is no decimal", frame({ price: "5e-1" }), "$.msg.price"],
  ["an object where a list was", frame({ levels: {} }), "$.msg.levels"],
  ["an item deep inside", frame({ levels: [["1"], ["1", 2]] }), "$.msg.levels[1][1]"],
  ["a list where an object was", { type: "x", msg: [] }, "$.msg"],
  ["no object at all", "x", "$"],
])("misfit: %s", (_name, value, path) => {
  expect(misfitOf(SHAPE, value)).toBe(path);
});

function watch(): DriftWatch {
  return new DriftWatch("venue", { x: SHAPE });
}

const GOOD = JSON.stringify(frame({}));
const BAD = JSON.stringify(frame({ price: 0.5 }));

test("the first of a kind is kept raw, the third in a row halts, and no more are kept", () => {
  const drift = watch();
  const seen = [1, 2, 3, 4, 5].map((at) => drift.refused("x", BAD, at));
  expect(seen.map((event) => event?.halts ?? null)).toEqual([false, null, true, null, null]);
  expect(seen[0]).toEqual({
    type: "drift",
    source: "venue",
    messageType: "x",
    path: "$.msg.price",
    raw: BAD,
    halts: false,
    recvMs: 1,
  });
});

test("a readable message between them shows that it was damage", () => {
  const drift = watch();
  for (let at = 0; at < 9; at++) {
    expect(drift.refused("x", BAD, at)?.halts ?? false).toBe(false);
    drift.accepted("x");
  }
});

test("the same place in different items is one place", () => {
  const drift = watch();
  const texts = [0, 1, 2].map((at) =>
    JSON.stringify(frame({ levels: [...Array.from({ length: at }, () => ["1"]), [2]] })),
  );
  const seen = texts.map((text, at) => drift.refused("x", text, at)?.halts ?? null);
  expect(seen).toEqual([false, null, true]);
});

test("garbage, unknown types and wrong values of the right shape are no drift", () => {
  const drift = watch();
  expect(drift.refused("x", "{", 1)).toBeNull();
  expect(drift.refused("y", BAD, 1)).toBeNull();
  expect(drift.refused("x", GOOD, 1)).toBeNull();
});

test("what is kept is bounded", () => {
  const drift = watch();
  const long = JSON.stringify(frame({ price: 1, pad: "x".repeat(9000) }));
  expect(drift.refused("x", long, 1)?.raw).toHaveLength(4096);
});

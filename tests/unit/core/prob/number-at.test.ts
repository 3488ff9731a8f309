import { describe, expect, test } from "vitest";
import { floatAt, intAt, numberAt } from "../../../../src/core/prob/number-at.ts";

describe.each([
  ["any sequence", (index: number) => numberAt([4, 5], index)],
  ["floats", (index: number) => floatAt(Float64Array.of(4, 5), index)],
  ["integers", (index: number) => intAt(Int32Array.of(4, 5), index)],
])("element of %s", (_, at) => {
  test("inside", () => {
    expect([at(0), at(1)]).toEqual([4, 5]);
  });

  test.each([-1, 2, 0.5, Number.NaN])("none at %d", (index) => {
    expect(() => at(index)).toThrow(RangeError);
  });
});

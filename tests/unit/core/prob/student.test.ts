import { expect, test } from "vitest";
import { tInverse } from "../../../../src/core/prob/student.ts";

test.each([
  [0.975, 1, 12.706204736],
  [0.975, 10, 2.228138852],
  [0.95, 100, 1.660234326],
  [0.975, 10_000, 1.96020124],
])("quantile %s of Student's t with %s degrees", (share, nu, expected) => {
  expect(tInverse(share, nu)).toBeCloseTo(expected, 8);
});

test("there is none at or below the median", () => {
  expect(() => tInverse(0.5, 3)).toThrow(RangeError);
});

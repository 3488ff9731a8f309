import fc from "fast-check";
import { test } from "vitest";
import { formatDecimal, parseDecimal } from "../../src/core/units.ts";

test("parse after format is the identity", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 8 }), (value, scale) =>
      Object.is(parseDecimal(formatDecimal(value, scale), scale), value === 0 ? 0 : value),
    ),
  );
});

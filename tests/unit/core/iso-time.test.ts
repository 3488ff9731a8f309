import fc from "fast-check";
import { expect, test } from "vitest";
import { isoTime, shortTime } from "../../../src/core/iso-time.ts";

test("agrees with Date for every year up to 9999", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});

test("short form", () => {
  expect(shortTime(Date.UTC(2026, 10, 2, 14, 5, 30))).toBe("11-02 14:05:30");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseHttpDate, parseRfc3339 } from "../../../../src/adapters/platform/rfc3339.ts";

test.each([
  ["2026-08-17T04:45:00Z", Date.UTC(2026, 7, 17, 4, 45)],
  ["2026-05-15T09:17:06.020774Z", Date.UTC(2026, 4, 15, 9, 17, 6, 20)],
  ["2026-05-15T09:17:06.9Z", Date.UTC(2026, 4, 15, 9, 17, 6, 900)],
  ["2026-09-30T02:39:53.78865513Z", Date.UTC(2026, 8, 30, 2, 39, 53, 788)],
  ["2026-09-30T02:39:53.999999999Z", Date.UTC(2026, 8, 30, 2, 39, 53, 999)],
  ["2024-02-29T00:00:00+05:30", Date.UTC(2024, 1, 28, 18, 30)],
  ["2024-02-29T00:00:00-00:30", Date.UTC(2024, 1, 29, 0, 30)],
  ["2026-12-31T23:59:60Z", Date.UTC(2027, 0, 1)],
])("%s", (text, ms) => {
  expect(parseRfc3339(text)).toBe(ms);
});

test.each([
  "",
  "soon",
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:60:00Z",
  "2026-01-01T00:00:00",
  "2026-01-01T00:00:00.Z",
  "2026-01-01",
])("%j is none", (text) => {
  expect(parseRfc3339(text)).toBeUndefined();
});

const two = (max: number) => fc.integer({ min: 0, max }).map((n) => `${n}`.padStart(2, "0"));

test("a second look at a day reads what the first one read", () => {
  const time = fc.tuple(two(25), two(61), two(61)).map((parts) => parts.join(":"));
  const digits = fc.stringMatching(/^\d{0,10}$/);
  const rest = fc.oneof(
    fc.constant("Z"),
    digits.map((text) => `.${text}Z`),
    fc.constantFrom("", "z", ".Z", "Z ", "+01:00", ".5-02:30", ".1x3Z", "..1Z"),
  );
  const separator = fc.constantFrom("T", "T", "T", "t", " ");
  fc.assert(
    fc.property(separator, time, rest, (between, clock, tail) => {
      const text = `2026-09-30${between}${clock}${tail}`;
      parseRfc3339("2020-01-01T00:00:00Z");
      const first = parseRfc3339(text);
      parseRfc3339("2026-09-30T00:00:00Z");
      expect(parseRfc3339(text)).toBe(first);
    }),
    { numRuns: 2000 },
  );
});

test("HTTP dates", () => {
  expect(parseHttpDate("Mon, 17 Aug 2026 04:45:00 GMT")).toBe(Date.UTC(2026, 7, 17, 4, 45));
  expect(parseHttpDate("")).toBeUndefined();
});

import { expect, test } from "vitest";
import { parseRfc822 } from "../../../../src/adapters/platform/rfc822.ts";

test.each([
  ["Wed, 19 Aug 2026 12:34:56 GMT", "2026-08-19T12:34:56.000Z"],
  ["Wed, 19 Aug 2026 12:34:56 +0000", "2026-08-19T12:34:56.000Z"],
  ["Wed, 19 Aug 2026 12:34:56 -0430", "2026-08-19T17:04:56.000Z"],
  ["Wed, 19 Aug 2026 12:34:56 +02:00", "2026-08-19T10:34:56.000Z"],
  ["19 Aug 2026 12:34 UT", "2026-08-19T12:34:00.000Z"],
  ["Wed, 19 Aug 26 12:34:56 EDT", "2026-08-19T16:34:56.000Z"],
  ["Wed, 19 Aug 98 12:34:56 PST", "1998-08-19T20:34:56.000Z"],
  ["Wednesday, 9 August 2026 1:34:56 Z", "2026-08-09T01:34:56.000Z"],
  ["Wed, 19 Aug 2026 12:34:56", "2026-08-19T12:34:56.000Z"],
  ["Wed, 19 Aug 2026 12:34:56 ET", "2026-08-19T16:34:56.000Z"],
  ["Wed, 14 Jan 2026 12:34:56 ET", "2026-01-14T17:34:56.000Z"],
])("%s is %s", (text, iso) => {
  expect(parseRfc822(text)).toBe(Date.parse(iso));
});

test.each([
  "",
  "today",
  "2026-08-19T12:34:56Z",
  "Wed, 31 Feb 2026 12:00:00 GMT",
  "Wed, 19 Foo 2026 12:00:00 GMT",
  "Wed, 19 Aug 2026 25:00:00 GMT",
  "Wed, 19 Aug 2026 12:60:00 GMT",
  "Wed, 19 Aug 2026 12:00:00 XYZ",
])("%j is no date", (text) => {
  expect(parseRfc822(text)).toBeUndefined();
});

import { expect, test } from "vitest";
import { bytesText, type SizeFacts, sizeReport, sizeText } from "../../../src/app/collect-size.ts";

const facts = (overrides: Partial<SizeFacts> = {}): SizeFacts => ({
  growth: { bytes: 4_000_000, hasOthers: false },
  freedBytes: 100_000,
  rows: new Map([
    ["kalshi_orderbook_deltas", 100_000],
    ["kalshi_tickers", 10_000],
    ["a_table_without_a_measure", 5],
  ]),
  spanMs: 60_000,
  clock: "real",
  ...overrides,
});

test("a run's growth and its rows are scaled to a day", () => {
  expect(sizeReport(facts())).toEqual({
    bytes_stored: 4_100_000,
    bytes_per_day: 5_904_000_000,
    estimated_bytes_per_day: 1440 * (28 * 100_000 + 49 * 10_000),
    bytes_clock: "real",
    bytes_seconds: 60,
    other_runs_wrote: false,
  });
});

test("a few pages are no measure of a day", () => {
  const few = sizeReport(facts({ growth: { bytes: 65_535, hasOthers: false }, freedBytes: 0 }));
  expect(few.bytes_per_day).toBeNull();
  expect(few.estimated_bytes_per_day).toBeGreaterThan(0);
});

test.each([
  [
    facts(),
    "stored 4.1 MB in 60 s: 5.9 GB a day at this rate (estimate for these feeds: 4.7 GB)\n",
  ],
  [
    facts({ clock: "exchange", spanMs: 3_600_000 }),
    "stored 4.1 MB in 3600 s of exchange time: 98.4 MB an exchange day at this rate (estimate for these feeds: 79.0 MB)\n",
  ],
  [
    facts({ growth: { bytes: 900, hasOthers: true }, freedBytes: 0, rows: new Map() }),
    "stored 900 B in 60 s, too little to measure a day by (estimate for these feeds: 0 B a day); other runs wrote to the file too\n",
  ],
  [
    facts({ growth: { bytes: 65_536, hasOthers: false }, freedBytes: 0 }),
    "stored 65.5 kB in 60 s: 94.4 MB a day at this rate (estimate for these feeds: 4.7 GB)\n",
  ],
  [facts({ spanMs: 400 }), "stored 4.1 MB in 0.4 s\n"],
])("%# is one line", (given, line) => {
  expect(sizeText(sizeReport(given))).toBe(line);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [-12_345, "-12.3 kB"],
  [999_499_999, "999.5 MB"],
  [2.5e15, "2500.0 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

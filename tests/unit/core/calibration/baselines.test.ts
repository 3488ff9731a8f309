import { expect, test } from "vitest";
import { type BaselineRow, baseRates } from "../../../../src/core/calibration/baselines.ts";

const row = (ticker: string, hour: number, outcome: 0 | 1, seriesTicker = "S"): BaselineRow => ({
  ticker,
  seriesTicker,
  outcome,
  window: `2026-11-02T${String(hour).padStart(2, "0")}:00:00Z`,
});

/** P(YES) by ticker. */
const rates = (...rows: BaselineRow[]) => Object.fromEntries(baseRates(rows));

test("the share of YES before the window, and nothing of the window itself", () => {
  const twice = row("a", 1, 1);
  // One half at first; then 2 of 3; after the second window, where one of two won, 3 of 5.
  expect(rates(row("c", 3, 0), twice, row("b", 2, 1), row("b2", 2, 0), twice)).toEqual({
    a: 1 / 2,
    b: 2 / 3,
    b2: 2 / 3,
    c: 3 / 5,
  });
});

test("each series has its own", () => {
  expect(rates(row("a", 1, 1), row("b", 2, 0, "T"))).toEqual({ a: 0.5, b: 0.5 });
});

test("no market's outcome is in its own rate", () => {
  const past = [row("a", 1, 1), row("b", 2, 0)];
  expect(rates(...past, row("c", 3, 1))).toEqual(rates(...past, row("c", 3, 0)));
});

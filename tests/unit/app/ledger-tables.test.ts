import { expect, test } from "vitest";
import { tradesTable } from "../../../src/app/ledger-tables.ts";
import { money, qty } from "../../../src/core/units.ts";

const line = (count: number, cost: number, provisional: number) => ({
  ledgerId: 1,
  runId: 1,
  mode: "paper",
  atMs: 1_000,
  action: "settle" as const,
  ticker: "KXBTC15M-26JUL131915-15",
  side: "yes" as const,
  price: null,
  qty: qty(count),
  cost: money(cost),
  pnl: null,
  status: "yes",
  strategy: "s",
  orderId: null,
  provisional,
  fillClass: null,
});

test.each([
  ["provisional yes", line(1_000, -10_000_000, 1)],
  ["confirmed yes", line(0, 0, 1)],
  ["final yes", line(0, 0, 0)],
  ["settled yes", line(1_000, -10_000_000, 0)],
  ["corrected yes", line(0, 10_000_000, 1)],
  ["corrected yes", line(0, 10_000_000, 0)],
])("a settle leg is shown as %s", (words, of) => {
  expect(tradesTable([of]).table.rows.flat()).toContain(words);
});

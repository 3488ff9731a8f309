import { expect, test } from "vitest";
import { readPaid } from "../../../../src/adapters/kalshi/market-lookup.ts";

/** As the exchange sent one in August 2026, of the account of another (kalshi.md §2.8). */
const PAID = {
  ticker: "KXBTC15M-26AUG170100-00",
  exchange_index: 2,
  event_ticker: "KXBTC15M-26AUG170100",
  market_result: "no",
  yes_count_fp: "10.00",
  yes_total_cost_dollars: "0.400000",
  no_count_fp: "0.00",
  no_total_cost_dollars: "0.000000",
  revenue: 0,
  value: 0,
  fee_cost: "0.026900",
  settled_time: "2026-08-17T05:00:20Z",
};

test.each([
  [{}, { result: "no", settledMs: Date.UTC(2026, 7, 17, 5, 0, 20) }],
  [{ market_result: "yes", value: 100 }, { result: "yes" }],
  [
    { market_result: "scalar", value: 33 },
    { result: "scalar", yesPayout: null },
  ],
  [
    { market_result: "void", value: null },
    { result: "", yesPayout: null },
  ],
])("a payment with %j is the final word on its market", (change, expected) => {
  expect(readPaid({ ...PAID, ...change }, 1)).toMatchObject({ ...expected, final: true });
});

test.each([{ market_result: "maybe" }, { settled_time: "" }, { ticker: undefined }])(
  "a payment with %j says nothing",
  (change) => {
    expect(readPaid({ ...PAID, ...change }, 1)).toBeUndefined();
  },
);

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  readFill,
  readOrder,
  readPlaced,
  readPosition,
} from "../../../../src/adapters/kalshi/order-shapes.ts";
import { qty } from "../../../../src/core/units.ts";

// The samples of kalshi.md §2.8 and §3.5.

const ORDER = {
  order_id: "2597b999",
  client_order_id: "4a75a66e",
  ticker: "KXBTC15M-26AUG170100-00",
  side: "yes",
  action: "buy",
  outcome_side: "yes",
  book_side: "bid",
  status: "resting",
  yes_price_dollars: "0.0100",
  initial_count_fp: "1.00",
  fill_count_fp: "0.25",
  remaining_count_fp: "0.75",
  exchange_index: 2,
};
const FILL = {
  trade_id: "f4a42159",
  order_id: "97ec18b7",
  client_order_id: "2b8394e0",
  market_ticker: "KXBTC15M-26AUG170100-00",
  is_taker: true,
  book_side: "bid",
  yes_price_dollars: "0.5200",
  count_fp: "1.00",
  fee_cost: "0.017500",
  ts: 1_781_159_370,
  ts_ms: 1_781_159_370_164,
};
const ASKED = { clientOrderId: "2b8394e0", qty: qty(100) };
const PLACED = {
  order_id: "97ec18b7",
  client_order_id: "2b8394e0",
  fill_count: "0.40",
  remaining_count: "0.60",
  ts_ms: 1,
};

test("an order of a list", () => {
  expect(readOrder(ORDER)).toEqual({
    exchangeId: "2597b999",
    clientOrderId: "4a75a66e",
    ticker: "KXBTC15M-26AUG170100-00",
    exchangeIndex: 2,
    bookSide: "bid",
    yesPrice: 100,
    initialQty: 100,
    filledQty: 25,
    status: "resting",
    reason: "",
  });
});

test("I28: a fill of the socket, and of a list, which names it otherwise and does not know our id, with its own words", () => {
  const seen = {
    tradeId: "f4a42159",
    exchangeId: "97ec18b7",
    clientOrderId: "2b8394e0",
    ticker: "KXBTC15M-26AUG170100-00",
    bookSide: "bid",
    yesPrice: 5_200,
    qty: 100,
    fee: 17_500,
    isTaker: true,
    atMs: 1_781_159_370_164,
  };
  expect(readFill(FILL)).toEqual({ ...seen, told: FILL });
  const { client_order_id: _gone, ts_ms: _ms, trade_id: tradeId, ...rest } = FILL;
  const listed = { ...rest, fill_id: tradeId, created_time: "2026-06-11T06:29:30.164956Z" };
  expect(readFill(listed)).toEqual({ ...seen, clientOrderId: null, told: listed });
});

test("a position is signed, and minus nothing is nothing", () => {
  expect(readPosition({ ticker: "A", position_fp: "-3.00" })).toEqual({ ticker: "A", qty: -300 });
  expect(readPosition({ market_ticker: "A", position_fp: "-0.00" })).toEqual({
    ticker: "A",
    qty: 0,
  });
  expect(readPosition({ ticker: "A" })).toBeUndefined();
});

test.each([
  ["order_id", undefined],
  ["order_id", ""],
  ["ticker", 5],
  ["book_side", "long"],
  ["yes_price_dollars", "0.00001"],
  ["yes_price_dollars", "1.0001"],
  ["yes_price_dollars", 0.01],
  ["initial_count_fp", "1e2"],
  ["fill_count_fp", undefined],
  ["fill_count_fp", "-1.00"],
  ["status", "pending"],
])("an order whose %s is %j is none: nothing about it is guessed", (name, value) => {
  expect(readOrder({ ...ORDER, [name]: value })).toBeUndefined();
});

test.each([
  ["trade_id", undefined],
  ["order_id", null],
  ["count_fp", "0.00"],
  ["count_fp", "1.001"],
  ["fee_cost", undefined],
  ["is_taker", "true"],
  ["book_side", ""],
])("a fill whose %s is %j is none", (name, value) => {
  expect(readFill({ ...FILL, [name]: value })).toBeUndefined();
});

test("I4: a complete acknowledgement narrows what is known", () => {
  expect(readPlaced(PLACED, ASKED)).toEqual({
    type: "accepted",
    exchangeId: "97ec18b7",
    filledQty: 40,
    leftQty: 60,
  });
});

test.each([
  ["order_id", undefined],
  ["client_order_id", undefined],
  ["client_order_id", "somebody-else"],
  ["fill_count", undefined],
  ["fill_count", "0.4O"],
  ["remaining_count", "0.61"],
  ["remaining_count", undefined],
])("I4: an answer whose %s is %j acknowledges nothing", (name, value) => {
  expect(readPlaced({ ...PLACED, [name]: value }, ASKED)).toBeUndefined();
});

test("whatever arrives, the readers say what it is or that it is nothing", () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record({ order_id: fc.anything(), ticker: fc.anything(), count_fp: fc.anything() }),
    fc.constantFrom(ORDER, FILL, PLACED).chain((base) =>
      fc
        .record({
          key: fc.constantFrom(...Object.keys(base), "__proto__"),
          value: fc.oneof(fc.string(), fc.double(), fc.bigInt().map(String), fc.constant(null)),
        })
        .map(({ key, value }) => ({ ...base, [key]: value })),
    ),
  );
  fc.assert(
    fc.property(anything, (raw) => {
      for (const read of [readOrder, readFill, readPosition]) read(raw);
      const placed = readPlaced(raw, ASKED);
      expect((placed?.filledQty ?? 0) + (placed?.leftQty ?? 0)).toBeLessThanOrEqual(ASKED.qty);
    }),
    { numRuns: 2_000 },
  );
});

import { expect, test } from "vitest";
import { type MarkedFill, markoutOf, meansOf } from "../../../src/core/markout.ts";
import { price, qty } from "../../../src/core/units.ts";

const bought: MarkedFill = {
  side: "yes",
  action: "buy",
  price: price(5_200),
  qty: qty(200),
  fee: 35_000,
  decided: { yesBid: price(4_900), yesAsk: price(5_100) },
  assumed: 0.01,
  mids: [5_100, 5_050, 5_000, 4_900, 4_800],
  yesPayout: price(10_000),
};

test.each<[string, Partial<MarkedFill>, object]>([
  [
    "a purchase pays half the spread, and what moves against it was known to the other side",
    {},
    { slippage: 1, assumed: 1, after: [-1.5, -2, -3, -4], settled: 48 },
  ],
  [
    "of NO everything is the other way round",
    { side: "no", price: price(4_900) },
    { slippage: -2, after: [0.5, 1, 2, 3], settled: -49, spread: 0, adverse: 3, residual: -52 },
  ],
  [
    "a sale gains what its contracts lose",
    { action: "sell" },
    { slippage: -3, after: [1.5, 2, 3, 4], settled: -48, spread: 1, adverse: 3, residual: -52 },
  ],
  [
    "what nobody saw is not known",
    { mids: [5_100, null, 5_000, null, null], yesPayout: null, decided: null, assumed: null },
    { slippage: null, assumed: null, after: [null, -2, null, null], adverse: null, residual: null },
  ],
])("%s", (_name, change, expected) => {
  expect(markoutOf({ ...bought, ...change })).toMatchObject(expected);
});

test("the parts are the whole, and the fee is one contract's", () => {
  const { adverse, fee, residual, settled, spread } = markoutOf(bought);
  expect((spread ?? 0) + (adverse ?? 0) + (residual ?? 0)).toBe(settled);
  expect(fee).toBe(1.75);
});

test("means are over contracts, of what is known", () => {
  const one = { qty: qty(300), markout: markoutOf(bought) };
  const other = { qty: qty(100), markout: markoutOf({ ...bought, price: price(5_600) }) };
  const blind = { qty: qty(900), markout: markoutOf({ ...bought, mids: [], yesPayout: null }) };
  const { fills, means } = meansOf([one, other, blind]);
  expect(fills).toBe(3);
  expect(means).toMatchObject({ spread: -2, settled: 47 });
});

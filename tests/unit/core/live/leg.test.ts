import { expect, test } from "vitest";
import { legOf, ownPrice } from "../../../../src/core/live/leg.ts";
import { isOnGrid } from "../../../../src/core/market.ts";
import { price } from "../../../../src/core/units.ts";
import { LINEAR_CENT, TAPERED } from "../../../support/builders.ts";

test.each([
  { side: "yes", action: "buy", cc: 4_600, leg: { bookSide: "bid", yesPrice: 4_600 } },
  { side: "yes", action: "sell", cc: 4_600, leg: { bookSide: "ask", yesPrice: 4_600 } },
  { side: "no", action: "buy", cc: 4_600, leg: { bookSide: "ask", yesPrice: 5_400 } },
  { side: "no", action: "sell", cc: 4_600, leg: { bookSide: "bid", yesPrice: 5_400 } },
] as const)("I13: $action $side at $cc is $leg.bookSide of YES at $leg.yesPrice", (row) => {
  expect(legOf(row.side, row.action, price(row.cc))).toEqual(row.leg);
});

test.each([
  { grid: "one cent", ranges: LINEAR_CENT },
  { grid: "tapered", ranges: TAPERED },
])(
  "I13: every price of the $grid grid comes back from the YES leg, and lies on the grid there",
  ({ ranges }) => {
    for (let cc = 0; cc <= 10_000; cc += 10) {
      const limit = price(cc);
      for (const side of ["yes", "no"] as const) {
        const { yesPrice } = legOf(side, "buy", limit);
        expect(ownPrice(side, yesPrice)).toBe(limit);
        expect(isOnGrid(ranges, yesPrice)).toBe(isOnGrid(ranges, limit));
      }
    }
  },
);

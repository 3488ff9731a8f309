import { describe, expect, test } from "vitest";
import { type ClosedLot, type LotLeg, lotsOf, totalsOf } from "../../../src/core/lots.ts";
import { costOf, type Money, money, price, qty, type Side } from "../../../src/core/units.ts";

let next = 0;

function leg(
  action: "buy" | "sell",
  side: Side,
  contracts: number,
  terms: { readonly cents: number; readonly fee?: number; readonly atMs?: number },
): LotLeg {
  const [at, size] = [price(terms.cents * 100), qty(contracts * 100)];
  const gross = costOf(at, size);
  const fee = terms.fee ?? 0;
  const cost = money((action === "buy" ? gross : 0 - gross) + fee);
  return { ...blank(), atMs: terms.atMs ?? 0, action, side, price: at, qty: size, cost };
}

function settled(side: Side, contracts: number, dollars: number, atMs = 900): LotLeg {
  const cost = money(0 - Math.round(dollars * 1e6));
  return { ...blank(), atMs, action: "settle", side, price: null, qty: qty(contracts * 100), cost };
}

function blank() {
  return { ledgerId: ++next, strategy: "favorite" };
}

const dollars = (of: Money): number => of / 1e6;

/** What people would check by hand: contracts, how it ended, paid, proceeds, fees and gain in dollars. */
function told({ end, fees, gain, paid, proceeds, qty: size, side }: ClosedLot): unknown[] {
  return [
    `${size / 100} ${side} ${end}`,
    dollars(paid),
    dollars(proceeds),
    dollars(fees),
    dollars(gain),
  ];
}

const TABLE: readonly (readonly [
  name: string,
  legs: readonly LotLeg[],
  closed: readonly unknown[][],
  open: number,
])[] = [
  [
    "the oldest goes first, in parts",
    [
      leg("buy", "yes", 10, { cents: 40, fee: 100_000 }),
      leg("buy", "yes", 10, { cents: 60, fee: 200_000 }),
      leg("sell", "yes", 15, { cents: 70, fee: 150_000 }),
    ],
    [
      ["10 yes sold", 4, 7, 0.2, 2.8],
      ["5 yes sold", 3, 3.5, 0.15, 0.35],
    ],
    3.1,
  ],
  [
    "buying NO closes YES: the pair pays a dollar",
    [leg("buy", "yes", 10, { cents: 40 }), leg("buy", "no", 4, { cents: 50, fee: 8 })],
    [["4 yes netted", 1.6, 2, 0.000008, 0.399992]],
    2.4,
  ],
  [
    "more NO than there was YES is NO for the rest, and the fee is shared",
    [leg("buy", "yes", 1, { cents: 40 }), leg("buy", "no", 4, { cents: 50, fee: 400 })],
    [["1 yes netted", 0.4, 0.5, 0.0001, 0.0999]],
    1.5003,
  ],
  [
    "selling what is not held buys the other side",
    [leg("sell", "yes", 2, { cents: 30 }), settled("no", 2, 2)],
    [["2 no settled", 1.4, 2, 0, 0.6]],
    0,
  ],
  [
    "a scalar result pays a part, one lot after the other",
    [
      leg("buy", "no", 1, { cents: 30 }),
      leg("buy", "no", 2, { cents: 40 }),
      settled("no", 3, 1.11),
    ],
    [
      ["1 no settled", 0.3, 0.37, 0, 0.07],
      ["2 no settled", 0.8, 0.74, 0, -0.06],
    ],
    0,
  ],
  [
    "an amended result is money without contracts, and a confirmation nothing",
    [
      leg("buy", "yes", 1, { cents: 50, fee: 17_500 }),
      settled("yes", 1, 1),
      settled("yes", 0, 0),
      settled("yes", 0, -1),
    ],
    [
      ["1 yes settled", 0.5, 1, 0.0175, 0.4825],
      ["0 yes corrected", 0, -1, 0, -1],
    ],
    0,
  ],
  [
    "a settlement of what no leg has bought is not lost",
    [settled("yes", 3, 3)],
    [["3 yes unmatched", 0, 3, 0, 3]],
    0,
  ],
  ["an order without a fill is no lot", [leg("buy", "yes", 0, { cents: 50 })], [], 0],
];

describe("lots", () => {
  test.each(TABLE)("%s", (_name, legs, closed, open) => {
    const lots = lotsOf(legs);
    expect(lots.closed.map(told)).toEqual(closed);
    expect(totalsOf(lots).open / 1e6).toBeCloseTo(open, 9);
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type LotLeg, lotsOf, totalsOf } from "../../src/core/lots.ts";
import { Portfolio } from "../../src/core/portfolio.ts";
import { firstLeg, nextLeg } from "../../src/core/settle-legs.ts";
import { costOf, money, price, qty } from "../../src/core/units.ts";
import { aFill } from "../support/builders.ts";

const fill = fc.record({
  side: fc.constantFrom("yes" as const, "no" as const),
  action: fc.constantFrom("buy" as const, "sell" as const),
  price: fc.integer({ min: 1, max: 9_999 }).map(price),
  qty: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 5_000_000 })).map(qty),
  fee: fc.integer({ min: 0, max: 3_000_000 }).map(money),
});
/** What YES pays, first provisionally and then amended; a scalar or void result pays anything. */
const rulings = fc.array(fc.constantFrom(0, 1, 3_333, 5_000, 10_000).map(price), { maxLength: 3 });

type Fill = typeof fill extends fc.Arbitrary<infer T> ? T : never;

const ruling = (yesPayout: number, atMs: number, isFinal: boolean) =>
  ({
    ticker: "T",
    result: "scalar",
    yesPayout: price(yesPayout),
    isFinal,
    source: "kalshi",
    expirationValue: null,
    atMs,
  }) as const;

/** The legs that the engine books for these fills and results, and the profit it counts. */
function booked(fills: readonly Fill[], payouts: readonly number[]) {
  const portfolio = new Portfolio();
  const legs: LotLeg[] = [];
  const strategy = "favorite";
  const add = (leg: Omit<LotLeg, "ledgerId" | "strategy">): void => {
    legs.push({ ...leg, ledgerId: legs.length + 1, strategy });
  };
  for (const [at, one] of fills.entries()) {
    const { action, fee, price: limit, qty: size, side } = one;
    portfolio.applyFill(aFill({ ...one, ticker: "T", fillId: `f${at}` }));
    const gross = costOf(limit, size);
    const cost = money((action === "buy" ? gross : 0 - gross) + fee);
    add({ atMs: at, action, side, price: limit, qty: size, cost });
  }
  let realised: number = portfolio.realised;
  const held = portfolio.position("T");
  const [first, ...later] = payouts;
  if (held === undefined || first === undefined)
    return { legs, realised, isOver: held === undefined };
  let { leg, paid } = firstLeg({ ...held, strategy }, ruling(first, 1_000, false));
  add(leg);
  realised += leg.pnl ?? 0;
  for (const [at, payout] of later.entries()) {
    const next = nextLeg(paid, ruling(payout, 1_001 + at, true));
    if (next === null) continue;
    ({ leg, paid } = next);
    add(leg);
    realised += leg.pnl ?? 0;
  }
  return { legs, realised, isOver: true };
}

test("lots are the cash of the ledger, and of a market that is over its profit, to the micro-dollar", () => {
  fc.assert(
    fc.property(fc.array(fill, { minLength: 1, maxLength: 20 }), rulings, (fills, payouts) => {
      const { isOver, legs, realised } = booked(fills, payouts);
      const lots = lotsOf(legs);
      const { fees, gain, open, paid, proceeds } = totalsOf(lots);
      const cash = legs.reduce((sum, { cost }) => sum - cost, 0);
      expect(gain - open).toBe(cash + lots.paired);
      expect(proceeds - paid - fees).toBe(gain);
      if (isOver) expect(gain).toBe(realised);
      expect(new Set(lots.open.map(({ side }) => side)).size).toBeLessThan(2);
      expect(lots.closed.some(({ end }) => end === "unmatched")).toBe(false);
    }),
  );
});

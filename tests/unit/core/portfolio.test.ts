import { describe, expect, test } from "vitest";
import { Portfolio } from "../../../src/core/portfolio.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";

const TICKER = aFill().ticker;

describe("Portfolio", () => {
  test("a winning position pays $1 a contract, fees counted", () => {
    const portfolio = new Portfolio();
    portfolio.applyFill(aFill());
    expect(portfolio.position(TICKER)).toMatchObject({ qty: 1000, cost: 5_175_000 });
    portfolio.settle(TICKER, money(10_000_000));
    expect(portfolio.openCount).toBe(0);
    expect(portfolio.realised).toBe(4_825_000);
  });

  test("a losing position loses what it cost", () => {
    const portfolio = new Portfolio();
    portfolio.applyFill(aFill({ side: "no", price: price(3_000), fee: money(0) }));
    expect(portfolio.position(TICKER)?.qty).toBe(-1000);
    portfolio.settle(TICKER, money(0));
    expect(portfolio.realised).toBe(-3_000_000);
    portfolio.restate(money(10_000_000));
    expect(portfolio.realised).toBe(7_000_000);
  });

  test("the same fill id counts once", () => {
    const portfolio = new Portfolio();
    portfolio.applyFill(aFill());
    portfolio.applyFill(aFill());
    expect(portfolio.position(TICKER)?.qty).toBe(1000);
  });

  test("buying NO against held YES closes at $1 a pair", () => {
    const portfolio = new Portfolio();
    portfolio.applyFill(aFill({ fee: money(0) }));
    const realised = portfolio.applyFill(
      aFill({ fillId: "f2", side: "no", price: price(4_000), qty: qty(400), fee: money(0) }),
    );
    expect(realised).toMatchObject({ qty: 400, pnl: 400_000 });
    expect(portfolio.position(TICKER)).toMatchObject({ qty: 600, cost: 3_000_000 });
  });

  test("selling YES is the same as buying NO at the complement", () => {
    const a = new Portfolio();
    const b = new Portfolio();
    for (const portfolio of [a, b]) portfolio.applyFill(aFill());
    const sold = a.applyFill(aFill({ fillId: "x", action: "sell", price: price(6_000) }));
    const bought = b.applyFill(aFill({ fillId: "x", side: "no", price: price(4_000) }));
    expect(sold).toEqual(bought);
    expect(sold?.pnl).toBe(6_000_000 - 175_000 - 5_175_000);
  });
});

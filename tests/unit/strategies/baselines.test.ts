import { expect, test } from "vitest";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Settlement } from "../../../src/core/events.ts";
import type { Strategy } from "../../../src/core/strategy.ts";
import { alwaysNo, baseRate, marketMid } from "../../../src/strategies/baselines.ts";
import { aMarket } from "../../support/builders.ts";
import { aView } from "../../support/market-view.ts";

const HOURLY = aMarket({ ticker: "KXBTCD-H", seriesTicker: "KXBTCD" });

function settle(strategy: Strategy, result: Settlement["result"], market = aMarket()): void {
  const facts = { eventTicker: market.eventTicker, expirationValue: null, source: "kalshi" };
  const times = { settledMs: 0, recvMs: 0, yesPayout: null };
  const { ticker } = market;
  strategy.onSettlement?.(
    { type: "settlement", ticker, result, final: true, ...facts, ...times },
    market,
  );
}

test("none trades, and each names what stands against the book", () => {
  for (const plugin of [alwaysNo, marketMid, baseRate]) {
    const strategy = plugin.create(DEFAULTS);
    expect(strategy).toMatchObject({ name: plugin.name, everyMs: 60_000 });
    expect(strategy.evaluate(aView({ problems: ["book_stale"] }))).toMatchObject({
      decision: "no_trade",
      reason: "baseline",
      failed: ["baseline", "book_stale"],
      intent: null,
    });
  }
});

test("always-no says so, and market-mid says what the market does", () => {
  expect(alwaysNo.create(DEFAULTS).evaluate(aView()).p).toBe(0);
  const mid = marketMid.create(DEFAULTS);
  expect(mid.evaluate(aView()).p).toBe(0.505);
  expect(mid.evaluate(aView({ pMarket: null })).p).toBeNull();
});

test("base-rate says the share of YES of the series so far, and nothing before the first", () => {
  const strategy = baseRate.create(DEFAULTS);
  const said = (market = aMarket()) => strategy.evaluate(aView({ market })).p;
  expect(said()).toBeNull();
  settle(strategy, "yes");
  expect([said(), said(HOURLY)]).toEqual([1, null]);
  settle(strategy, "no");
  settle(strategy, "no", HOURLY);
  // What pays neither side says nothing of how often YES wins.
  settle(strategy, "scalar");
  settle(strategy, "no");
  expect([said(), said(HOURLY)]).toEqual([1 / 3, 0]);
  // Nobody shares what another run has seen.
  expect(baseRate.create(DEFAULTS).evaluate(aView()).p).toBeNull();
});

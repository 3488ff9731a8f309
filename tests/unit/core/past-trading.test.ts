import { expect, test } from "vitest";
import { Engine } from "../../../src/core/engine.ts";
import { IOC } from "../../../src/core/orders.ts";
import type { PastTrading } from "../../../src/core/past-trading.ts";
import { type Holding, hold, type OwnFill, type Strategy } from "../../../src/core/strategy.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

const MARKET = aMarket();

/** An engine that goes on from `past`, after it has heard of the market and a second has passed. */
function going(past: PastTrading): {
  readonly engine: Engine;
  readonly told: OwnFill[];
  readonly holding: Holding | null | undefined;
} {
  const told: OwnFill[] = [];
  const seen: (Holding | null)[] = [];
  const strategy: Strategy = {
    name: "s",
    onFill: (fill) => void told.push(fill),
    evaluate: (view) => {
      seen.push(view.holding);
      return hold(["waiting"]);
    },
  };
  const engine = new Engine(
    anEngineConfig({
      runId: 2,
      runKey: "past",
      strategies: [strategy],
      past,
    }),
  );
  engine.step({ type: "market", market: MARKET, recvMs: 1_100_000 });
  engine.step({ type: "market", market: { ...MARKET, status: "active" }, recvMs: 1_100_000 });
  engine.step({ type: "wake", recvMs: 1_101_000 });
  return { engine, told, holding: seen[0] };
}

const bought = (overrides: Parameters<typeof aFill>[0] = {}) =>
  ({ fill: aFill(overrides), strategy: "s", isOpen: true }) as const;

test("I23: holds what was bought, by whom and since when, and tells the strategy once", () => {
  const { engine, holding, told } = going({
    fills: [
      bought(),
      bought({ fillId: "f2", price: price(6_000), qty: qty(500), atMs: 1_050_000 }),
    ],
    settled: [],
    losses: [],
  });
  expect(holding).toEqual({
    side: "yes",
    qty: 1_500,
    // Ten at 50 and five at 60 cents, without their fees.
    entry: 8 / 15,
    strategy: "s",
    openedMs: 1_000_000,
  });
  expect(told.map(({ action, atMs, market }) => [action, atMs, market.ticker])).toEqual([
    ["buy", 1_000_000, MARKET.ticker],
    ["buy", 1_050_000, MARKET.ticker],
  ]);
  expect(engine.gate.standing("OTHER", 1_101_000)).toEqual(["risk.max_open_positions"]);
});

test("what was sold is not held, and the strategy still hears of it", () => {
  const sold = bought({ fillId: "f2", action: "sell", atMs: 1_050_000 });
  const { engine, holding, told } = going({ fills: [bought(), sold], settled: [], losses: [] });
  expect(holding).toBeNull();
  expect(told.map(({ action }) => action)).toEqual(["buy", "sell"]);
  // That run has told of what it brought.
  expect(engine.portfolio.realised).toBe(0);
});

test.each(["before", "after"] as const)(
  "I5: a fill that comes to light %s its market is its strategy's own at once",
  (when) => {
    const { engine, told } = going({ fills: [], settled: [], losses: [] });
    const ticker = when === "after" ? MARKET.ticker : "LATER";
    const fill = aFill({ ticker });
    const ids = { clientOrderId: "c1", opportunityId: 1, createdMs: 1_000_000 };
    engine.expect({ ...fill, ...ids, ...IOC, strategy: "s" });
    const effects = engine.step({ type: "fill", fill, recvMs: 1_102_000 });
    expect(effects.find(({ type }) => type === "ledger")).toMatchObject({ row: { strategy: "s" } });
    const market = { ...MARKET, ticker: "LATER" };
    engine.step({ type: "market", market, recvMs: 1_103_000 });
    expect(told.map((heard) => heard.market.ticker)).toEqual([ticker]);
  },
);

test("of a market that has settled it tells, and holds nothing", () => {
  const { engine, told } = going({
    fills: [{ ...bought(), isOpen: false }],
    settled: [],
    losses: [],
  });
  expect(engine.portfolio.openCount).toBe(0);
  expect(told).toHaveLength(1);
});

test("a fill that its strategy was told to forget is held by nobody", () => {
  const { holding, told } = going({
    fills: [{ ...bought(), strategy: "" }],
    settled: [],
    losses: [],
  });
  expect(holding).toMatchObject({ strategy: "", qty: 1_000 });
  expect(told).toEqual([]);
});

test("what was lost today counts towards the limit of the day", () => {
  const { engine } = going({
    fills: [],
    settled: [],
    losses: [{ pnl: money(-30_000_000), atMs: 1_000_000 }],
  });
  expect(engine.gate.standing("OTHER", 1_101_000)).toEqual(["risk.daily_loss"]);
});

test("a market that settles long after its close is still its strategy's", () => {
  const { engine } = going({ fills: [bought()], settled: [], losses: [] });
  const lateMs = MARKET.closeMs + 7_200_000;
  engine.step({ type: "wake", recvMs: lateMs });
  const effects = engine.step({
    type: "settlement",
    ticker: MARKET.ticker,
    eventTicker: MARKET.eventTicker,
    result: "yes",
    yesPayout: null,
    expirationValue: null,
    settledMs: lateMs,
    final: true,
    source: "kalshi",
    recvMs: lateMs,
  });
  const legs = effects.flatMap((effect) => (effect.type === "ledger" ? [effect.row] : []));
  expect(legs.map(({ action, strategy }) => [action, strategy])).toEqual([["settle", "s"]]);
});

test("a market that settles as neither YES nor NO keeps its holding and says so", () => {
  const { engine } = going({ fills: [bought()], settled: [], losses: [] });
  const settled = {
    settledMs: 1_800_000,
    final: true,
    source: "kalshi",
    yesPayout: null,
    expirationValue: null,
  } as const;
  const of = { ticker: MARKET.ticker, eventTicker: MARKET.eventTicker, result: "scalar" } as const;
  const effects = engine.step({ type: "settlement", ...of, ...settled, recvMs: 1_800_000 });
  expect(effects).toEqual([
    {
      type: "risk",
      row: {
        atMs: 1_800_000,
        kind: "settlement_unpaid",
        value: 10,
        limitValue: null,
        reason: `${MARKET.ticker} settled as 'scalar', whose payout is not known here`,
      },
    },
  ]);
  expect(engine.portfolio.position(MARKET.ticker)?.qty).toBe(1_000);
});

import { describe, expect, test } from "vitest";
import type { Holding, MarketView, OwnFill } from "../../../src/core/strategy.ts";
import { complement, price, qty } from "../../../src/core/units.ts";
import { farthestBandParams } from "../../../src/strategies/farthest-band.params.ts";
import { FarthestBand } from "../../../src/strategies/farthest-band.ts";
import { eventOf, LADDER, MINUTE, START } from "../../support/strike-ladder.ts";

const PARAMS = farthestBandParams.parse({});
type Params = typeof PARAMS;

/** The strategy with the event before it, and what it says of one strike. */
function rig(params: Partial<Params> = {}) {
  const strategy = new FarthestBand({ ...PARAMS, ...params });
  const at = (minutes: number, strikeUsd: number, changes: Partial<MarketView> = {}) => {
    const nowMs = START + minutes * MINUTE;
    const views = eventOf(LADDER, (strike) => ({
      nowMs,
      tauS: (55 - minutes) * 60,
      ...(strike === strikeUsd ? changes : {}),
    }));
    const view = views.find(({ market }) => market.floorUsd === strikeUsd);
    if (view === undefined) throw new Error(`no strike ${strikeUsd}`);
    return strategy.evaluate(view);
  };
  const fill = (minutes: number, strikeUsd: number, overrides: Partial<OwnFill> = {}): void => {
    const market = eventOf(LADDER).find((view) => view.market.floorUsd === strikeUsd)?.market;
    if (market === undefined) throw new Error(`no strike ${strikeUsd}`);
    strategy.onFill({
      market,
      side: "yes",
      action: "buy",
      price: price(9_800),
      qty: qty(500),
      atMs: START + minutes * MINUTE,
      ...overrides,
    });
  };
  return { at, fill, strategy };
}

/** The verdict on the chosen strike while somebody's order in another one of the event is under way. */
function besideOrderOf(ordering: string) {
  const views = eventOf(LADDER, (strike) => (strike === 99_400 ? { ordering } : {}));
  const view = views.find(({ market }) => market.floorUsd === 99_200);
  return view === undefined ? undefined : new FarthestBand(PARAMS).evaluate(view);
}

const held = (entry: number, openedAfter = 0): Holding => ({
  side: "yes",
  qty: qty(500),
  entry,
  strategy: "farthest-band",
  openedMs: START + openedAfter * MINUTE,
});

describe("farthest-band", () => {
  test("buys the chosen strike one step above its ask, and may add to what it holds", () => {
    expect(rig().at(0, 99_200)).toMatchObject({
      decision: "trade",
      side: "yes",
      intent: { action: "buy", price: 9_810, qty: 500, timeInForce: "ioc", mayAdd: true },
    });
    expect(rig().at(0, 99_400)).toMatchObject({ decision: "no_trade", reason: "not_farthest" });
  });

  test("names every gate that is shut", () => {
    const late = rig().at(54, 99_400, { problems: ["spot_late"], problem: "spot_late" });
    expect(late.failed).toEqual(["spot_late", "closing_soon", "not_farthest"]);
    expect(rig({ tau_max_minutes: 30 }).at(0, 99_200).failed).toEqual(["tau_above_max"]);
  });

  test("one entry in each quarter of an hour of the clock, in each event", () => {
    const { at, fill } = rig();
    fill(0, 99_200);
    expect(at(9, 99_200)).toMatchObject({ reason: "not_due" });
    // 14:15.
    expect(at(10, 99_200)).toMatchObject({ decision: "trade" });
  });

  test("knows after a restart what its fills were, in whatever order they are told", () => {
    const { at, fill } = rig();
    fill(10, 99_200);
    fill(-5, 99_400);
    expect(at(24, 99_200)).toMatchObject({ reason: "not_due" });
    expect(at(25, 99_200)).toMatchObject({ decision: "trade" });
  });

  test.each([
    ["not before five minutes of the clock are over", 4, 0.5, null],
    ["at a quarter less it is sold", 5, 0.735, "stop_loss"],
    ["a tenth of a cent above that it is kept", 5, 0.736, null],
  ])("stop: %s", (_, minutes, mark, reason) => {
    const holding = held(0.98);
    const yesBid = price(Math.round(mark * 10_000));
    const verdict = rig().at(minutes, 99_200, { holding, yesBid });
    if (reason === null) expect(verdict.exit).toBeNull();
    else {
      expect(verdict).toMatchObject({
        decision: "trade",
        reason,
        intent: { action: "sell", side: "yes", qty: 500 },
        exit: { reason, floor: 500, maxAttempts: 20, maxMs: 60_000 },
      });
    }
  });

  test("the mark is the bid: nobody who buys is a loss of everything, and an ask says nothing", () => {
    expect(rig().at(5, 99_200, { holding: held(0.98), yesBid: null })).toMatchObject({
      reason: "stop_loss",
    });
    const no = { ...held(0.98), side: "no" as const };
    expect(
      rig({ side: "no" }).at(5, 100_700, {
        holding: no,
        yesAsk: complement(price(7_000)),
        yesBid: price(1),
      }),
    ).toMatchObject({ reason: "stop_loss", intent: { side: "no" } });
  });

  test("a book that cannot be trusted stops nothing out", () => {
    const broken = {
      holding: held(0.98),
      yesBid: null,
      bookProblem: "gap_seq",
      problem: "gap_seq",
      problems: ["gap_seq"],
    };
    expect(rig().at(5, 99_200, broken)).toMatchObject({ reason: "gap_seq", exit: null });
  });

  test("looks once at each stretch: what recovers and falls again waits for the next", () => {
    const { at } = rig();
    expect(at(5, 99_200, { holding: held(0.98) }).exit).toBeNull();
    expect(at(6, 99_200, { holding: held(0.98), yesBid: price(3_000) }).exit).toBeNull();
    expect(at(10, 99_200, { holding: held(0.98), yesBid: price(3_000) })).toMatchObject({
      reason: "stop_loss",
    });
  });

  test("another strategy's holding is not its to sell", () => {
    const holding = { ...held(0.98), strategy: "threshold-ev" };
    expect(rig().at(5, 99_200, { holding, yesBid: price(100) }).exit).toBeNull();
    expect(
      rig({ stop_loss_pct: 0 }).at(5, 99_200, { holding: held(0.98), yesBid: price(100) }).exit,
    ).toBeNull();
  });

  test("after a stop it rotates at once, to a strike farther away, when the last contract is sold", () => {
    const { at, fill } = rig();
    fill(0, 99_400);
    fill(5, 99_400, { action: "sell" });
    expect(at(5, 99_200)).toMatchObject({ decision: "trade" });
    expect(at(5, 99_400)).toMatchObject({ reason: "not_beyond_stop" });
    // Once it has, the quarters of an hour count again.
    fill(6, 99_200);
    expect(at(7, 99_200)).toMatchObject({ reason: "not_due" });
  });

  test("and buys nothing more in that event where no strike lies farther away", () => {
    const { at, fill } = rig();
    fill(0, 99_200);
    fill(5, 99_200, { action: "sell" });
    for (const strike of [99_200, 99_400, 99_600]) {
      expect(at(20, strike)).toMatchObject({ reason: "not_beyond_stop" });
    }
    expect(at(20, 99_000)).toMatchObject({ reason: "ask_above_band" });
  });

  test("what was stopped is sold to the end, and until then nothing is bought in that event", () => {
    const { at, fill, strategy } = rig();
    fill(0, 99_400);
    fill(5, 99_400, { action: "sell", qty: qty(200) });
    // Of it, what is left is sold, whatever has become of its price.
    expect(at(20, 99_400, { holding: held(0.96) })).toMatchObject({
      reason: "stop_loss",
      intent: { action: "sell" },
    });
    const nowMs = START + 20 * MINUTE;
    const beside = eventOf(LADDER, (strike) => ({
      nowMs,
      tauS: 35 * 60,
      holding: strike === 99_400 ? held(0.96) : null,
    })).find(({ market }) => market.floorUsd === 99_200);
    if (beside === undefined) throw new Error("no strike");
    expect(strategy.evaluate(beside)).toMatchObject({ reason: "not_due" });
  });

  test("a run that is forced buys once whatever was before", () => {
    const { at, fill } = rig({ force_new_order: true });
    expect(at(1, 99_200)).toMatchObject({ decision: "trade" });
    fill(1, 99_200);
    expect(at(2, 99_200)).toMatchObject({ reason: "not_due" });
  });

  test("nor do fills of earlier runs, told as their markets become known, end that", () => {
    const { at, fill } = rig({ force_new_order: true });
    fill(-1, 99_400);
    expect(at(1, 99_200)).toMatchObject({ decision: "trade" });
    fill(-2, 99_400);
    expect(at(2, 99_200)).toMatchObject({ decision: "trade" });
    fill(2, 99_200);
    expect(at(3, 99_200)).toMatchObject({ reason: "not_due" });
  });

  test("of several strikes that were stopped, the next one lies beyond the farthest", () => {
    const { at, fill } = rig();
    fill(0, 99_400);
    fill(0, 99_600);
    fill(5, 99_400, { action: "sell" });
    fill(5, 99_600, { action: "sell" });
    expect(at(5, 99_400)).toMatchObject({ reason: "not_beyond_stop" });
    expect(at(5, 99_200)).toMatchObject({ decision: "trade" });
  });

  test("while an order of its own in the event is under way it sends no other", () => {
    expect(besideOrderOf("farthest-band")).toMatchObject({ reason: "order_under_way" });
    expect(besideOrderOf("threshold-ev")).toMatchObject({ decision: "trade" });
  });

  test("buys nothing that it would sell at once, because the roll has begun", () => {
    const roll = { roll_sell_last_seconds: 600 };
    expect(rig(roll).at(44, 99_200)).toMatchObject({ decision: "trade" });
    expect(rig(roll).at(45, 99_200)).toMatchObject({ reason: "closing_soon" });
  });

  test("rolls before the end only when it is told to", () => {
    expect(rig().at(54.9, 99_200, { holding: held(0.98) }).exit).toBeNull();
    expect(
      rig({ roll_sell_last_seconds: 60 }).at(54.1, 99_200, { holding: held(0.98) }),
    ).toMatchObject({ reason: "roll" });
  });
});

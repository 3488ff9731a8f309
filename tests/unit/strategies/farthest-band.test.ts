import { describe, expect, test } from "vitest";
import type { Holding, MarketView, OwnFill } from "../../../src/core/strategy.ts";
import { complement, price, qty } from "../../../src/core/units.ts";
import { farthestBandParams } from "../../../src/strategies/farthest-band.params.ts";
import { FarthestBand } from "../../../src/strategies/farthest-band.ts";
import { rungsOf } from "../../../src/strategies/farthest-ladder.ts";
import { aMarket } from "../../support/builders.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = farthestBandParams.parse({});
type Params = typeof PARAMS;
const SPOT = 100_000;
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 2, 14, 5);

/** YES asks in cents by strike; the bid is a cent below. Null has no offer. */
type Asks = readonly (readonly [strikeUsd: number, askCents: number | null])[];

const LADDER: Asks = [
  [99_000, 99.5],
  [99_200, 98],
  [99_400, 96],
  [99_600, 95],
  [99_800, 90],
  [99_900, 80],
  [100_100, 20],
  [100_300, 5],
  [100_500, 4],
  [100_700, 2.5],
];

function eventOf(
  asks: Asks,
  overrides: (strikeUsd: number) => Partial<MarketView> = () => ({}),
): MarketView[] {
  const views: MarketView[] = [];
  for (const [strikeUsd, cents] of asks) {
    const yesAsk = cents === null ? null : price(Math.round(cents * 100));
    views.push(
      aView({
        market: aMarket({
          ticker: `KXBTCD-26NOV0210-T${strikeUsd}`,
          eventTicker: "KXBTCD-26NOV0210",
          seriesTicker: "KXBTCD",
          strikeType: "greater",
          floorUsd: strikeUsd,
          capUsd: null,
          openMs: START - 5 * MINUTE,
          closeMs: START + 55 * MINUTE,
          ranges: [{ start: price(0), end: price(10_000), step: 10 }],
        }),
        nowMs: START,
        tauS: 55 * 60,
        spotUsd: SPOT,
        p: cents === null ? null : cents / 100,
        yesAsk,
        yesBid: yesAsk === null ? null : price(yesAsk - 100),
        event: () => views,
        ...overrides(strikeUsd),
      }),
    );
  }
  return views;
}

const whys = (
  views: readonly MarketView[],
  params: Partial<Params> = {},
): Record<number, string | null> =>
  Object.fromEntries(
    rungsOf(views, { ...PARAMS, ...params }).map(({ view, why }) => [view.market.floorUsd, why]),
  );

const chosen = (views: readonly MarketView[], params: Partial<Params> = {}): number | undefined =>
  Object.entries(whys(views, params))
    .filter(([, why]) => why === null)
    .map(([strike]) => Number(strike))[0];

const thin = (size: number) => eventOf(LADDER, () => ({ yesAskQty: qty(size) }));

describe("the ladder", () => {
  test("YES: the farthest strike below spot whose ask lies in the band, the two nearest passed over", () => {
    expect(whys(eventOf(LADDER))).toEqual({
      99_000: "ask_above_band",
      99_200: null,
      99_400: "not_farthest",
      99_600: "not_farthest",
      99_800: "too_near",
      99_900: "too_near",
      100_100: "wrong_direction",
      100_300: "wrong_direction",
      100_500: "wrong_direction",
      100_700: "wrong_direction",
    });
  });

  test("NO: the same above spot, on the asks of NO", () => {
    // Bids of YES a cent below its ask: NO costs 96, 97 and 98.5 cents.
    expect(whys(eventOf(LADDER), { side: "no" })).toMatchObject({
      99_900: "wrong_direction",
      100_100: "too_near",
      100_300: "too_near",
      100_500: "not_farthest",
      100_700: null,
    });
  });

  test.each<[name: string, params: Partial<Params>, asks: Asks, strike: number | undefined]>([
    ["more passed over", { skip_nearest: 4 }, LADDER, 99_200],
    ["so many that none is left", { skip_nearest: 6 }, LADDER, undefined],
    [
      "none passed over, a band further in",
      { skip_nearest: 0, ask_min_cents: 75, ask_max_cents: 80 },
      LADDER,
      99_900,
    ],
    [
      "both ends of the band belong to it",
      { ask_min_cents: 98, ask_max_cents: 98 },
      LADDER,
      99_200,
    ],
    ["nothing in the band", { ask_min_cents: 97, ask_max_cents: 97.5 }, LADDER, undefined],
    [
      "99 cents is never paid, whatever the band says",
      {},
      [
        [99_000, 99],
        [99_500, 97],
        [99_800, 90],
        [99_900, 80],
      ],
      99_500,
    ],
    [
      "nobody offers",
      {},
      [
        [99_000, null],
        [99_500, null],
        [99_800, 90],
        [99_900, 80],
      ],
      undefined,
    ],
    [
      "direction turned round",
      { direction: "higher", ask_min_cents: 2, ask_max_cents: 6 },
      LADDER,
      100_700,
    ],
  ])("%s", (_, params, asks, strike) => {
    expect(chosen(eventOf(asks), params)).toBe(strike);
  });

  test("a market without an edge by the model is passed over when one is asked for", () => {
    const views = eventOf(LADDER, (strike) => ({ p: strike === 99_400 ? 0.999 : 0.9 }));
    expect(chosen(views, { ev_min: 0.01 })).toBe(99_400);
    expect(whys(views, { ev_min: 0.01 })[99_200]).toBe("ev_below_min");
  });

  test("the cost of an entry, fee included, stays within its budget, and less than one contract is none", () => {
    for (const [max_cost_cents, contracts] of [
      [500, 5],
      [491, 4],
      [99, 1],
      [98, 0],
    ] as const) {
      const rung = rungsOf(eventOf(LADDER), { ...PARAMS, max_cost_cents }).find(
        ({ view }) => view.market.floorUsd === 99_200,
      );
      expect(rung?.contracts).toBe(contracts);
      expect(rung?.why).toBe(contracts === 0 ? "stake_below_one" : null);
    }
  });

  test("half of what is offered at most", () => {
    expect(rungsOf(thin(600), PARAMS).find(({ why }) => why === null)?.contracts).toBe(3);
    expect(whys(thin(199))[99_200]).toBe("depth");
  });

  test("brackets count from the edge that spot would have to cross", () => {
    const [view] = eventOf([[99_000, 50]]);
    if (view === undefined) throw new Error("no view");
    const bracket = (floorUsd: number, capUsd: number, bid: number): MarketView => ({
      ...view,
      market: { ...view.market, ticker: `B${floorUsd}`, strikeType: "between", floorUsd, capUsd },
      yesBid: price(bid),
      yesAsk: price(bid + 100),
    });
    const views = [
      bracket(99_000, 99_500, 300),
      bracket(99_750, 100_250, 4000),
      bracket(100_500, 101_000, 300),
    ];
    const why = (direction: "lower" | "higher") =>
      rungsOf(views, { ...PARAMS, side: "no", direction, skip_nearest: 0 }).map((rung) => rung.why);
    expect(why("lower")).toEqual([null, "wrong_direction", "wrong_direction"]);
    expect(why("higher")).toEqual(["wrong_direction", "wrong_direction", null]);
  });
});

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

const weighed = (params: Partial<Params> = {}) =>
  new FarthestBand({ ...PARAMS, ...params })
    .candidates(eventOf(LADDER))
    .map(({ market, why }) => [market.floorUsd, why]);

describe("what it weighs", () => {
  test("the one that is bought first, then the rest of the band, then what is nearest to it", () => {
    expect(weighed()).toEqual([
      [99_200, null],
      [99_400, "not_farthest"],
      [99_600, "not_farthest"],
      [99_000, "ask_above_band"],
    ]);
  });

  test("the nearest ones when nothing lies in the band", () => {
    expect(weighed({ ask_min_cents: 96.5, ask_max_cents: 97.2 })).toEqual([
      [99_400, "ask_below_band"],
      [99_200, "ask_above_band"],
      [99_600, "ask_below_band"],
      [99_000, "ask_above_band"],
    ]);
  });

  test("with what each costs all in and is worth by the model", () => {
    const [first] = new FarthestBand(PARAMS).candidates(eventOf(LADDER));
    expect(first).toMatchObject({ strategy: "farthest-band", side: "yes", ask: 9_800 });
    // Five at 98 cents: fee 0.00686 rounded up to 0.0069.
    expect(first?.cost).toBe(981_380);
    expect(first?.ev).toBeCloseTo(0.98 - 0.98138, 9);
  });
});

import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../src/core/strategy.ts";
import { price, qty } from "../../../src/core/units.ts";
import { farthestBandParams } from "../../../src/strategies/farthest-band.params.ts";
import { FarthestBand } from "../../../src/strategies/farthest-band.ts";
import { rungsOf } from "../../../src/strategies/farthest-ladder.ts";
import { type Asks, eventOf, LADDER } from "../../support/strike-ladder.ts";

const PARAMS = farthestBandParams.parse({});
type Params = typeof PARAMS;

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

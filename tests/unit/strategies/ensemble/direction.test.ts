import { describe, expect, test } from "vitest";
import { QUADRATIC_FEES, takerFee } from "../../../../src/core/fees.ts";
import type { MarketView, Verdict } from "../../../../src/core/strategy.ts";
import { costOf, money, price, qty } from "../../../../src/core/units.ts";
import { ensembleParams } from "../../../../src/strategies/ensemble.params.ts";
import { createEnsemble } from "../../../../src/strategies/ensemble.ts";
import type { Regime } from "../../../../src/strategies/voters/volatility-regime.ts";
import { abstain, type Vote } from "../../../../src/strategies/voters/vote.ts";
import { aMarket } from "../../../support/builders.ts";
import { aView } from "../../../support/market-view.ts";

const PARAMS = ensembleParams.parse({});
type Settings = Partial<typeof PARAMS>;
const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(1_000_000_000) };

const vote = (voter: string, direction: "up" | "down", confidence: number): Vote => ({
  voter,
  direction,
  confidence,
  features: {},
});

const UP = [vote("momentum", "up", 0.6), vote("orderbook-imbalance", "up", 0.6)];
const DOWN = [vote("momentum", "down", 0.6), vote("orderbook-imbalance", "down", 0.6)];

const ensembleOf = (votes: readonly Vote[], params: Settings = {}, regime: Regime | null = null) =>
  createEnsemble(
    { ...PARAMS, ...params },
    {
      account: ACCOUNT,
      voters: votes.map((given) => ({ name: given.voter, vote: () => given })),
      regime: () => regime,
    },
  );

/** A quarter-hour market twenty seconds after its open, a coin to the model and to the market. */
const atOpen = (overrides: Partial<MarketView> = {}): MarketView =>
  aView({
    nowMs: 920_000,
    tauS: 880,
    p: 0.5,
    pLow: 0.5,
    pHigh: 0.5,
    yesBid: price(4_900),
    yesAsk: price(5_000),
    spreadTicks: 1,
    ...overrides,
  });

const judge = (
  votes: readonly Vote[],
  overrides: Partial<MarketView> = {},
  params: Settings = {},
): Verdict => ensembleOf(votes, params).evaluate(atOpen(overrides));

describe("ensemble on an up/down market", () => {
  test("votes that agree shift the coin by three tenths of what they are sure of", () => {
    const verdict = judge(UP);
    expect(verdict).toMatchObject({ decision: "trade", reason: "edge", side: "yes" });
    expect(verdict.p).toBeCloseTo(0.5 + 0.3 * 0.6 * 0.5, 9);
    expect(judge(DOWN)).toMatchObject({ decision: "trade", side: "no" });
    expect(judge(DOWN).p).toBeCloseTo(0.5 - 0.3 * 0.6 * 0.5, 9);
  });

  test("what spot did since the open is in the model's probability, and stays in it", () => {
    const moved = { p: 0.46, pLow: 0.46, pHigh: 0.46 };
    expect(judge(UP, moved).p).toBeCloseTo(0.46 + 0.09, 9);
  });

  test("clipped: no votes make more than 0.65 of anything", () => {
    const sure = [vote("momentum", "up", 1), vote("orderbook-imbalance", "up", 1)];
    expect(judge(sure, {}, { vote_shrink: 1 }).p).toBe(0.65);
    const sureDown = sure.map(({ voter }) => vote(voter, "down", 1));
    expect(judge(sureDown, {}, { vote_shrink: 1 }).p).toBe(0.35);
  });

  test("a clip makes no edge: where it would raise the side that is bought, nothing is", () => {
    const far = { p: 0.2, pLow: 0.2, pHigh: 0.2, yesBid: price(1_900), yesAsk: price(2_000) };
    expect(judge(UP, far)).toMatchObject({ decision: "no_trade", reason: "beyond_clip" });
    // Against the coin it only takes conviction away.
    const near = { p: 0.7, pLow: 0.7, pHigh: 0.7, yesBid: price(5_900), yesAsk: price(6_000) };
    expect(judge(UP, near)).toMatchObject({ p: 0.65, failed: ["ev_below_min"] });
  });

  test("the regime weighs the voters: in a calm one momentum says less", () => {
    const votes = [vote("momentum", "up", 0.9), vote("orderbook-imbalance", "up", 0.3)];
    const pIn = (regime: Regime | null) => ensembleOf(votes, {}, regime).evaluate(atOpen()).p ?? 0;
    expect(pIn("low")).toBeCloseTo(0.5 + 0.15 * ((0.5 * 0.9 + 0.3) / 1.5), 9);
    expect(pIn("high")).toBeCloseTo(0.5 + 0.15 * ((1.5 * 0.9 + 0.3) / 2.5), 9);
    expect(pIn(null)).toBe(pIn("medium"));
  });

  test("stakes half of Kelly, ramped from a quarter at 4 cents", () => {
    const verdict = judge(UP, { yesAskQty: qty(10_000_000) }, { max_cost_usd: 1e6 });
    const p = (verdict.p ?? 0) - PARAMS.slippage_cents / 100;
    const fits = (contracts: number): boolean => {
      const size = qty(contracts * 100);
      const spend =
        (costOf(price(5_000), size) + takerFee(price(5_000), size, QUADRATIC_FEES)) / 1e6;
      const cost = spend / contracts;
      const ramp = Math.min(1, 0.25 + (0.75 * (p - cost - 0.04)) / (0.1 - 0.04));
      return spend <= 1_000 * 0.5 * ramp * ((p - cost) / (1 - cost));
    };
    const contracts = (verdict.intent?.qty ?? 0) / 100;
    expect(contracts).toBeGreaterThan(20);
    expect([fits(contracts), fits(contracts + 1)]).toEqual([true, false]);
  });

  interface Case {
    readonly votes?: readonly Vote[];
    readonly view?: Partial<MarketView>;
    readonly params?: Settings;
  }

  const DEAR_NO = { p: 0.8, pLow: 0.8, pHigh: 0.8, yesBid: price(3_400), yesAsk: price(3_500) };

  test.each<[string, Case, string[]]>([
    [
      "one voter alone",
      { votes: [...UP.slice(1), abstain("momentum", "warming")] },
      ["unconfirmed"],
    ],
    ["as strong against", { votes: [...UP, vote("funding-rate", "down", 0.6)] }, ["contradicted"]],
    ["three wanted", { params: { confirmations: 3 } }, ["unconfirmed"]],
    ["not enough for the price", { view: { yesAsk: price(5_300) } }, ["ev_below_min"]],
    [
      "NO above 65 cents",
      { votes: DOWN, view: DEAR_NO },
      ["beyond_clip", "ev_below_min", "vol_guess", "no_above_max"],
    ],
    ["nothing outside the zone", { params: { price_max_cents: 49 } }, ["price_zone"]],
    ["no depth", { view: { yesAskQty: qty(100) } }, ["depth"]],
    ["a stake of nothing", { params: { kelly_fraction: 0 } }, ["stake_below_one"]],
  ])("declines: %s", (_name, { params, view, votes = UP }, failed) => {
    const verdict = judge(votes, view, params);
    expect(verdict).toMatchObject({ decision: "no_trade", intent: null, failed });
  });
});

describe("one look at each market", () => {
  test.each([
    ["before the window", 930.5],
    ["after it", 869.5],
  ])("%s", (_name, tauS) => {
    expect(judge(UP, { tauS })).toMatchObject({
      reason: "outside_window",
      failed: ["outside_window"],
    });
  });

  test.each([930, 870])("both ends of the window belong to it: %d", (tauS) => {
    expect(judge(UP, { tauS }).decision).toBe("trade");
  });

  test("the first verdict is the last, whatever it was", () => {
    for (const [votes, first] of [
      [UP, "edge"],
      [UP.slice(1), "unconfirmed"],
    ] as const) {
      const strategy = ensembleOf(votes);
      expect(strategy.evaluate(atOpen()).reason).toBe(first);
      expect(strategy.evaluate(atOpen({ tauS: 879 })).failed).toEqual(["already_evaluated"]);
    }
  });

  test("another market has a look of its own", () => {
    const strategy = ensembleOf(UP);
    strategy.evaluate(atOpen());
    const market = aMarket({ ticker: "KXSOL15M-X", seriesTicker: "KXSOL15M" });
    expect(strategy.evaluate(atOpen({ market })).decision).toBe("trade");
  });

  test.each<[string, Partial<MarketView>, string]>([
    ["a problem of the inputs", { problem: "strike_tbd", problems: ["strike_tbd"] }, "strike_tbd"],
    ["no book yet", { yesAsk: null, spreadTicks: null }, "one_sided"],
    ["a book that stands far apart", { spreadTicks: 9 }, "spread_wide"],
  ])("is not used up by %s", (_name, overrides, reason) => {
    const strategy = ensembleOf(UP);
    expect(strategy.evaluate(atOpen(overrides)).reason).toBe(reason);
    expect(strategy.evaluate(atOpen()).decision).toBe("trade");
  });

  test("a fill of an earlier run stands against a second trade within the hour", () => {
    const strategy = ensembleOf(UP);
    const { market } = atOpen();
    const fill = { side: "yes", action: "buy", price: price(5_000), qty: qty(100) } as const;
    strategy.onFill?.({ market, ...fill, atMs: 910_000 });
    expect(strategy.evaluate(atOpen()).failed).toEqual(["dedup_hour"]);
  });

  test("neither brackets nor a quarter of an hour: another series", () => {
    const market = aMarket({ strikeType: "greater", openMs: 0 });
    expect(judge(UP, { market }).failed).toEqual(["other_series"]);
    expect(judge(UP, { market, tauS: 100 }).failed).toEqual(["other_series", "outside_window"]);
  });

  test("voters are shown what they are not asked about", () => {
    let shown = 0;
    const voter = { name: "momentum", watch: () => void shown++, vote: () => UP[0] ?? DOWN[0] };
    const voters = [voter as Parameters<typeof createEnsemble>[1]["voters"][number]];
    const strategy = createEnsemble(PARAMS, { account: ACCOUNT, voters, regime: () => null });
    strategy.evaluate(atOpen({ tauS: 100 }));
    expect(shown).toBe(1);
  });
});

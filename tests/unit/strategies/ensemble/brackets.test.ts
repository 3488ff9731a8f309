import { describe, expect, test } from "vitest";
import { boundsOf } from "../../../../src/core/prob/bounds.ts";
import { probOf } from "../../../../src/core/prob/market-prob.ts";
import { outlookOf } from "../../../../src/core/prob/outlook.ts";
import { kellyExclusive } from "../../../../src/core/sizing/kelly-exclusive.ts";
import type { MarketView, Verdict } from "../../../../src/core/strategy.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { ensembleParams } from "../../../../src/strategies/ensemble.params.ts";
import { createEnsemble } from "../../../../src/strategies/ensemble.ts";
import type { Vote } from "../../../../src/strategies/voters/vote.ts";
import { aMarket, LINEAR_CENT } from "../../../support/builders.ts";
import { aView } from "../../../support/market-view.ts";

// An event of $100 brackets around $100,050, quoted a cent apart by makers who believe in a volatility of their own.

const PARAMS = ensembleParams.parse({});
type Settings = Partial<typeof PARAMS>;
const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(1_000_000_000) };
const SPOT = 100_050;
const TAU = 900;
const PREDICTED = 5e-5;
const REACH = 6;

const outlook = (sigma: number, spotUsd = SPOT) => {
  const at = outlookOf({
    spotUsd,
    sigma,
    tauS: TAU,
    basisMean: 0,
    basisSd: 0,
    known: null,
    shape: "student",
    nu: 4,
  });
  if (typeof at === "string") throw new Error(at);
  return at;
};

const bracket = (step: number) =>
  aMarket({
    ticker: `KXBTC-26NOV0215-B${100_050 + 100 * step}`,
    eventTicker: "KXBTC-26NOV0215",
    seriesTicker: "KXBTC",
    strikeType: "between",
    floorUsd: 100_000 + 100 * step,
    capUsd: 100_099.99 + 100 * step,
    openMs: 0,
    closeMs: 3_600_000,
    ranges: LINEAR_CENT,
  });

const worth = (step: number, sigma: number, spotUsd = SPOT): number => {
  const bounds = boundsOf(bracket(step));
  if (typeof bounds === "string") throw new Error(bounds);
  return probOf(bounds, outlook(sigma, spotUsd));
};

interface World {
  /** What the makers believe. */
  readonly sigma: number;
  readonly makersUsd?: number;
  readonly overrides?: (step: number) => Partial<MarketView>;
}

/** The views of one event, from the lowest bracket up. */
function event({ makersUsd = SPOT, overrides = () => ({}), sigma }: World): readonly MarketView[] {
  const views: MarketView[] = [];
  for (let step = -REACH; step <= REACH; step++) {
    const mid = Math.max(1, Math.round(worth(step, sigma, makersUsd) * 100));
    views.push(
      aView({
        market: bracket(step),
        nowMs: 3_600_000 - TAU * 1_000,
        tauS: TAU,
        lastPrintS: TAU,
        spotUsd: SPOT,
        sigma: PREDICTED,
        basisSd: 0,
        p: worth(step, PREDICTED),
        yesBid: price(Math.max(100, mid * 100 - 100)),
        yesAsk: price(mid * 100),
        yesBidQty: qty(1_000_000),
        yesAskQty: qty(1_000_000),
        event: () => views,
        ...overrides(step),
      }),
    );
  }
  return views;
}

const AGREED: readonly Vote[] = ["momentum", "mean-reversion"].map((voter) => ({
  voter,
  direction: "up",
  confidence: 1,
  features: {},
}));

function judge(
  world: World,
  {
    params = {},
    step = 0,
    votes = [],
  }: { params?: Settings; step?: number; votes?: readonly Vote[] } = {},
): Verdict {
  const strategy = createEnsemble(
    { ...PARAMS, max_cost_usd: 1e6, ...params },
    {
      account: ACCOUNT,
      voters: votes.map((given) => ({ name: given.voter, vote: () => given })),
      regime: () => null,
    },
  );
  const view = event(world)[step + REACH];
  if (view === undefined) throw new Error(`there is no bracket ${step}`);
  return strategy.evaluate(view);
}

/** Makers who believe in 60 % more volatility sell the middle too cheap. */
const NERVOUS = { sigma: 8e-5 };
const CHEAP_BESIDE: World = {
  ...NERVOUS,
  overrides: (step) => (Math.abs(step) === 1 ? { yesBid: price(1_500), yesAsk: price(1_600) } : {}),
};
const ALIKE = { sigma: PREDICTED };

describe("ensemble on brackets", () => {
  test("buys the middle where prices imply more volatility than is predicted", () => {
    const verdict = judge(NERVOUS);
    expect(verdict).toMatchObject({ decision: "trade", side: "yes" });
    expect(verdict.ev).toBeGreaterThan(0.04);
    // The model's own probability, which needs no second one on file.
    expect(verdict.p).toBeNull();
  });

  test("stakes a joint Kelly solution over all brackets that are cheap, halved and ramped", () => {
    const steps = [-2, -1, 0, 1, 2];
    const verdicts = steps.map((step) => judge(CHEAP_BESIDE, { step }));
    const wanted = verdicts.filter(({ decision }) => decision === "trade");
    expect(wanted.length).toBeGreaterThan(1);
    const slippage = PARAMS.slippage_cents / 100;
    const cost = wanted.map((each) => (each.cost ?? 0) / 1e6 + slippage);
    const p = wanted.map((each, i) => (each.ev ?? 0) + (cost[i] ?? 0));
    const joint = kellyExclusive({ p, cost });
    if (joint.kind !== "sized") throw new Error(joint.kind);
    wanted.forEach((each, i) => {
      const ramp = Math.min(1, 0.25 + (0.75 * ((each.ev ?? 0) - 0.04)) / 0.06);
      const stake = 1_000 * 0.5 * ramp * (joint.staked[i] ?? 0);
      const spent = ((each.intent?.price ?? 0) / 1e4) * ((each.intent?.qty ?? 0) / 100);
      expect(spent).toBeLessThanOrEqual(stake);
      // The fee, and what is left of a whole contract.
      expect(spent).toBeGreaterThan(stake * 0.9 - 1);
    });
  });

  test("says that the volatilities agree, and wants votes for anything else", () => {
    expect(judge(ALIKE)).toMatchObject({ decision: "no_trade", reason: "vol_agrees" });
    expect(judge(ALIKE).failed.slice(0, 2)).toEqual(["vol_agrees", "unconfirmed"]);
  });

  test("calm makers sell nothing around spot that is cheap", () => {
    expect(judge({ sigma: 4e-5 })).toMatchObject({ reason: "ev_below_min" });
  });

  test("confirmed votes move the centre by a tenth of its s.d. at most, which tips what is nearly cheap", () => {
    const cheap = { yesBid: price(1_700), yesAsk: price(1_800) };
    const nearly = { ...ALIKE, overrides: (step: number) => (step === 1 ? cheap : {}) };
    const own = judge(nearly, { step: 1, votes: AGREED, params: { vol_gap_min: 5 } });
    const { spread } = outlook(PREDICTED);
    const moved = worth(1, PREDICTED, SPOT * Math.exp(0.1 * spread.mid));
    expect(own.p).toBeCloseTo(moved, 4);
    expect(moved).toBeGreaterThan(worth(1, PREDICTED) + 0.005);
    expect(own.failed).not.toContain("vol_agrees");
  });

  test.each<[string, World, { step?: number; params?: Settings }, string]>([
    ["a bracket further out", NERVOUS, { step: 3 }, "off_centre"],
    ["a price below the zone", NERVOUS, { params: { price_min_cents: 30 } }, "price_zone"],
    ["a dear edge", NERVOUS, { params: { ev_min: 0.3 } }, "ev_below_min"],
    ["no depth", { ...NERVOUS, overrides: () => ({ yesAskQty: qty(100) }) }, {}, "depth"],
    ["a stake of nothing", NERVOUS, { params: { kelly_fraction: 0 } }, "stake_below_one"],
    [
      "too few quotes to imply anything",
      {
        ...NERVOUS,
        overrides: (step) =>
          Math.abs(step) > 0 ? { problem: "book_stale", problems: ["book_stale"] } : {},
      },
      {},
      "implied_too_few_quotes",
    ],
    [
      "the bracket around spot is not to be seen",
      {
        ...NERVOUS,
        overrides: (step) =>
          step === 0 ? { problem: "book_stale", problems: ["book_stale"] } : {},
      },
      { step: 1 },
      "no_centre",
    ],
  ])("declines: %s", (_name, world, options, reason) => {
    expect(judge(world, options)).toMatchObject({ decision: "no_trade", reason, intent: null });
  });

  test("what could not be seen may be looked at again, what was judged not", () => {
    const strategy = createEnsemble(PARAMS, {
      account: ACCOUNT,
      voters: [],
      regime: () => null,
    });
    const blind = event({
      ...NERVOUS,
      overrides: (step) => (step === 0 ? {} : { problem: "gap_seq", problems: ["gap_seq"] }),
    });
    const later = { nowMs: 3_600_000 - TAU * 1_000 + 1_000 };
    const [seen] = event({ ...NERVOUS, overrides: () => later }).slice(REACH);
    const [unseen] = blind.slice(REACH);
    if (seen === undefined || unseen === undefined) throw new Error("there is no middle");
    expect(strategy.evaluate(unseen).reason).toBe("implied_too_few_quotes");
    // Within a second nothing is worked out again.
    const [soon] = event(NERVOUS).slice(REACH);
    expect(soon === undefined ? null : strategy.evaluate(soon).reason).toBe(
      "implied_too_few_quotes",
    );
    expect(strategy.evaluate(seen).decision).toBe("trade");
    expect(strategy.evaluate(seen).reason).toBe("already_evaluated");
  });
});

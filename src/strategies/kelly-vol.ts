import { type Underlying, underlyingOf } from "../core/market.ts";
import { believable } from "../core/prob/believable.ts";
import { boundsOf } from "../core/prob/bounds.ts";
import { chancesOf } from "../core/prob/market-prob.ts";
import { outlookOf } from "../core/prob/outlook.ts";
import type { MarketView, Strategy, Verdict } from "../core/strategy.ts";
import { createVolEstimator, type VolEstimator } from "../core/vol/estimator.ts";
import { conclude, type Opinion, windowGates } from "./entry.ts";
import type { KellyVolParams } from "./kelly-vol.params.ts";
import { type Account, accountOf, type StrategyPlugin } from "./plugin.ts";
import { concludeStaked } from "./stake.ts";

// Seed 4's volatility arbitrage: a volatility of its own (exponential memory of one-minute bars), a lognormal settlement
// average with an error that no volatility explains, and a fraction of the Kelly stake where that beats the ask.

const NAME = "kelly-vol";
const BAR_S = 60;
const BAR_MS = BAR_S * 1000;
/** Older ones count for less than a hundredth of it. */
const PAST_MINUTES = 75;
/** Contracts at which a side is judged, before its stake is known; the stake itself is held against its own cost. */
const JUDGED_AT = 10;
/** The normal law, which is the Student's limit: the seed's formula is Black and Scholes'. */
const LAW = { shape: "normal", nu: Number.POSITIVE_INFINITY } as const;

export const kellyVol: StrategyPlugin = {
  name: NAME,
  create: (settings) => createKellyVol(settings.strategy[NAME], accountOf(settings)),
};

export function createKellyVol(params: KellyVolParams, account: Account): Strategy {
  const estimators = new Map<Underlying["asset"], VolEstimator>();
  return {
    name: NAME,
    evaluate(view) {
      const asset = underlyingOf(view.market.seriesTicker)?.asset;
      if (asset === undefined) return conclude(["other_series", ...view.problems], null, null);
      const vol = estimators.get(asset) ?? barsOf(params, view);
      estimators.set(asset, vol);
      // Also from markets that are not traded: prices are the same, and a bar without any would be a hole.
      learn(vol, view);
      return judge(view, { params, account, vol, isOurs: isTraded(view.market.seriesTicker) });
    },
  };
}

/** An estimate that starts from the minutes before the run, where they are known. */
function barsOf({ lambda_per_minute }: KellyVolParams, view: MarketView): VolEstimator {
  const vol = createVolEstimator({
    estimator: "ewma",
    gridS: BAR_S,
    fastLambdaPerMinute: lambda_per_minute,
    diurnal: "off",
  });
  const past = view.closes(1, PAST_MINUTES) ?? [];
  const currentMs = Math.floor(view.nowMs / BAR_MS) * BAR_MS;
  past.forEach((usd, at) => {
    vol.onPrice(usd, currentMs - (past.length - 1 - at) * BAR_MS - 1);
  });
  return vol;
}

function learn(vol: VolEstimator, { nowMs, spotAgeMs, spotUsd }: MarketView): void {
  if (spotUsd !== null && spotAgeMs !== null) vol.onPrice(spotUsd, nowMs - spotAgeMs);
}

function isTraded(seriesTicker: string): boolean {
  return /^KX(?:BTC|ETH|SOL)15M$/.test(seriesTicker);
}

interface Own {
  readonly params: KellyVolParams;
  readonly account: Account;
  readonly vol: VolEstimator;
  readonly isOurs: boolean;
}

function judge(view: MarketView, own: Own): Verdict {
  const failed = own.isOurs ? [...view.problems] : ["other_series", ...view.problems];
  failed.push(...windowGates(view, own.params));
  const opinion = opinionOf(view, own.params, own.vol);
  if (typeof opinion === "string" && !failed.includes(opinion)) failed.push(opinion);
  // Without a probability or a usable book there is nothing to ask the other gates about.
  const isBlind = view.problem !== null || typeof opinion === "string";
  if (!own.isOurs || isBlind || view.fees === null) return conclude(failed, null, null);
  const { params } = own;
  const entry = { strategy: NAME, view, params, opinion, contracts: JUDGED_AT };
  return concludeStaked(failed, entry, { ...own, fees: view.fees });
}

/** What the settlement average looks like with this volatility; a word when it cannot be told or trusted. */
function opinionOf(view: MarketView, params: KellyVolParams, vol: VolEstimator): Opinion | string {
  const { flag, sigma } = vol.sigma();
  if (flag !== null) return flag === "warming" ? flag : `sigma_${flag}`;
  const { basisMean, known, lastPrintS, spotUsd } = view;
  const outlook = outlookOf({
    spotUsd: spotUsd ?? Number.NaN,
    sigma,
    tauS: lastPrintS,
    basisMean,
    basisSd: Math.hypot(view.basisSd, params.floor_sd),
    known,
    ...LAW,
  });
  const bounds = boundsOf(view.market);
  if (typeof outlook === "string") return outlook;
  if (typeof bounds === "string") return bounds;
  const { atHighSigma, atLowSigma, p } = chancesOf(bounds, outlook);
  return {
    p: believable(p),
    atLowSigma: believable(atLowSigma),
    atHighSigma: believable(atHighSigma),
  };
}

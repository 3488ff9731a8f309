import { type FeeSchedule, takerFee } from "../core/fees.ts";
import { type Underlying, underlyingOf } from "../core/market.ts";
import type { Intent } from "../core/orders.ts";
import { believable } from "../core/prob/believable.ts";
import { boundsOf } from "../core/prob/bounds.ts";
import { chancesOf } from "../core/prob/market-prob.ts";
import { outlookOf } from "../core/prob/outlook.ts";
import { sizeOrder } from "../core/sizing/size-order.ts";
import type { MarketView, Strategy, Verdict } from "../core/strategy.ts";
import { costOf, type Money, money, type Price, type Prob, qty } from "../core/units.ts";
import { createVolEstimator, type VolEstimator } from "../core/vol/estimator.ts";
import {
  bestCandidate,
  buy,
  type Candidate,
  conclude,
  cutToDepth,
  type Entry,
  edgeGates,
  limitPrice,
  type Opinion,
  windowGates,
} from "./entry.ts";
import type { KellyVolParams } from "./kelly-vol.params.ts";

// Seed 4's volatility arbitrage: a volatility of its own (exponential memory of one-minute bars), a lognormal settlement
// average with an error that no volatility explains, and a fraction of the Kelly stake where that beats the ask.

const NAME = "kelly-vol";
const BAR_S = 60;
const CONTRACT = 100;
const MICRO = 1e6;
/** Contracts at which a side is judged, before its stake is known; the stake itself is held against its own cost. */
const JUDGED_AT = 10;
/** The normal law, which is the Student's limit: the seed's formula is Black and Scholes'. */
const LAW = { shape: "normal", nu: Number.POSITIVE_INFINITY } as const;

/** What the account allows one order to rest on and to cost. */
export interface Account {
  readonly bankroll: Money;
  /** Largest cost of one position at its limit price. */
  readonly maxPosition: Money;
}

export function createKellyVol(params: KellyVolParams, account: Account): Strategy {
  const estimators = new Map<Underlying["asset"], VolEstimator>();
  return {
    name: NAME,
    evaluate(view) {
      const asset = underlyingOf(view.market.seriesTicker)?.asset;
      if (asset === undefined) return conclude(["other_series", ...view.problems], null, null);
      const vol = estimators.get(asset) ?? barsOf(params);
      estimators.set(asset, vol);
      // Also from markets that are not traded: prices are the same, and a bar without any would be a hole.
      learn(vol, view);
      return judge(view, { params, account, vol, isOurs: isTraded(view.market.seriesTicker) });
    },
  };
}

function barsOf({ lambda_per_minute }: KellyVolParams): VolEstimator {
  return createVolEstimator({
    estimator: "ewma",
    gridS: BAR_S,
    fastLambdaPerMinute: lambda_per_minute,
    diurnal: "off",
  });
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

/** The better side with its stake. */
function concludeStaked(failed: string[], entry: Entry, own: Own & Charged): Verdict {
  const best = bestCandidate(entry);
  failed.push(...edgeGates(entry, best));
  if (best === null) return conclude(failed, null, null);
  const intent = staked(entry, best, own);
  if (intent === null) failed.push(...sizeGates(best, own.params));
  return conclude(failed, best, intent);
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

interface Charged {
  readonly fees: FeeSchedule;
}

/** Kelly after fees and slippage (models.md §3.4); null where that is less than one contract. */
function staked(
  entry: Entry,
  best: Candidate,
  { account, fees, params }: Own & Charged,
): Intent | null {
  if (best.ev < params.ev_min) return null;
  const maxSpend = money(Math.min(account.maxPosition, Math.floor(params.max_cost_usd * MICRO)));
  const size = sizeOrder({
    bankroll: account.bankroll,
    p: afterSlippage(best),
    ask: best.ask,
    schedule: fees,
    fraction: params.kelly_fraction,
    depth: best.depth,
    participation: params.max_depth_share,
    maxSpend,
    threshold: params.ev_min,
    // At or below the threshold there is no ramp: everything is staked from there on.
    full: Math.max(params.edge_full, params.ev_min + 1e-6),
  });
  const limit = limitPrice(entry, best);
  let contracts = size.qty / CONTRACT;
  // The account counts an order at its limit, which may lie above the ask.
  while (contracts > 0 && spendAt(limit, contracts, fees) > maxSpend) contracts--;
  return buy(entry, best, contracts);
}

/** A worse fill costs what a smaller chance does. */
function afterSlippage({ p, slippage }: Candidate): Prob {
  return Math.max(0, p - slippage);
}

function spendAt(at: Price, contracts: number, fees: FeeSchedule): number {
  const size = qty(contracts * CONTRACT);
  return costOf(at, size) + takerFee(at, size, fees);
}

/** Why nothing is bought although nothing else stands against it: too little on offer, or too small a stake. */
function sizeGates(best: Candidate, params: KellyVolParams): string[] {
  if (cutToDepth(1, best, params) < 1) return ["depth"];
  return best.ev < params.ev_min ? [] : ["stake_below_one"];
}

import { normCdf, normInv } from "../../src/core/prob/normal.ts";
import type { Opportunity } from "../../src/core/records.ts";
import type { Rng } from "../../src/core/rng.ts";
import { money, type Price, price, qty } from "../../src/core/units.ts";

// What a strategy sees and says of a simulated market whose price errs.

export const WINDOW_MS = 900_000;
export const STRATEGY = "threshold-ev";
export const BASELINES = ["always-no", "base-rate", "market-mid"] as const;

const EV_MIN = 0.03;
const FEE_RATE = 0.07;
/** Nobody quotes what is all but decided. */
const DECIDED = 0.02;
const CLOSING_S = 75;
const AVERAGED_S = 60;
const WIDE_SHARE = 0.1;
const NARROW_CC = 100;
const WIDE_CC = 600;

/** What is yet to be numbered. */
export type Look = Omit<Opportunity, "opportunityId">;

interface Seen {
  readonly ticker: string;
  /** Distance of the price from the strike, in standard deviations of a whole window. */
  readonly place: number;
  /** Of the market's probability. */
  readonly error: number;
  readonly atMs: number;
  readonly tauS: number;
}

/** What an evaluation notes besides, and no score hangs on. */
const ASIDE = {
  sigma: 6e-5,
  model: null,
  basisMean: 1e-5,
  basisSd: 1e-4,
  referenceCount: null,
  referenceSumUsd: null,
  referenceSource: null,
  spotAgeMs: 120,
  bookAgeMs: 80,
} as const;

/** The strategy goes by the model, which is right. */
export function lookAt({ atMs, error, place, tauS, ticker }: Seen, rng: Rng): Look {
  const distance = place / Math.sqrt((tauS * 1e3) / WINDOW_MS);
  const pModel = normCdf(distance);
  const isWide = rng.next() < WIDE_SHARE;
  const quote = quoteOf(pModel + error, isWide ? WIDE_CC : NARROW_CC);
  const judged = quote === null ? NOTHING_QUOTED : judge(pModel, quote);
  const failed = gatesShut({ tauS, isWide, ...judged });
  return {
    ...ASIDE,
    ...judged,
    ...averagedUntil(tauS),
    strategy: STRATEGY,
    ticker,
    atMs,
    tauS,
    spotUsd: 100_000 + Math.round(place * 30_000) / 100,
    pModel,
    pLow: normCdf(distance / 0.85),
    pHigh: normCdf(distance / 1.15),
    pStrategy: null,
    decision: failed.length === 0 ? "trade" : "no_trade",
    reason: failed[0] ?? "edge",
    failed: failed.join(),
  };
}

function gatesShut({
  ev,
  isWide,
  tauS,
}: Pick<Look, "ev" | "tauS"> & { readonly isWide: boolean }): string[] {
  const gates: readonly (readonly [isShut: boolean, code: string])[] = [
    [ev === null, "one_sided"],
    [tauS < CLOSING_S, "closing_soon"],
    [ev !== null && isWide, "spread_wide"],
    [ev === null || ev < EV_MIN, "ev_below_min"],
  ];
  return gates.filter(([isShut]) => isShut).map(([, code]) => code);
}

function averagedUntil(tauS: number): Pick<Look, "knownCount" | "knownSumUsd" | "knownSource"> {
  const knownCount = Math.max(0, Math.round(AVERAGED_S - tauS));
  if (knownCount === 0) return { knownCount, knownSumUsd: null, knownSource: null };
  return { knownCount, knownSumUsd: knownCount * 100_000, knownSource: "index" };
}

/** What a baseline says of the same moment. */
export function baselineOf(look: Look, strategy: (typeof BASELINES)[number]): Look {
  const said = { "always-no": 0, "base-rate": 0.5, "market-mid": look.pMarket };
  const verdict = { decision: "no_trade", reason: "baseline", failed: "baseline" } as const;
  return {
    ...look,
    ...verdict,
    strategy,
    pStrategy: said[strategy],
    side: null,
    cost: null,
    ev: null,
  };
}

interface Quote {
  readonly yesBid: Price;
  readonly yesAsk: Price;
}

function quoteOf(p: number, halfSpread: number): Quote | null {
  if (p < DECIDED || p > 1 - DECIDED) return null;
  const mid = Math.round(p * 100) * 100;
  const yesBid = price(Math.max(100, mid - halfSpread));
  return { yesBid, yesAsk: price(Math.min(9_900, mid + halfSpread)) };
}

type Judged = Pick<
  Look,
  "pMarket" | "side" | "cost" | "ev" | "yesBid" | "yesAsk" | "yesBidQty" | "yesAskQty"
>;

const NOTHING_QUOTED: Judged = {
  pMarket: null,
  side: null,
  cost: null,
  ev: null,
  yesBid: null,
  yesAsk: null,
  yesBidQty: null,
  yesAskQty: null,
};

/** The side that seems too cheap, at what it costs with the fee. */
function judge(pModel: number, { yesAsk, yesBid }: Quote): Judged {
  const pMarket = (yesBid + yesAsk) / 2e4;
  const isYes = pModel >= pMarket;
  const ask = (isYes ? yesAsk : 10_000 - yesBid) / 1e4;
  const cost = money(Math.ceil((ask + FEE_RATE * ask * (1 - ask)) * 1e4) * 100);
  return {
    pMarket,
    side: isYes ? "yes" : "no",
    cost,
    ev: (isYes ? pModel : 1 - pModel) - cost / 1e6,
    yesBid,
    yesAsk,
    yesBidQty: qty(53_700),
    yesAskQty: qty(42_600),
  };
}

/** Standard normal by inversion. */
export function normal(rng: Rng): number {
  return normInv(Math.min(1 - 1e-12, Math.max(1e-12, rng.next())));
}

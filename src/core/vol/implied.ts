import { chanceAbove, meanVariance, SETTLEMENT_PRINTS } from "../prob/settlement.ts";
import type { Prob, Sigma, Usd } from "../units.ts";
import { fitLadder, type LadderPoint } from "./ladder-fit.ts";

// What the market's own prices say of the settlement average: its law is fitted to an event's quotes, or solved from one
// threshold (models.md §1.9).

/** Lognormal or variance-matched Student-t, as the model prices with. */
export interface ImpliedShape {
  readonly shape: "normal" | "student";
  /** Degrees of freedom, above 2; only `student` looks at it. */
  readonly nu: number;
}

/** Best quotes of one market of an event: YES pays when floor <= A < cap. */
export interface IntervalQuote {
  /** Null for an open end. A bracket's cap is the next floor, one cent above what Kalshi calls its cap. */
  readonly floorUsd: Usd | null;
  readonly capUsd: Usd | null;
  /** Dollars; null when nobody is there. */
  readonly bid: number | null;
  readonly ask: number | null;
  /** Contracts at the thinner side of the touch, where known. */
  readonly size?: number;
}

export interface LadderInput {
  readonly quotes: readonly IntervalQuote[];
  readonly tauS: number;
  readonly law: ImpliedShape;
}

export interface ImpliedLaw {
  /** Mean and standard deviation of the settlement average. */
  readonly meanUsd: Usd;
  readonly sdUsd: Usd;
  /** The volatility of spot that makes this standard deviation. */
  readonly sigma: Sigma;
  /** Root mean square of mid less model over the quotes used, cents. */
  readonly rmseCents: number;
  readonly used: number;
}

/** Why no volatility is implied. */
type NoImplied =
  /** An input is not finite or out of its range. */
  | "bad_input"
  /** Part of the average is known or being formed: quotes no longer speak of the volatility to come. */
  | "inside_minute"
  /** Fewer two-sided quotes than a law of two parameters can be held against. */
  | "too_few_quotes"
  /** Mids of markets that exclude each other do not add up to about 1: somebody has not quoted yet, or no more. */
  | "mids_sum"
  /** The search has not come to rest inside the range of believable laws. */
  | "no_fit"
  /** The price lies on the other side of a half than spot lies of the strike. */
  | "wrong_side"
  /** Spot is at the strike: every volatility gives nearly the same price. */
  | "at_the_money";

export type Implied<Result> =
  | { readonly implied: Result; readonly reason: null }
  | { readonly implied: null; readonly reason: NoImplied };

/** Two parameters are fitted; one more shows whether they fit. */
const QUOTES_MIN = 3;
const SUM_MAX = 1.2;
const SUM_MIN = 0.8;
/** A spread of nothing is not a price known exactly. */
const SPREAD_MIN = 0.01;
/** Contracts from which more say no more about the price. */
const SIZE_FULL = 100;

/**
 * Mean and standard deviation of the settlement average that come nearest to the mids of an event's two-sided quotes, each
 * weighted by the inverse square of its spread and, below a hundred contracts, by its size. Brackets, open tails and
 * thresholds may be mixed. Deterministic, bounded work.
 */
export function impliedFromLadder({ quotes, tauS, law }: LadderInput): Implied<ImpliedLaw> {
  const early = refusal(tauS, law);
  if (early !== null) return none(early);
  const twoSided = quotes.filter(isTwoSided);
  if (!twoSided.every(isInterval)) return none("bad_input");
  if (twoSided.length < QUOTES_MIN) return none("too_few_quotes");
  if (!addsUp(twoSided, quotes)) return none("mids_sum");
  const points = twoSided.map(pointOf);
  const fit = fitLadder(points, law);
  if (fit === null) return none("no_fit");
  const { meanUsd, sdUsd, rmse } = fit;
  const sigma = sdUsd / (meanUsd * Math.sqrt(meanVariance(SETTLEMENT_PRINTS, tauS)));
  return {
    implied: { meanUsd, sdUsd, sigma, rmseCents: 100 * rmse, used: points.length },
    reason: null,
  };
}

export interface ThresholdPrice {
  /** Price of YES = "A is above the strike", as a probability: a mid, say. */
  readonly p: Prob;
  readonly strikeUsd: Usd;
  /** Spot with the basis mean in it. */
  readonly spotUsd: Usd;
  readonly tauS: number;
  readonly law: ImpliedShape;
}

/** Below this standardised distance the price is too near a half to tell one volatility from another. */
const Z_MIN = 0.05;

/**
 * Volatility that makes one threshold worth its price. With s the s.d. of ln A and z the score of the price, s²/2 + z·s =
 * ln(S/K). A strike below spot has one positive root; one above spot has two, of which the smaller is meant (in the other
 * the price falls with volatility), or none. The root beyond the money's own size, √(2|ln S/K|), answers a price on the
 * wrong side of a half and is refused.
 */
export function impliedFromThreshold(input: ThresholdPrice): Implied<Sigma> {
  const { p, strikeUsd, spotUsd, tauS, law } = input;
  const early = refusal(tauS, law);
  if (early !== null) return none(early);
  if (!(p > 0 && p < 1 && strikeUsd > 0 && spotUsd > 0)) return none("bad_input");
  if (!Number.isFinite(strikeUsd + spotUsd)) return none("bad_input");
  const z = scoreOf(p, law);
  const distance = Math.log(spotUsd / strikeUsd);
  if (Math.abs(z) < Z_MIN || distance === 0) return none("at_the_money");
  if (z > 0 !== distance > 0) return none("wrong_side");
  const root = z * z + 2 * distance;
  if (root < 0) return none("no_fit");
  // Written so that neither root is a difference of two nearly equal numbers.
  const s = (2 * distance) / (z + Math.sign(z) * Math.sqrt(root));
  const relativeSd = Math.sqrt(Math.expm1(s * s));
  return {
    implied: relativeSd / Math.sqrt(meanVariance(SETTLEMENT_PRINTS, tauS)),
    reason: null,
  };
}

function refusal(tauS: number, law: ImpliedShape): NoImplied | null {
  if (!Number.isFinite(tauS) || (law.shape === "student" && !(law.nu > 2))) return "bad_input";
  return tauS < SETTLEMENT_PRINTS ? "inside_minute" : null;
}

function none(reason: NoImplied): { readonly implied: null; readonly reason: NoImplied } {
  return { implied: null, reason };
}

type TwoSided = IntervalQuote & { readonly bid: number; readonly ask: number };

function isTwoSided(quote: IntervalQuote): quote is TwoSided {
  const { bid, ask } = quote;
  return bid !== null && ask !== null && bid > 0 && ask < 1 && bid <= ask;
}

/** An interval with at least one end, its ends in order and above 0. */
function isInterval({ floorUsd, capUsd }: IntervalQuote): boolean {
  if (floorUsd === null && capUsd === null) return false;
  const [low, high] = [floorUsd ?? 0, capUsd ?? Number.MAX_VALUE];
  return low >= 0 && low < high && high < Number.POSITIVE_INFINITY && (capUsd ?? 1) > 0;
}

/**
 * Markets that exclude each other must not cost more than 1 together, nor much less when the event is there from end to
 * end. Thresholds hold each other, so that nothing is to be summed.
 */
function addsUp(twoSided: readonly TwoSided[], all: readonly IntervalQuote[]): boolean {
  if (!exclude(twoSided)) return true;
  const sum = twoSided.reduce((total, { bid, ask }) => total + (bid + ask) / 2, 0);
  return sum <= SUM_MAX && (sum >= SUM_MIN || !isWhole(all));
}

function exclude(quotes: readonly IntervalQuote[]): boolean {
  const sorted = inOrder(quotes);
  return sorted.every((quote, i) => {
    const next = sorted[i + 1];
    return next === undefined || (quote.capUsd !== null && quote.capUsd <= (next.floorUsd ?? 0));
  });
}

/** Half a cent: floors carry float dust. */
const SAME_USD = 0.005;

/** The quotes tile everything from the lower open tail to the upper. */
function isWhole(quotes: readonly IntervalQuote[]): boolean {
  const sorted = inOrder(quotes);
  if (sorted[0]?.floorUsd !== null || sorted.at(-1)?.capUsd !== null) return false;
  return sorted.every((quote, i) => {
    const next = sorted[i + 1];
    return next === undefined || Math.abs((quote.capUsd ?? 0) - (next.floorUsd ?? 0)) < SAME_USD;
  });
}

function inOrder(quotes: readonly IntervalQuote[]): readonly IntervalQuote[] {
  return quotes.toSorted((a, b) => (a.floorUsd ?? 0) - (b.floorUsd ?? 0));
}

function pointOf({ floorUsd, capUsd, bid, ask, size = SIZE_FULL }: TwoSided): LadderPoint {
  const spread = Math.max(SPREAD_MIN, ask - bid);
  return {
    floorUsd,
    capUsd,
    p: (bid + ask) / 2,
    weight: Math.min(1, Math.max(0, size) / SIZE_FULL) / (spread * spread),
  };
}

/** Steps of a bisection to the last bit that matters. */
const BISECTIONS = 60;
const SCORE_MAX = 1e3;

/** The score at which the law puts a probability: the inverse of `chanceAbove`, whatever the law. */
function scoreOf(p: Prob, law: ImpliedShape): number {
  let [low, high] = [-SCORE_MAX, SCORE_MAX];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (chanceAbove(middle, law) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

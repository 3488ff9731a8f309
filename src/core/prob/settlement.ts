import { logGamma } from "./gamma.ts";
import { normCdf, tCdf } from "./normal.ts";

// A market settles on the mean A of the last 60 one-second index prints, not on spot at the close: inside that minute
// part of the outcome is known, and before it the mean has about 39.5 s less variance than spot (models.md §1.2-1.4).

/** Prints in the settlement average. */
export const SETTLEMENT_PRINTS = 60;

/** Sums of 60 floats are compared with this tolerance, dollars; real outcomes differ by at least a sixtieth of a cent. */
export const TIE_USD = 1e-8;

/** Law of the standardised outcome: lognormal, variance-matched Student-t, or arithmetic normal for cross-checks. */
type Shape = "normal" | "student" | "bachelier";
type Tie = "gt" | "ge";

export interface Law {
  readonly shape: Shape;
  /** Degrees of freedom, above 2; only `student` looks at it. */
  readonly nu: number;
}

export interface VarianceInput {
  /** Seconds to the last print. */
  readonly tau: number;
  readonly nPrints?: number;
  readonly knownCount?: number;
}

/** Prints still to come and the variance of their mean per unit variance rate, in seconds. */
export interface EffectiveVariance {
  readonly unknown: number;
  readonly veff: number;
}

/** Whether a distribution has this variance at all; only Student's can lack it. */
export function isLaw({ shape, nu }: Law): boolean {
  return shape !== "student" || (nu > 2 && nu < Number.POSITIVE_INFINITY);
}

/**
 * Variance of the mean of the prints still to come (models.md §1.2). Throws `RangeError` for a time that is no number and
 * for counts that cannot be.
 */
export function effectiveVariance(input: VarianceInput): EffectiveVariance {
  const n = input.nPrints ?? SETTLEMENT_PRINTS;
  const known = input.knownCount ?? 0;
  const areCounts = Number.isInteger(n) && n > 0 && Number.isInteger(known);
  if (!(areCounts && known >= 0 && known <= n && Number.isFinite(input.tau))) {
    throw new RangeError(`no average: ${known} of ${n} prints known, ${input.tau} s to the last`);
  }
  const unknown =
    input.knownCount === undefined ? unknownPrints(input.tau, n) : n - input.knownCount;
  return { unknown, veff: meanVariance(unknown, input.tau) };
}

/** Prints still to come when no count of the known ones is given: one per started second. */
export function unknownPrints(tau: number, n: number = SETTLEMENT_PRINTS): number {
  return tau <= 0 ? 0 : Math.min(n, Math.ceil(tau));
}

/**
 * V(m) of §1.2 in closed form: Σ_i (tau − i)(2i + 1) over the prints that are not overdue, divided by m². An overdue
 * print (its second has passed, its value has not come) is expected at spot and adds no variance.
 */
export function meanVariance(unknown: number, tau: number): number {
  if (unknown <= 0 || tau <= 0) return 0;
  const due = Math.min(unknown, Math.ceil(tau));
  const below = due - 1;
  const sum = tau * due * due - (below * due * (2 * due - 1)) / 3 - (below * due) / 2;
  return sum / (unknown * unknown);
}

export interface ThresholdInput {
  /** Spot with the basis mean already in it, dollars. */
  readonly S: number;
  /** Log-return s.d. per √second. */
  readonly sigma: number;
  /** Strike, dollars. */
  readonly K: number;
  readonly tau: number;
  readonly nPrints?: number;
  readonly knownCount?: number;
  readonly knownSum?: number;
  /** `proxy` when the known prints are our own spot samples and so share the basis error. */
  readonly knownSource?: "index" | "proxy";
  /** Relative s.d. of the basis error, common to all prints it touches. */
  readonly basisSd?: number;
  readonly shape?: Shape;
  readonly nu?: number;
  /** Whether A = K counts as above; matters only when nothing is uncertain any more. */
  readonly tie?: Tie;
}

/** Moments of the settlement value as seen now. */
interface Moments {
  readonly mean: number;
  readonly sd: number;
}

/**
 * P(A > K), or P(A >= K) with tie `ge` (models.md §1.4). One formula before, inside and after the averaging minute. Throws
 * `RangeError` for inputs that cannot be, and when prints are known and their sum is not given: no number from nothing.
 */
export function probAbove(input: ThresholdInput): number {
  check(input);
  const { mean, sd } = moments(input, spread(input));
  return aboveOrCertain(input, mean, sd);
}

function check(input: ThresholdInput): void {
  const { basisSd = 0, K, S, sigma } = input;
  const arePrices = S > 0 && Number.isFinite(S) && Number.isFinite(K);
  const areSpreads = sigma >= 0 && basisSd >= 0 && Number.isFinite(sigma + basisSd);
  if (!(arePrices && areSpreads && isLaw(lawOf(input)))) {
    throw new RangeError(`no probability of S ${S}, K ${K}, sigma ${sigma}, basis ${basisSd}`);
  }
}

function aboveOrCertain(input: ThresholdInput, mean: number, sd: number): number {
  if (input.K <= 0) return 1;
  if (sd <= 0) return certainlyAbove(mean, input.K, input.tie ?? "gt") ? 1 : 0;
  return chanceAbove(score(mean, sd, { strike: input.K, law: lawOf(input) }), lawOf(input));
}

/** The law of an input, with what it leaves out. */
export function lawOf(input: { readonly shape?: Shape; readonly nu?: number }): Law {
  return { shape: input.shape ?? "normal", nu: input.nu ?? 4 };
}

/** Relative s.d. of the mean of the unknown prints. */
function spread(input: ThresholdInput): number {
  return input.sigma * Math.sqrt(effectiveVariance(input).veff);
}

function moments(input: ThresholdInput, relativeSd: number): Moments {
  const n = input.nPrints ?? SETTLEMENT_PRINTS;
  const { unknown } = effectiveVariance(input);
  const open = (unknown * input.S) / n;
  const known = unknown < n ? knownSum(input) / n : 0;
  const exposed = input.knownSource === "proxy" ? open + known : open;
  const mean = open + known;
  const sd = Math.hypot(open * relativeSd, (input.basisSd ?? 0) * exposed);
  return { mean, sd: orCertain(sd, mean) };
}

function knownSum({ knownSum: sum = Number.NaN }: ThresholdInput): number {
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`prints are known, but their sum is ${sum}`);
  }
  return sum;
}

/** A relative spread this small is a ten-millionth of a dollar on Bitcoin; its square would be lost in ln(1 + x²). */
const CERTAIN_RELATIVE_SD = 1e-12;

/** A standard deviation of the settlement value, 0 when nothing is uncertain any more. */
export function orCertain(sd: number, mean: number): number {
  return sd > mean * CERTAIN_RELATIVE_SD ? sd : 0;
}

/** With nothing uncertain left, whether the settlement value counts as above the strike. */
function certainlyAbove(mean: number, strike: number, tie: Tie): boolean {
  return tie === "ge" ? mean >= strike - TIE_USD : mean > strike + TIE_USD;
}

/** Standardised distance of the strike below the mean; sd and strike must be positive. */
export function score(mean: number, sd: number, at: { strike: number; law: Law }): number {
  if (at.law.shape === "bachelier") return (mean - at.strike) / sd;
  const relative = sd / mean;
  const variance = Math.log1p(relative * relative);
  return (Math.log(mean / at.strike) - variance / 2) / Math.sqrt(variance);
}

/** P(above) at a score. For the chance of being below pass −z: the small side keeps its relative accuracy that way. */
export function chanceAbove(z: number, law: Law): number {
  return law.shape === "student" ? tCdf(z * Math.sqrt(law.nu / (law.nu - 2)), law.nu) : normCdf(z);
}

/** Nodes x_i >= 0 and weights of the nine-point Gauss-Hermite rule for a standard normal variable. */
const HERMITE: readonly (readonly [node: number, weight: number])[] = [
  [0, 0.406_349_206_349_206_35],
  [1.023_255_663_789_132_6, 0.244_097_502_894_939_4],
  [2.076_847_978_677_829_8, 0.049_916_406_765_218],
  [3.205_429_002_856_470_3, 0.002_789_141_321_231_77],
  [4.512_745_863_399_783, 2.234_584_400_774_66e-5],
];

export interface VolMixtureInput extends ThresholdInput {
  /** S.d. of ln sigma. */
  readonly gamma: number;
}

/** `probAbove` when sigma itself is lognormally uncertain with the same mean variance (models.md §1.9). */
export function probAboveVolMixture(input: VolMixtureInput): number {
  let sum = 0;
  for (const [node, weight] of HERMITE) {
    for (const x of node === 0 ? [0] : [node, -node]) {
      const sigma = input.sigma * Math.exp(input.gamma * x - input.gamma * input.gamma);
      sum += weight * probAbove({ ...input, sigma });
    }
  }
  return sum;
}

export interface MertonInput extends ThresholdInput {
  readonly jumpsPerHour: number;
  /** S.d. of one jump's log size. */
  readonly jumpSd: number;
}

const POISSON_TAIL = 1e-14;
/** Numbers of jumps further than this from the expected one, in its s.d., weigh less than the tail. */
const POISSON_SD = 12;
/** So many jumps are diffusion, and their variance belongs into sigma. */
const JUMPS_MAX = 1e6;

/** `probAbove` with Poisson jumps of normal size on top of diffusion (Merton 1976; models.md §1.9). */
export function probAboveMerton(input: MertonInput): number {
  check(input);
  const { veff } = effectiveVariance(input);
  const expected = (input.jumpsPerHour / 3600) * veff;
  if (!(expected >= 0 && expected <= JUMPS_MAX && Number.isFinite(input.jumpSd))) {
    throw new RangeError(`no probability of ${expected} jumps of s.d. ${input.jumpSd}`);
  }
  const diffusion = input.sigma * input.sigma * veff;
  const reach = POISSON_SD * (1 + Math.sqrt(expected));
  const first = Math.max(0, Math.floor(expected - reach));
  // From 0 on the weight of no jump is too small a number where many are expected.
  let weight = first === 0 ? Math.exp(-expected) : poisson(first, expected);
  let left = 1;
  let sum = 0;
  for (let jumps = first; left > POISSON_TAIL && jumps < expected + reach; jumps++) {
    const { mean, sd } = moments(input, Math.sqrt(diffusion + jumps * input.jumpSd ** 2));
    sum += weight * aboveOrCertain(input, mean, sd);
    left -= weight;
    weight *= expected / (jumps + 1);
  }
  return sum;
}

/** P(N = count) when `expected` are; both must be positive. */
function poisson(count: number, expected: number): number {
  return Math.exp(count * Math.log(expected) - expected - logGamma(count + 1));
}

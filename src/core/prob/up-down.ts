import {
  chanceAbove,
  isLaw,
  type Law,
  lawOf,
  meanVariance,
  SETTLEMENT_PRINTS,
  TIE_USD,
  unknownPrints,
} from "./settlement.ts";

export interface UpDownInput {
  readonly S: number;
  readonly sigma: number;
  /** Seconds to the open, negative after it; the reference is the average of the 60 prints that end there. */
  readonly tToOpen: number;
  /** Seconds from open to close. */
  readonly window: number;
  readonly refKnownCount: number;
  readonly refKnownSum: number;
  /** S.d. of the change of the basis within the window, relative. */
  readonly basisDriftSd?: number;
  readonly shape?: Law["shape"];
  readonly nu?: number;
}

export interface UpDown {
  readonly p: number;
  /** Variance of ln(A/R) per unit variance rate, seconds. */
  readonly veff: number;
  readonly unknownRef: number;
}

/**
 * P(up) of a 15-minute market whose reference is not published yet (models.md §1.8): the reference is itself an average
 * of 60 prints, so numerator and denominator share part of their path. Throws `RangeError` for inputs that cannot be.
 */
export function probUpDown(input: UpDownInput): UpDown {
  const n = SETTLEMENT_PRINTS;
  check(input);
  const { S, sigma, tToOpen } = input;
  const unknownRef = n - input.refKnownCount;
  const reference = (input.refKnownSum + unknownRef * S) / n;
  const toClose = tToOpen + input.window;
  const settleVar = meanVariance(unknownPrints(toClose), toClose);
  const share = unknownRef / n;
  const referenceVar = share * share * meanVariance(unknownRef, tToOpen);
  const veff = settleVar + referenceVar - 2 * sharedVariance(unknownRef, tToOpen);
  const drift = (sigma * sigma * (settleVar - referenceVar)) / 2;
  const sd = Math.hypot(sigma * Math.sqrt(Math.max(0, veff)), input.basisDriftSd ?? 0);
  // Nothing is uncertain: it is up when it is not down.
  if (sd === 0) return { p: S >= reference - TIE_USD ? 1 : 0, veff, unknownRef };
  const z = (Math.log(S / reference) - drift) / sd;
  const p = chanceAbove(z, lawOf(input));
  return { p, veff, unknownRef };
}

function check(input: UpDownInput): void {
  const { basisDriftSd = 0, S, sigma, tToOpen, window } = input;
  const areSpreads = sigma >= 0 && basisDriftSd >= 0 && isLaw(lawOf(input));
  const areFinite = Number.isFinite(S + tToOpen + window + sigma + basisDriftSd);
  if (!(S > 0 && window > 0 && areSpreads && areFinite && isReference(input))) {
    throw new RangeError(`no probability of ${JSON.stringify(input)}`);
  }
}

function isReference({ refKnownCount: count, refKnownSum: sum }: UpDownInput): boolean {
  if (!Number.isInteger(count) || count < 0 || count > SETTLEMENT_PRINTS) return false;
  return Number.isFinite(sum) && (count === 0 || sum > 0);
}

/** Covariance of the two averages: every settlement print comes after every reference print. */
function sharedVariance(unknownRef: number, tToOpen: number): number {
  let offsets = 0;
  for (let i = 0; i < unknownRef; i++) offsets += Math.max(0, tToOpen - i);
  return offsets / SETTLEMENT_PRINTS;
}

import {
  chanceAbove,
  type Law,
  meanVariance,
  SETTLEMENT_PRINTS,
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
 * of 60 prints, so numerator and denominator share part of their path.
 */
export function probUpDown(input: UpDownInput): UpDown {
  const n = SETTLEMENT_PRINTS;
  const { S, sigma, tToOpen } = input;
  const unknownRef = n - input.refKnownCount;
  const reference = (input.refKnownSum + unknownRef * S) / n;
  const toClose = tToOpen + input.window;
  const settleVar = meanVariance(unknownPrints(toClose), toClose);
  const share = unknownRef / n;
  const referenceVar = share * share * meanVariance(unknownRef, tToOpen);
  const veff = settleVar + referenceVar - 2 * sharedVariance(unknownRef, tToOpen);
  const drift = (sigma * sigma * (settleVar - referenceVar)) / 2;
  const sd = Math.hypot(sigma * Math.sqrt(veff), input.basisDriftSd ?? 0);
  const z = (Math.log(S / reference) - drift) / sd;
  const p = chanceAbove(z, { shape: input.shape ?? "normal", nu: input.nu ?? 4 });
  return { p, veff, unknownRef };
}

/** Covariance of the two averages: every settlement print comes after every reference print. */
function sharedVariance(unknownRef: number, tToOpen: number): number {
  let offsets = 0;
  for (let i = 0; i < unknownRef; i++) offsets += Math.max(0, tToOpen - i);
  return offsets / SETTLEMENT_PRINTS;
}

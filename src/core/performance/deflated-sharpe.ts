import { finiteColumn, requireCount } from "../input-checks.ts";
import { normCdf, normInv } from "../prob/normal.ts";
import { sharpe } from "./equity.ts";

const EULER_MASCHERONI = 0.577_215_664_901_532_9;

/** What the deflation is computed from; ratios are per observation and not annual. */
interface SharpeMoments {
  readonly ratio: number;
  readonly observations: number;
  readonly skewness: number;
  /** 3 for the normal law. */
  readonly kurtosis: number;
  /** Variance of the ratios of all variants. */
  readonly ratioVariance: number;
  readonly variants: number;
}

/**
 * Probability that the true Sharpe ratio of the best of several variants is above the one that the best of as many
 * worthless ones would show (Bailey & López de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 2014).
 * Variants that are nearly the same count as separate ones, which errs on the safe side. Null where the error of the ratio
 * is not defined, or with fewer than two variants or observations.
 */
export function deflatedSharpe(moments: SharpeMoments): number | null {
  const { kurtosis, observations, ratio, ratioVariance, skewness, variants } = moments;
  requireCount("variants", variants, 0);
  if (variants < 2 || observations < 2) return null;
  const spread = 1 - skewness * ratio + ((kurtosis - 1) / 4) * ratio ** 2;
  if (!(spread > 0)) return null;
  const byChance =
    Math.sqrt(ratioVariance) *
    ((1 - EULER_MASCHERONI) * normInv(1 - 1 / variants) +
      EULER_MASCHERONI * normInv(1 - 1 / (variants * Math.E)));
  return normCdf(((ratio - byChance) * Math.sqrt(observations - 1)) / Math.sqrt(spread));
}

/** The same from profits of each variant by window; null also where fewer than two variants have a ratio, or the best none. */
export function deflatedSharpeOf(
  variants: readonly ArrayLike<number>[],
  best: number,
): number | null {
  const own = variants[best];
  if (own === undefined) return null;
  const chosen = ratioOf(own);
  const ratios = variants.map(ratioOf).filter((ratio) => ratio !== null);
  if (chosen === null || ratios.length < 2) return null;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const squares = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0);
  return deflatedSharpe({
    ratio: chosen,
    observations: own.length,
    ...shapeOf(finiteColumn("profits", own)),
    ratioVariance: squares / (ratios.length - 1),
    variants: variants.length,
  });
}

function ratioOf(profits: ArrayLike<number>): number | null {
  return sharpe({ pnl: profits, periodsPerYear: 1 })?.perTrade ?? null;
}

/** Third and fourth standardised moment, of values that are not all the same. */
function shapeOf(values: Float64Array): { skewness: number; kurtosis: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number): number =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const variance = moment(2);
  return { skewness: moment(3) / variance ** 1.5, kurtosis: moment(4) / variance ** 2 };
}

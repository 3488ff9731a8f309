import { requireBetween, requireFinite, requireProb } from "../input-checks.ts";
import type { Prob } from "../units.ts";

/** An edge this close to a limit of the ramp has reached it: sums of dollars carry float dust (models.md §7). */
const DUST = 1e-9;
const RAMP_START = 0.25;

/**
 * Share of the bankroll to stake on one contract (Kelly 1956; models.md §3.4): (p − c)/(1 − c), 0 without an edge.
 * `cost` is the all-in price of one contract in dollars, fee included. Throws `RangeError` for a cost that is not
 * strictly between 0 and 1.
 */
export function kellyFraction({ p, cost }: { readonly p: Prob; readonly cost: number }): number {
  requireProb("p", p);
  requireBetween("cost", cost, { above: 0, below: 1 });
  return Math.max(0, (p - cost) / (1 - cost));
}

export interface KellyRamp {
  /** Net expected value per contract below which nothing is staked, dollars. */
  readonly threshold: number;
  /** Net expected value from which the whole fraction is staked, dollars. */
  readonly full: number;
}

/**
 * Factor on the stake that grows with the edge (models.md §3.4): 0 below `threshold`, a quarter there, 1 from `full`
 * on. The edge is the expected value after fees, in dollars per contract. Throws `RangeError` unless full > threshold.
 */
export function kellyRamp({
  edge,
  threshold,
  full,
}: KellyRamp & { readonly edge: number }): number {
  requireFinite("edge", edge);
  requireFinite("threshold", threshold);
  if (!(full > threshold && full < Infinity)) {
    throw new RangeError(`full must be above threshold ${threshold}, got ${full}`);
  }
  if (edge < threshold - DUST) return 0;
  const rise = Math.max(0, (edge - threshold) / (full - threshold));
  return Math.min(1, RAMP_START + (1 - RAMP_START) * rise);
}

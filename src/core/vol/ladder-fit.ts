import { chanceAbove, type Law, score } from "../prob/settlement.ts";
import type { Prob, Usd } from "../units.ts";

/** A probability that the law should give to floor <= A < cap, and how much it counts. */
export interface LadderPoint {
  /** Null for an open end. */
  readonly floorUsd: Usd | null;
  readonly capUsd: Usd | null;
  readonly p: Prob;
  readonly weight: number;
}

interface Moments {
  readonly meanUsd: Usd;
  readonly sdUsd: Usd;
}

export interface LadderFit extends Moments {
  /** Root mean square of the residuals, unweighted. */
  readonly rmse: number;
}

/** P(floor <= A < cap) under a law of the settlement average with these moments. */
function chanceInside(
  { floorUsd, capUsd }: Pick<LadderPoint, "floorUsd" | "capUsd">,
  { meanUsd, sdUsd }: Moments,
  law: Law,
): Prob {
  const above = (strike: Usd): Prob =>
    strike <= 0 ? 1 : chanceAbove(score(meanUsd, sdUsd, { strike, law }), law);
  return (floorUsd === null ? 1 : above(floorUsd)) - (capUsd === null ? 0 : above(capUsd));
}

const STEPS_MAX = 60;
const DAMPING = { start: 1e-3, least: 1e-12, most: 1e9, factor: 10 };
/** Parameter steps, in units of the s.d., that are no improvement any more. */
const RESTS = 1e-9;
/** Relative s.d. of the average that can be believed. */
const RELATIVE_SD = { least: 1e-7, most: 0.5 };

/**
 * Mean and s.d. by weighted least squares: Gauss-Newton on (ln mean, ln relative s.d.) with Levenberg's damping, at most
 * sixty steps from a start that the points themselves give. Null when it does not come to rest among believable laws.
 */
export function fitLadder(points: readonly LadderPoint[], law: Law): LadderFit | null {
  let at = start(points);
  let cost = costOf(points, at, law);
  let damping = DAMPING.start;
  for (let step = 0; step < STEPS_MAX && Number.isFinite(cost); step++) {
    const [change, isFlat] = stepFrom(points, at, { law, damping });
    if (isFlat) return null;
    const next = { logMean: at.logMean + change.logMean, logSd: at.logSd + change.logSd };
    const nextCost = costOf(points, next, law);
    const size = Math.hypot(change.logMean / Math.exp(at.logSd), change.logSd);
    if (nextCost <= cost) {
      at = next;
      cost = nextCost;
      damping = Math.max(DAMPING.least, damping / DAMPING.factor);
    } else damping *= DAMPING.factor;
    if (size < RESTS || damping > DAMPING.most) return judged(points, at, law);
  }
  return null;
}

/** ln mean, and ln of the s.d. relative to it. */
interface Parameters {
  readonly logMean: number;
  readonly logSd: number;
}

/** Moments of the points where the outcome is open: a middle for a bracket, the strike for a threshold or a tail. */
function start(points: readonly LadderPoint[]): Parameters {
  let [sum, first, second, width] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (const { floorUsd, capUsd, p } of points) {
    const x = ((floorUsd ?? capUsd ?? 0) + (capUsd ?? floorUsd ?? 0)) / 2;
    const open = p * (1 - p);
    sum += open;
    first += open * x;
    second += open * x * x;
    if (floorUsd !== null && capUsd !== null) width = Math.min(width, capUsd - floorUsd);
  }
  const mean = first / sum;
  const least = Number.isFinite(width) ? width / 4 : mean * 1e-4;
  const sd = Math.max(least, Math.sqrt(Math.max(0, second / sum - mean * mean)));
  return { logMean: Math.log(mean), logSd: Math.log(sd / mean) };
}

function momentsOf({ logMean, logSd }: Parameters): Moments {
  const meanUsd = Math.exp(logMean);
  return { meanUsd, sdUsd: meanUsd * Math.exp(logSd) };
}

function costOf(points: readonly LadderPoint[], at: Parameters, law: Law): number {
  const moments = momentsOf(at);
  let sum = 0;
  for (const point of points) {
    const residual = point.p - chanceInside(point, moments, law);
    sum += point.weight * residual * residual;
  }
  return sum;
}

/** Half step of the central differences, in units of the parameter's own scale. */
const HALF = 1e-4;

/** Solves the damped normal equations; flat when the points do not tell the two parameters apart. */
function stepFrom(
  points: readonly LadderPoint[],
  at: Parameters,
  { law, damping }: { readonly law: Law; readonly damping: number },
): readonly [step: Parameters, isFlat: boolean] {
  const half = HALF * Math.exp(at.logSd);
  const here = momentsOf(at);
  const [right, left, wide, narrow] = [
    momentsOf({ ...at, logMean: at.logMean + half }),
    momentsOf({ ...at, logMean: at.logMean - half }),
    momentsOf({ ...at, logSd: at.logSd + HALF }),
    momentsOf({ ...at, logSd: at.logSd - HALF }),
  ];
  let [mm, ms, ss, mr, sr] = [0, 0, 0, 0, 0];
  for (const point of points) {
    const { weight } = point;
    const residual = point.p - chanceInside(point, here, law);
    const byMean = (chanceInside(point, right, law) - chanceInside(point, left, law)) / (2 * half);
    const bySd = (chanceInside(point, wide, law) - chanceInside(point, narrow, law)) / (2 * HALF);
    mm += weight * byMean * byMean;
    ms += weight * byMean * bySd;
    ss += weight * bySd * bySd;
    mr += weight * byMean * residual;
    sr += weight * bySd * residual;
  }
  mm *= 1 + damping;
  ss *= 1 + damping;
  const determinant = mm * ss - ms * ms;
  const step = {
    logMean: (ss * mr - ms * sr) / determinant,
    logSd: (mm * sr - ms * mr) / determinant,
  };
  return [step, !(determinant > 0) || !Number.isFinite(step.logMean + step.logSd)];
}

function judged(points: readonly LadderPoint[], at: Parameters, law: Law): LadderFit | null {
  const relative = Math.exp(at.logSd);
  if (!(relative >= RELATIVE_SD.least && relative <= RELATIVE_SD.most)) return null;
  const moments = momentsOf(at);
  let squares = 0;
  for (const point of points) squares += (point.p - chanceInside(point, moments, law)) ** 2;
  return { ...moments, rmse: Math.sqrt(squares / points.length) };
}

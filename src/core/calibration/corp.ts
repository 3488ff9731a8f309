import { requireBetween, requireCount, requireSameLength } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import type { Rng } from "../rng.ts";
import type { Clusters } from "./clusters.ts";
import { type ForecastGroups, groupForecasts, groupRows, isotonicFit } from "./isotonic.ts";
import { quantile } from "./quantile.ts";
import type { Forecasts } from "./scores.ts";

// Reliability without bins (Dimitriadis, Gneiting & Jordan 2021, CORP; models.md §4.3): the isotonic regression of
// outcomes on forecasts is the recalibrated forecast, and what it gains is the miscalibration.

/** score = mcb − dsc + unc. */
interface Decomposition {
  readonly score: number;
  /** Miscalibration: what recalibrating would gain, never negative. */
  readonly mcb: number;
  /** Discrimination: what the recalibrated forecast gains on the base rate, never negative. */
  readonly dsc: number;
  /** Score of the base rate. */
  readonly unc: number;
}

export interface Corp {
  /** Recalibrated forecast of each row. */
  readonly recal: Float64Array;
  readonly brier: Decomposition;
  /** Infinite score and mcb when a forecast was certain and wrong; clip beforehand where that must not be. */
  readonly log: Decomposition;
}

/** Throws `RangeError` without rows, for a forecast outside [0, 1] and for an outcome that is not 0 or 1. */
export function corp({ p, y }: Forecasts): Corp {
  const { groups, wins } = groupRows({ p, y });
  const fitted = fit(groups, wins);
  const recal = new Float64Array(p.length);
  for (let i = 0; i < recal.length; i++) {
    recal[i] = floatAt(fitted, intAt(groups.groupOf, i));
  }
  return {
    recal,
    brier: decompose(groups, { wins, fitted, score: brierOf }),
    log: decompose(groups, { wins, fitted, score: logOf }),
  };
}

/** What decides a world in which the forecasts are true: one uniform draw a settlement; forecasts above it come true. */
export interface Luck {
  /** Rows that share one win together, the likelier ones first. */
  readonly settlements: Clusters;
  readonly rng: Rng;
}

/** Luck of rows that have nothing to do with each other. */
export function ownLuck(rows: number, rng: Rng): Luck {
  return { settlements: { count: rows, of: Int32Array.from({ length: rows }, (_, i) => i) }, rng };
}

export interface ConsistencyBand {
  /** Distinct forecasts, ascending. */
  readonly x: Float64Array;
  /** Bounds of the recalibrated forecast at each of them, were the forecasts true. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

interface Simulation {
  readonly p: ArrayLike<number>;
  readonly luck: Luck;
  /** Simulated worlds; 1000 are usual. */
  readonly draws: number;
}

/** Pointwise band around the diagonal that `level` of true forecasts stay in. Throws `RangeError` on bad input. */
export function consistencyBand(input: Simulation & { readonly level: number }): ConsistencyBand {
  return bandIn(groupForecasts(input.p), input, () => {});
}

/** Share of worlds with true forecasts whose Brier miscalibration is at least the observed one. */
export function miscalibrationPValue({ p, y, luck, draws }: Simulation & Forecasts): number {
  requireCount("draws", draws);
  const { groups, wins } = groupRows({ p, y });
  const observed = miscalibration(groups, wins, fit(groups, wins));
  let atLeast = 0;
  simulate(groups, { luck, draws }, (simulated) => {
    if (miscalibration(groups, simulated, fit(groups, simulated)) >= observed) atLeast++;
  });
  return atLeast / draws;
}

/** Both from the same worlds, each of which costs a fit. */
export function consistency(input: Simulation & Forecasts & { readonly level: number }): {
  readonly band: ConsistencyBand;
  readonly pValue: number;
} {
  const { groups, wins } = groupRows(input);
  const observed = miscalibration(groups, wins, fit(groups, wins));
  let atLeast = 0;
  const band = bandIn(groups, input, (simulated, fitted) => {
    if (miscalibration(groups, simulated, fitted) >= observed) atLeast++;
  });
  return { band, pValue: atLeast / input.draws };
}

function miscalibration(groups: ForecastGroups, wins: Float64Array, fitted: Float64Array): number {
  return decompose(groups, { wins, fitted, score: brierOf }).mcb;
}

function bandIn(
  groups: ForecastGroups,
  { draws, level, luck }: Omit<Simulation, "p"> & { readonly level: number },
  onFit: (wins: Float64Array, fitted: Float64Array) => void,
): ConsistencyBand {
  requireCount("draws", draws);
  requireBetween("level", level, { above: 0, below: 1 });
  const size = groups.x.length;
  // One row per group, so that each quantile sorts one stretch of memory.
  const fits = new Float64Array(size * draws);
  simulate(groups, { luck, draws }, (wins, draw) => {
    const fitted = fit(groups, wins);
    onFit(wins, fitted);
    for (let k = 0; k < size; k++) fits[k * draws + draw] = floatAt(fitted, k);
  });
  const lower = new Float64Array(size);
  const upper = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const row = fits.subarray(k * draws, (k + 1) * draws).toSorted();
    lower[k] = quantile(row, (1 - level) / 2);
    upper[k] = quantile(row, (1 + level) / 2);
  }
  return { x: groups.x, lower, upper };
}

/** The winners that `onWorld` is handed are written over by the next world. */
function simulate(
  groups: ForecastGroups,
  { draws, luck: { rng, settlements } }: Omit<Simulation, "p">,
  onWorld: (wins: Float64Array, draw: number) => void,
): void {
  const { from, groupOf } = likeliestFirst(groups, settlements);
  const { x } = groups;
  const wins = new Float64Array(x.length);
  for (let draw = 0; draw < draws; draw++) {
    wins.fill(0);
    for (let k = 0; k < settlements.count; k++) {
      const drawn = rng.next();
      const end = intAt(from, k + 1);
      for (let i = intAt(from, k); i < end; i++) {
        const group = intAt(groupOf, i);
        if (drawn >= floatAt(x, group)) break;
        wins[group] = floatAt(wins, group) + 1;
      }
    }
    onWorld(wins, draw);
  }
}

/** Groups of rows, settlement by settlement, so that none wins after the first one of its settlement that does not. */
function likeliestFirst(
  { groupOf, x }: ForecastGroups,
  { count, of }: Clusters,
): { readonly groupOf: Int32Array; readonly from: Int32Array } {
  requireSameLength({ p: groupOf, settlements: of });
  const size = x.length;
  // As numbers, which are sorted without a comparator.
  const places = Float64Array.from(of, (k, i) => (k + 1) * size - 1 - intAt(groupOf, i)).toSorted();
  const from = new Int32Array(count + 1);
  for (const k of of) from[k + 1] = intAt(from, k + 1) + 1;
  for (let k = 0; k < count; k++) from[k + 1] = intAt(from, k + 1) + intAt(from, k);
  return { groupOf: Int32Array.from(places, (place) => size - 1 - (place % size)), from };
}

function fit({ count }: ForecastGroups, wins: Float64Array): Float64Array {
  return isotonicFit(
    wins.map((value, k) => value / floatAt(count, k)),
    count,
  );
}

/** Summed score of `wins` winners and `losses` losers that were all rated `p`. */
type GroupScore = (p: number, wins: number, losses: number) => number;

const brierOf: GroupScore = (p, wins, losses) => wins * (1 - p) ** 2 + losses * p * p;
const logOf: GroupScore = (p, wins, losses) => logTerm(p, wins) + logTerm(1 - p, losses);

/** −n·ln p with 0·ln 0 = 0. */
function logTerm(p: number, n: number): number {
  return n === 0 ? 0 : -n * Math.log(p);
}

function decompose(
  { x, count }: ForecastGroups,
  {
    wins,
    fitted,
    score,
  }: { readonly wins: Float64Array; readonly fitted: Float64Array; readonly score: GroupScore },
): Decomposition {
  let rows = 0;
  let winners = 0;
  let given = 0;
  let recalibrated = 0;
  for (let k = 0; k < x.length; k++) {
    const won = floatAt(wins, k);
    const lost = floatAt(count, k) - won;
    rows += won + lost;
    winners += won;
    given += score(floatAt(x, k), won, lost);
    recalibrated += score(floatAt(fitted, k), won, lost);
  }
  const unc = score(winners / rows, winners, rows - winners) / rows;
  return {
    score: given / rows,
    mcb: (given - recalibrated) / rows,
    dsc: unc - recalibrated / rows,
    unc,
  };
}

import { clusterMean } from "../../src/core/calibration/intervals.ts";
import { tCdf } from "../../src/core/prob/normal.ts";
import { mean, quantile, share } from "./numbers.ts";
import type { Forecasts } from "./vol-loss.ts";

export interface Score {
  readonly variant: string;
  readonly n: number;
  readonly blocks: number;
  /** Loss of the variance forecast, and its standard error over blocks. */
  readonly qlike: number;
  readonly qlikeSe: number;
  /** Loss less that of the incumbent on the same windows: negative is better. */
  readonly lead: number;
  readonly leadSe: number;
  /** Root mean square of returns in units of the forecast: 1 when the variance is right on average. */
  readonly sdZ: number;
  /** Median of |forecast/realised − 1| in volatility, by its log, percent. */
  readonly medianErrorPct: number;
  /** Share of returns beyond 0.75 forecast s.d. on one side, less what t4 says (17.4), cents. */
  readonly tailCents: number;
  /** Mean difference from the incumbent's price of a strike at 0.75 of its s.d., cents. */
  readonly apartCents: number;
  /** Log density of the return less that of the incumbent with t4, thousandths of a nat: positive is better. */
  readonly t4: Gain;
  readonly t5: Gain;
}

interface Gain {
  readonly mean: number;
  readonly se: number;
}

/** A tail this far out is where the shapes differ most (models.md §1.9). */
const AT_Z = 0.75;
/** Realised variances below 0.05 bp/√s are of frozen prices; only the constant of the loss is held up by this. */
const FROZEN_RATE = 2.5e-11;

/** Scores of each variant; the first one is the incumbent the others are held against. */
export function scores(all: readonly Forecasts[]): readonly Score[] {
  const [first] = all;
  const names = [...(first?.forecast.keys() ?? [])];
  const [incumbent = ""] = names;
  const block = all.flatMap((one) => one.block);
  const base = losses(all, incumbent);
  const baseLog = logDensities(all, incumbent, T4);
  const gain = (variant: string, law: UnitLaw): Gain => {
    const own = logDensities(all, variant, law);
    const d = own.map((density, i) => 1000 * (density - (baseLog[i] ?? Number.NaN)));
    return clusterMean({ d, cluster: block });
  };
  return names.map((variant) => {
    const own = losses(all, variant);
    const lead = own.map((loss, i) => loss - (base[i] ?? Number.NaN));
    const zs = standardised(all, variant);
    const [level, ahead] = [own, lead].map((values) => clusterMean({ d: values, cluster: block }));
    return {
      variant,
      n: own.length,
      blocks: new Set(block).size,
      qlike: level?.mean ?? Number.NaN,
      qlikeSe: level?.se ?? Number.NaN,
      lead: ahead?.mean ?? Number.NaN,
      leadSe: ahead?.se ?? Number.NaN,
      sdZ: Math.sqrt(mean(zs.map((z) => z * z))),
      medianErrorPct: 100 * quantile(errors(all, variant), 0.5),
      tailCents: 50 * share(zs, (z) => Math.abs(z) > AT_Z) - 100 * tail(AT_Z),
      apartCents: mean(apart(all, variant, incumbent)),
      t4: gain(variant, T4),
      t5: gain(variant, T5),
    };
  });
}

/** QLIKE, which ranks variance forecasts right under a noisy but unbiased outcome (Patton 2011). */
function losses(all: readonly Forecasts[], variant: string): number[] {
  return pairs(all, variant, ({ horizonS, realised, forecast }) => {
    const seen = Math.max(realised, FROZEN_RATE * horizonS);
    return realised / forecast + Math.log(forecast / seen) - 1;
  });
}

/** Density of Student's t with unit variance, scale·(1 + z²/(ν − 2))^−power. */
interface UnitLaw {
  readonly logScale: number;
  readonly spread: number;
  readonly power: number;
}

const T4: UnitLaw = { logScale: Math.log((3 / 8) * Math.SQRT2), spread: 2, power: 2.5 };
const T5: UnitLaw = { logScale: Math.log(8 / (3 * Math.PI * Math.sqrt(3))), spread: 3, power: 3 };

/** What was said of the return that came: the score of the whole price curve, not of its width alone. */
function logDensities(all: readonly Forecasts[], variant: string, law: UnitLaw): number[] {
  return pairs(all, variant, ({ logReturn, forecast }) => {
    const square = (logReturn * logReturn) / forecast;
    return law.logScale - law.power * Math.log1p(square / law.spread) - Math.log(forecast) / 2;
  });
}

function standardised(all: readonly Forecasts[], variant: string): number[] {
  return pairs(all, variant, ({ logReturn, forecast }) => logReturn / Math.sqrt(forecast));
}

function errors(all: readonly Forecasts[], variant: string): number[] {
  return pairs(all, variant, ({ horizonS, realised, forecast }) =>
    Math.abs(Math.log(forecast / Math.max(realised, FROZEN_RATE * horizonS)) / 2),
  );
}

function apart(all: readonly Forecasts[], variant: string, incumbent: string): number[] {
  const base = pairs(all, incumbent, ({ forecast }) => forecast);
  const own = pairs(all, variant, ({ forecast }) => forecast);
  return own.map((forecast, i) => {
    const z = AT_Z * Math.sqrt((base[i] ?? Number.NaN) / forecast);
    return 100 * Math.abs(tail(z) - tail(AT_Z));
  });
}

/** P(Z > z) of the product's default law, t4 of unit variance. */
function tail(z: number): number {
  return tCdf(-z * Math.SQRT2, 4);
}

interface Pair {
  readonly horizonS: number;
  readonly realised: number;
  readonly logReturn: number;
  readonly forecast: number;
}

function pairs(
  all: readonly Forecasts[],
  variant: string,
  value: (pair: Pair) => number,
): number[] {
  return all.flatMap(({ horizonS, realised, logReturn, forecast }) =>
    (forecast.get(variant) ?? []).map((own, i) =>
      value({
        horizonS,
        realised: realised[i] ?? Number.NaN,
        logReturn: logReturn[i] ?? Number.NaN,
        forecast: own,
      }),
    ),
  );
}

import { numberClusters } from "../calibration/clusters.ts";
import { consistency, corp, type Luck } from "../calibration/corp.ts";
import { coxCalibration } from "../calibration/cox.ts";
import { QUOTED_P_MIN } from "../calibration/market-rows.ts";
import { eceIfCalibrated, reliability } from "../calibration/reliability.ts";
import {
  auc,
  brier,
  clippedCount,
  ece,
  type Forecasts,
  logLoss,
  murphy,
  spiegelhalterZ,
} from "../calibration/scores.ts";
import { normInv } from "../prob/normal.ts";
import { floatAt } from "../prob/number-at.ts";
import { mulberry32 } from "../rng.ts";
import type { CoxTest, ProofOptions, ReliabilityPoint, SourceScores } from "./proof.ts";
import type { ProofRow } from "./rows.ts";

/** The diagram's forecasts lie on this grid: finer shows nothing, and every distinct one costs a fit in each world. */
const STEP = 0.005;

/** Simulated outcomes of one diagram: more rows are simulated in fewer worlds. */
const OUTCOMES_MAX = 3e6;
const DRAWS_MIN = 200;

/** Where the logit is taken: models.md §7. */
const P_MIN = 5e-4;

const BAND_LEVEL = 0.9;

export interface Source {
  readonly rows: readonly ProofRow[];
  readonly pOf: (row: ProofRow) => number;
}

/** How good one source of probabilities was on these rows. */
export function sourceScores({ rows, pOf }: Source, options: ProofOptions): SourceScores {
  const { eps } = options;
  const p = rows.map(pOf);
  const y = rows.map(({ outcome }) => outcome);
  const inside = p.map((chance) => clipped(chance, eps));
  const parts = corp({ p: inside, y });
  return {
    brier: brier({ p, y }),
    logLoss: logLoss({ p, y, eps }),
    clipped: clippedCount(p, QUOTED_P_MIN + 1e-9),
    auc: finite(auc({ p, y })),
    ece: ece({ p, y, bins: 10, kind: "width" }).ece,
    eceIfCalibrated: eceIfCalibrated(p),
    murphy: murphy({ p, y, bins: 10 }),
    corp: { brier: parts.brier, log: parts.log },
    cox: coxOf({ p, y }, rows, options),
    spiegelhalter: spiegelhalterOf(rows, pOf),
    ...diagram({ p, y }, rows, options),
    tenths: reliability({ p, y }),
  };
}

function coxOf(
  { p, y }: Forecasts,
  rows: readonly ProofRow[],
  { alpha }: ProofOptions,
): CoxTest | null {
  const fit = coxCalibration({
    p: p.map((chance) => clipped(chance, P_MIN)),
    y,
    cluster: rows.map(({ closeMs }) => closeMs),
  });
  if (fit === null) return null;
  const z = normInv(1 - alpha / 2);
  const { clusterSeIntercept, clusterSeSlope, intercept, slope } = fit;
  const bound = (at: number, se: number | null): number | null =>
    se === null ? null : at + z * se;
  const below = (at: number, se: number | null): number | null =>
    se === null ? null : at - z * se;
  return {
    intercept,
    interceptLower: below(intercept, clusterSeIntercept),
    interceptUpper: bound(intercept, clusterSeIntercept),
    slope,
    slopeLower: below(slope, clusterSeSlope),
    slopeUpper: bound(slope, clusterSeSlope),
    p: fit.clusterWald?.pValue ?? null,
  };
}

function spiegelhalterOf(
  rows: readonly ProofRow[],
  pOf: Source["pOf"],
): SourceScores["spiegelhalter"] {
  const first = new Map<number, ProofRow>();
  for (const row of rows) {
    const known = first.get(row.closeMs);
    if (known === undefined || row.atMs < known.atMs) first.set(row.closeMs, row);
  }
  const kept = [...first.values()];
  const { z, pValue } = spiegelhalterZ({
    p: kept.map(pOf),
    y: kept.map(({ outcome }) => outcome),
  });
  return Number.isFinite(z) ? { z, p: pValue } : null;
}

function diagram(
  { p, y }: Forecasts,
  rows: readonly ProofRow[],
  { draws, seed }: ProofOptions,
): Pick<SourceScores, "miscalibrationP" | "reliability"> {
  if (draws === 0) return { miscalibrationP: null, reliability: [] };
  const grid = p.map((chance) => Math.round(chance / STEP) * STEP);
  const observed = new Map<number, { rows: number; recal: number }>();
  const { recal } = corp({ p: grid, y });
  for (const [i, forecast] of grid.entries()) {
    const count = (observed.get(forecast)?.rows ?? 0) + 1;
    observed.set(forecast, { rows: count, recal: floatAt(recal, i) });
  }
  const worlds = Math.min(draws, Math.max(DRAWS_MIN, Math.floor(OUTCOMES_MAX / p.length)));
  const luck = settledTogether(rows, seed);
  const { band, pValue } = consistency({ p: grid, y, luck, draws: worlds, level: BAND_LEVEL });
  return {
    miscalibrationP: pValue,
    reliability: Array.from(band.x, (forecast, k): ReliabilityPoint => {
      const point = observed.get(forecast);
      return {
        forecast,
        observed: point?.recal ?? forecast,
        lower: floatAt(band.lower, k),
        upper: floatAt(band.upper, k),
        rows: point?.rows ?? 0,
      };
    }),
  };
}

/** One price of the underlying settles all strikes of an event: where the lower one wins, so do those that were likelier. */
function settledTogether(rows: readonly ProofRow[], seed: number): Luck {
  const events = rows.map(({ closeMs, seriesTicker }) => `${seriesTicker} ${closeMs}`);
  return { settlements: numberClusters(events), rng: mulberry32(seed) };
}

function clipped(p: number, eps: number): number {
  return Math.min(1 - eps, Math.max(eps, p));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

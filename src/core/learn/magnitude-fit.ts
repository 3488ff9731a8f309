import { mean } from "../calibration/scores.ts";
import { harFit } from "../vol/har.ts";
import { BAR_MS } from "./bars.ts";
import { type BoostedTrees, boostedValue, gbdtSquaredError } from "./boosting.ts";
import { type Fold, walkForwardFolds } from "./folds.ts";
import { MAGNITUDE_LOOKBACK, type MagnitudeRow, type MagnitudeRows } from "./magnitude-rows.ts";
import { endMsOf, foldScores, rowOf, utcDay } from "./row-list.ts";
import { type FitStep, type Fitted, judge } from "./verdict.ts";

const BOOSTING = { nEstimators: 100, maxDepth: 3, learningRate: 0.05, minSamplesLeaf: 20 };
/** Ten days and a half. */
export const MAGNITUDE_ROWS_MIN = 1_000;
/** Walks inside each training part that choose the shrinkage. */
const INNER_FOLDS = 3;
const WEIGHT_STEPS = 20;

/** How the trees' log variance becomes a forecast of variance. */
export interface Shrinkage {
  /** Factor of their exponential that makes it right on average: the mean of a log lies below the log of a mean. */
  readonly scale: number;
  /** Of the trees against the plain forecast, on the log: 0 is the plain forecast alone. */
  readonly weight: number;
}

/** What the trees said of a row that they were not trained on. */
interface Said {
  readonly row: MagnitudeRow;
  readonly logTrees: number;
}

/** Variance forecast of the next bar: trees and production's forecast, weighted on the log. */
export function challengerVariance(
  logTrees: number,
  production: number,
  { scale, weight }: Shrinkage,
): number {
  return Math.exp(weight * (Math.log(scale) + logTrees) + (1 - weight) * Math.log(production));
}

/** QLIKE loss of a variance forecast: 0 when it was exactly what came, robust to noise in what came (Patton 2011). */
export function qlike(realized: number, forecast: number): number {
  const ratio = realized / forecast;
  return ratio - Math.log(ratio) - 1;
}

/**
 * The next quarter of an hour's variance by boosted trees on its log (models.md §2.8), shrunk towards production's
 * forecast by what walks inside each training part found best, and examined by a purged walk forward against that
 * forecast, the blend and HAR. RangeError below `MAGNITUDE_ROWS_MIN` rows.
 */
export function* fitMagnitude(
  { features, production, rows }: MagnitudeRows,
  folds: number,
): Generator<FitStep, Fitted> {
  if (rows.length < MAGNITUDE_ROWS_MIN) throw new RangeError(`${rows.length} rows are too few`);
  const parts = foldsOf(rows.length, folds);
  const total = parts.length * (INNER_FOLDS + 1) + 1;
  let done = 0;
  const said: Said[] = [];
  const losses: Record<"model" | "production" | "blend" | "har", number[]> = {
    model: [],
    production: [],
    blend: [],
    har: [],
  };
  for (const part of parts) {
    const train = rows.slice(0, part.trainEnd);
    const inner: Said[] = [];
    for (const step of foldsOf(train.length, INNER_FOLDS)) {
      yield { done: done++, total };
      inner.push(...examine(train, step));
    }
    const shrinkage = shrinkageOf(inner);
    yield { done: done++, total };
    const examined = examine(rows, part);
    said.push(...examined);
    const har = harFit({
      X: train.map((row) => row.har),
      y: train.map(({ realized }) => Math.log(realized)),
    });
    for (const { logTrees, row } of examined) {
      const challenger = challengerVariance(logTrees, row.production, shrinkage);
      losses.model.push(qlike(row.realized, challenger));
      losses.production.push(qlike(row.realized, row.production));
      losses.blend.push(qlike(row.realized, row.blend));
      const linear = har.forecast(row.har);
      // Where nothing ever moved there is no regression; HAR is then no better than what is there.
      const isForecast = linear > 0 && linear < Number.POSITIVE_INFINITY;
      losses.har.push(qlike(row.realized, isForecast ? linear : row.production));
    }
  }
  yield { done, total };
  return fitted({ features, production, rows }, { parts, losses, shrinkage: shrinkageOf(said) });
}

function fitted(
  { features, production, rows }: MagnitudeRows,
  found: {
    readonly parts: readonly Fold[];
    readonly losses: Readonly<Record<"model" | "production" | "blend" | "har", readonly number[]>>;
    readonly shrinkage: Shrinkage;
  },
): Fitted {
  const { losses, parts, shrinkage } = found;
  const judged = judge(
    {
      model: losses.model,
      plains: [
        { name: `production's ${production}`, losses: losses.production },
        ...(production === "blend" ? [] : [{ name: "the blend", losses: losses.blend }]),
        { name: "HAR", losses: losses.har },
      ],
      cluster: rows.slice(parts[0]?.testStart).map(({ atMs }) => utcDay(atMs)),
    },
    "day",
  );
  const params = {
    kind: "magnitude",
    features,
    production,
    ...shrinkage,
    absolutePerSigma: absolutePerSigma(rows),
    ...trained(rows),
  };
  return {
    kind: "magnitude",
    params,
    rows: rows.length,
    trainFromMs: rowOf(rows, 0).atMs,
    trainToMs: endMsOf(rows) + BAR_MS,
    scoreName: "QLIKE",
    scoreOos: judged.scoreOos,
    scorePlain: judged.plains[0]?.score ?? Number.NaN,
    plains: judged.plains,
    folds: foldScores(parts, rows, { model: losses.model, plain: judged.bestPlain }),
    accepted: judged.accepted && shrinkage.weight > 0,
    reason: shrinkage.weight > 0 ? judged.reason : "the trees add nothing: their weight is 0",
  };
}

function foldsOf(n: number, folds: number): Fold[] {
  return walkForwardFolds({
    n,
    folds,
    minTrain: Math.floor(n / 2),
    purge: 1,
    embargo: MAGNITUDE_LOOKBACK,
  });
}

function trained(rows: readonly MagnitudeRow[]): BoostedTrees {
  const y = rows.map(({ realized }) => Math.log(realized));
  return gbdtSquaredError(
    rows.map(({ x }) => x),
    y,
    BOOSTING,
  );
}

function examine(rows: readonly MagnitudeRow[], fold: Fold): Said[] {
  const trees = trained(rows.slice(0, fold.trainEnd));
  return rows
    .slice(fold.testStart, fold.testEnd)
    .map((row) => ({ row, logTrees: boostedValue(trees, row.x) }));
}

/** The scale that is right on average, then the weight with the lowest loss among steps of 0.05; the smallest of equals. */
export function shrinkageOf(said: readonly Said[]): Shrinkage {
  const scale = mean(said.map(({ logTrees, row }) => row.realized / Math.exp(logTrees)));
  let best: Shrinkage = { scale, weight: 0 };
  let lowest = Number.POSITIVE_INFINITY;
  for (let step = 0; step <= WEIGHT_STEPS; step++) {
    const tried = { scale, weight: step / WEIGHT_STEPS };
    const loss = mean(
      said.map(({ logTrees, row }) =>
        qlike(row.realized, challengerVariance(logTrees, row.production, tried)),
      ),
    );
    if (loss < lowest) {
      lowest = loss;
      best = tried;
    }
  }
  return best;
}

/**
 * E|r| over the standard deviation of r: 0.80 for a normal, about 0.67 for quarters of an hour of BTC. Whoever wants the
 * expected size of the next return multiplies sigma by it; taking E|r| for sigma is a third too low (models.md §2.8).
 */
function absolutePerSigma(rows: readonly MagnitudeRow[]): number | null {
  const squares = mean(rows.map(({ nextReturn }) => nextReturn ** 2));
  const sizes = mean(rows.map(({ nextReturn }) => Math.abs(nextReturn)));
  return squares > 0 ? sizes / Math.sqrt(squares) : null;
}

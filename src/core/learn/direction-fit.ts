import { mean } from "../calibration/scores.ts";
import { BAR_MS } from "./bars.ts";
import { DIRECTION_LOOKBACK, type DirectionRow, type DirectionRows } from "./direction-rows.ts";
import { walkForwardFolds } from "./folds.ts";
import { type LogisticModel, logisticChance, logisticRidge, shrunkChance } from "./logistic.ts";
import { endMsOf, foldScores, rowOf, utcDay } from "./row-list.ts";
import { type FitStep, type Fitted, judge } from "./verdict.ts";

/** models.md §2.8: with C = 1 the same model is worse than a coin. */
const C = 0.001;
/** Ten days and a half. */
export const DIRECTION_ROWS_MIN = 1_000;

/** Brier scores of each row out of sample. */
interface Examined {
  readonly row: DirectionRow;
  readonly model: number;
  readonly base: number;
}

/**
 * P(up) of the next 15 minutes by logistic regression, shrunk towards one half (seed 002), examined by a purged walk
 * forward against the coin and the share of ups in the training part. RangeError below `DIRECTION_ROWS_MIN` rows.
 */
export function* fitDirection(
  { features, rows }: DirectionRows,
  folds: number,
): Generator<FitStep, Fitted> {
  if (rows.length < DIRECTION_ROWS_MIN) throw new RangeError(`${rows.length} rows are too few`);
  const parts = walkForwardFolds({
    n: rows.length,
    folds,
    minTrain: Math.floor(rows.length / 2),
    purge: 1,
    embargo: DIRECTION_LOOKBACK,
  });
  const examined: Examined[] = [];
  for (const [k, { testEnd, testStart, trainEnd }] of parts.entries()) {
    yield { done: k, total: parts.length + 1 };
    const train = rows.slice(0, trainEnd);
    const model = trained(train);
    const share = mean(train.map(({ up }) => up));
    for (const row of rows.slice(testStart, testEnd)) {
      const p = model === null ? 0.5 : shrunkChance(logisticChance(model, row.x));
      examined.push({ row, model: (p - row.up) ** 2, base: (share - row.up) ** 2 });
    }
  }
  yield { done: parts.length, total: parts.length + 1 };
  const judged = judge(
    {
      model: examined.map(({ model }) => model),
      plains: [
        { name: "a coin", losses: examined.map(() => 0.25) },
        { name: "the base rate", losses: examined.map(({ base }) => base) },
      ],
      cluster: examined.map(({ row }) => utcDay(row.atMs)),
    },
    "day",
  );
  const final = trained(rows);
  return {
    kind: "direction",
    params: { kind: "direction", features, C, ...final },
    rows: rows.length,
    trainFromMs: rowOf(rows, 0).atMs,
    trainToMs: endMsOf(rows) + BAR_MS,
    scoreName: "Brier",
    scoreOos: judged.scoreOos,
    scorePlain: judged.plains[0]?.score ?? Number.NaN,
    plains: judged.plains,
    folds: foldScores(parts, rows, {
      model: examined.map(({ model }) => model),
      plain: judged.bestPlain,
    }),
    accepted: judged.accepted && final !== null,
    reason: final === null ? "every bar went the same way" : judged.reason,
  };
}

function trained(rows: readonly DirectionRow[]): LogisticModel | null {
  return logisticRidge({ X: rows.map(({ x }) => x), y: rows.map(({ up }) => up), C });
}

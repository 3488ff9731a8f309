import { mean } from "../calibration/scores.ts";
import { DAY_MS } from "../iso-time.ts";
import type { Ms } from "../units.ts";
import type { Fold } from "./folds.ts";
import type { FoldScore } from "./verdict.ts";

interface Timed {
  readonly atMs: Ms;
}

/** The row at a place; RangeError outside. */
export function rowOf<Row>(rows: readonly Row[], index: number): Row {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`no row ${index} among ${rows.length}`);
  return row;
}

/** Time of the last row. */
export function endMsOf(rows: readonly Timed[]): Ms {
  return rowOf(rows, rows.length - 1).atMs;
}

/** UTC day of a time: what happens within one is luck of one kind. */
export function utcDay(atMs: Ms): number {
  return Math.floor(atMs / DAY_MS);
}

/** Mean losses of each examined part; the losses are those of the parts in a row. */
export function foldScores(
  parts: readonly Fold[],
  rows: readonly Timed[],
  losses: { readonly model: readonly number[]; readonly plain: readonly number[] },
): FoldScore[] {
  const first = parts[0]?.testStart ?? 0;
  return parts
    .filter(({ testEnd, testStart }) => testEnd > testStart)
    .map(({ testEnd, testStart }) => ({
      fromMs: rowOf(rows, testStart).atMs,
      toMs: rowOf(rows, testEnd - 1).atMs,
      rows: testEnd - testStart,
      score: mean(losses.model.slice(testStart - first, testEnd - first)),
      plain: mean(losses.plain.slice(testStart - first, testEnd - first)),
    }));
}

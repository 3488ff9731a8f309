import { walkForwardFolds } from "../learn/folds.ts";
import { endMsOf, foldScores, rowOf } from "../learn/row-list.ts";
import { type FitStep, type Fitted, judge } from "../learn/verdict.ts";
import type { Ms, Prob } from "../units.ts";
import { fitMap, type MapRows } from "./map-fits.ts";
import { applyMap, type MapKind, type RecalibrationMap } from "./maps.ts";
import { DEFAULT_REPORT_OPTIONS } from "./report.ts";
import { logLoss } from "./scores.ts";

/** One forecast at a fixed decision time, and what became of it. */
export interface SettledForecast {
  /** Close of the market: forecasts of one window share their outcome's luck. */
  readonly closeMs: Ms;
  readonly p: Prob;
  readonly outcome: 0 | 1;
}

/** What a map is learnt from. */
export interface MapEvidence {
  readonly forecasts: readonly SettledForecast[];
  /** Version of the pricing model that all of them are of: a map corrects the faults of that one. */
  readonly pricing: string | null;
}

/** Settled windows that a map needs (models.md §4.11): the freer it is, the more. */
export const MAP_WINDOWS_MIN: Readonly<Record<MapKind, number>> = {
  platt: 100,
  beta: 200,
  isotonic: 1_000,
};

interface Window {
  readonly atMs: Ms;
  readonly p: number[];
  readonly y: (0 | 1)[];
}

/** Windows in the order of their closes; whole windows are taught or examined, never parts of one. */
function windowsOf(forecasts: readonly SettledForecast[]): Window[] {
  const windows = new Map<Ms, Window>();
  for (const { closeMs, outcome, p } of forecasts) {
    const window = windows.get(closeMs) ?? { atMs: closeMs, p: [], y: [] };
    window.p.push(p);
    window.y.push(outcome);
    windows.set(closeMs, window);
  }
  return [...windows.values()].toSorted((a, b) => a.atMs - b.atMs);
}

/** Number of settled windows among forecasts. */
export function windowCount(forecasts: readonly SettledForecast[]): number {
  return new Set(forecasts.map(({ closeMs }) => closeMs)).size;
}

/**
 * A map from past settlements, each window counting once however many rows it has, examined by a walk forward over
 * windows: it must improve the log loss of windows that it was not fitted on. RangeError below the kind's minimum.
 */
export function* fitRecalibration(
  kind: MapKind,
  { forecasts, pricing }: MapEvidence,
  folds: number,
): Generator<FitStep, Fitted> {
  const windows = windowsOf(forecasts);
  if (windows.length < MAP_WINDOWS_MIN[kind]) {
    throw new RangeError(`${windows.length} windows are too few for a ${kind} map`);
  }
  const parts = walkForwardFolds({
    n: windows.length,
    folds,
    minTrain: Math.floor(windows.length / 2),
    // The result of a window may be out only after the next one has begun.
    purge: 1,
    embargo: 1,
  });
  const total = parts.length + 1;
  const examined: { readonly atMs: Ms; readonly model: number; readonly plain: number }[] = [];
  for (const [k, { testEnd, testStart, trainEnd }] of parts.entries()) {
    yield { done: k, total };
    const map = fitMap(kind, rowsOf(windows.slice(0, trainEnd)));
    for (const window of windows.slice(testStart, testEnd)) {
      const plain = lossOf(window, null);
      examined.push({
        atMs: window.atMs,
        model: map === null ? plain : lossOf(window, map),
        plain,
      });
    }
  }
  yield { done: parts.length, total };
  const model = examined.map((window) => window.model);
  const plain = examined.map((window) => window.plain);
  const judged = judge(
    {
      model,
      plains: [{ name: "the model as it is", losses: plain }],
      cluster: examined.map(({ atMs }) => atMs),
    },
    "window",
  );
  const map = fitMap(kind, rowsOf(windows));
  return {
    kind,
    params: { ...(map ?? { kind }), pricing },
    rows: forecasts.length,
    trainFromMs: rowOf(windows, 0).atMs,
    trainToMs: endMsOf(windows),
    scoreName: "log loss",
    scoreOos: judged.scoreOos,
    scorePlain: judged.plains[0]?.score ?? Number.NaN,
    plains: judged.plains,
    folds: foldScores(parts, windows, { model, plain }),
    accepted: judged.accepted && map !== null,
    reason: map === null ? "no map that keeps the order of probabilities fits" : judged.reason,
  };
}

function rowsOf(windows: readonly Window[]): MapRows {
  return {
    p: windows.flatMap(({ p }) => p),
    y: windows.flatMap(({ y }) => y),
    weight: windows.flatMap(({ p }) => p.map(() => 1 / p.length)),
  };
}

/** Mean log loss of a window's rows, through a map or as they are. */
function lossOf({ p, y }: Window, map: RecalibrationMap | null): number {
  const said = map === null ? p : p.map((chance) => applyMap(map, chance));
  return logLoss({ p: said, y, eps: DEFAULT_REPORT_OPTIONS.eps });
}

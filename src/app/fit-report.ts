import { isoTime } from "../core/iso-time.ts";
import type { FitStep, Fitted, ModelKind, PlainScore } from "../core/learn/verdict.ts";
import type { Ms } from "../core/units.ts";
import { lengthText } from "./backfill-report.ts";
import type { CommandContext } from "./context.ts";

// What `calibrate fit` says while it works and at its end.

export interface FitReport {
  readonly models: readonly ModelReport[];
  readonly short: readonly Shortage[];
}

export interface ModelReport {
  readonly model_id: number;
  readonly kind: ModelKind;
  readonly scope: string;
  readonly version: string;
  /** False when the newest fit on file is the very same one: nothing was stored. */
  readonly is_new: boolean;
  readonly accepted: boolean;
  readonly reason: string;
  readonly rows: number;
  readonly train_from_ms: Ms;
  readonly train_from: string;
  readonly train_to_ms: Ms;
  readonly train_to: string;
  readonly score_name: string;
  readonly score_oos: number;
  readonly score_plain: number;
  readonly plains: readonly PlainScore[];
  readonly folds: readonly FoldReport[];
}

interface FoldReport {
  readonly from_ms: Ms;
  readonly to_ms: Ms;
  readonly rows: number;
  readonly score: number;
  readonly plain: number;
}

/** A scope that has too little to learn from. */
export interface Shortage {
  readonly scope: string;
  readonly kind: ModelKind;
  readonly have: number;
  readonly need: number;
}

export function modelReport(
  scope: string,
  fitted: Fitted,
  stored: { readonly modelId: number; readonly version: string; readonly isNew: boolean },
): ModelReport {
  return {
    model_id: stored.modelId,
    kind: fitted.kind,
    scope,
    version: stored.version,
    is_new: stored.isNew,
    accepted: fitted.accepted,
    reason: fitted.reason,
    rows: fitted.rows,
    train_from_ms: fitted.trainFromMs,
    train_from: isoTime(fitted.trainFromMs),
    train_to_ms: fitted.trainToMs,
    train_to: isoTime(fitted.trainToMs),
    score_name: fitted.scoreName,
    score_oos: fitted.scoreOos,
    score_plain: fitted.scorePlain,
    plains: fitted.plains,
    folds: fitted.folds.map(({ fromMs, plain, rows, score, toMs }) => ({
      from_ms: fromMs,
      to_ms: toMs,
      rows,
      score,
      plain,
    })),
  };
}

export async function renderFit(ctx: CommandContext, report: FitReport): Promise<string> {
  if (report.models.length === 0) return "";
  const table = await ctx.table({
    columns: [
      { title: "model" },
      { title: "of" },
      { title: "rows", align: "right" },
      { title: "score" },
      { title: "out of sample", align: "right" },
      { title: "plain", align: "right" },
      { title: "folds" },
      { title: "verdict" },
    ],
    rows: report.models.map((model) => [
      model.kind,
      model.scope,
      String(model.rows),
      model.score_name,
      five(model.score_oos),
      five(model.score_plain),
      foldRange(model.folds.map(({ score }) => score)),
      model.accepted ? "accepted" : "refused",
    ]),
  });
  return [
    table,
    "Lower is better; each part of a walk forward is examined on rows after those it was fitted on.\n\n",
    ...report.models.map(modelLines),
    ...report.short.map((shortage) => `${shortageText(shortage)}\n`),
  ].join("");
}

function modelLines(model: ModelReport): string {
  const plains = model.plains.map(({ name, score }) => `${name} ${five(score)}`).join(", ");
  const stored = model.is_new ? "" : ", stored before";
  return [
    `${model.kind} of ${model.scope} ${model.accepted ? "ACCEPTED" : "REFUSED"}: ${model.reason}\n`,
    `  ${model.train_from.slice(0, 16)}Z to ${model.train_to.slice(0, 16)}Z, version ${model.version} (model ${model.model_id}${stored}); ${plains}\n`,
  ].join("");
}

/** `BTC-USD direction: 312 usable quarters of an hour, 1000 needed`. */
export function shortageText({ have, kind, need, scope }: Shortage): string {
  return `${scope} ${kind}: ${have} ${isOfCandles(kind) ? "usable quarters of an hour" : "settled windows"}, ${need} needed`;
}

/** Learnt from candles, and not from settled forecasts. */
export function isOfCandles(kind: ModelKind): boolean {
  return kind === "direction" || kind === "magnitude";
}

function foldRange(scores: readonly number[]): string {
  return `${five(Math.min(...scores))}..${five(Math.max(...scores))}`;
}

/** Brier scores of directions differ in the fourth decimal. */
const five = (value: number): string => value.toFixed(5);

/** Says how fast a fit goes on and when it will be over. */
export class FitPace {
  readonly #jobs: number;
  #at = -1;
  #sinceMs: Ms = 0;

  constructor(jobs: number) {
    this.#jobs = jobs;
  }

  /** `fit 2/4 · magnitude of BTC-USD 12/21 steps, 1.9 a second, 5s left`. */
  line(job: { readonly at: number; readonly name: string }, step: FitStep, nowMs: Ms): string {
    if (job.at !== this.#at) {
      this.#at = job.at;
      this.#sinceMs = nowMs;
    }
    const head = `fit ${job.at + 1}/${this.#jobs} · ${job.name} ${step.done}/${step.total} steps`;
    const elapsedS = (nowMs - this.#sinceMs) / 1000;
    const rate = elapsedS > 0 ? step.done / elapsedS : 0;
    if (rate <= 0) return head;
    const left = lengthText((step.total - step.done) / rate);
    return `${head}, ${rate.toFixed(rate < 10 ? 1 : 0)} a second, ${left} left`;
  }
}

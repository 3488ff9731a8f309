import { clusterMean } from "../calibration/intervals.ts";
import { mean } from "../calibration/scores.ts";
import { numberAt } from "../prob/number-at.ts";
import type { Ms } from "../units.ts";

/** What a model is called where it is stored. */
export type ModelKind = "direction" | "magnitude" | "platt" | "beta" | "isotonic";

/** One examined part of a walk forward. */
export interface FoldScore {
  readonly fromMs: Ms;
  readonly toMs: Ms;
  readonly rows: number;
  readonly score: number;
  /** Of the best plain estimator over all parts, in this one. */
  readonly plain: number;
}

/** A fit and what the walk forward says of it; `params` is plain JSON. */
export interface Fitted {
  readonly kind: ModelKind;
  readonly params: Readonly<Record<string, unknown>>;
  readonly rows: number;
  readonly trainFromMs: Ms;
  /** End of the last label: nothing that happened later was seen. */
  readonly trainToMs: Ms;
  /** Lower is better. */
  readonly scoreName: string;
  readonly scoreOos: number;
  readonly scorePlain: number;
  /** Mean losses of every plain estimator, best first. */
  readonly plains: readonly PlainScore[];
  readonly folds: readonly FoldScore[];
  readonly accepted: boolean;
  readonly reason: string;
}

export interface PlainScore {
  readonly name: string;
  readonly score: number;
}

/** Work is told apart from its end, so that whoever runs it can show it and can stop. */
export interface FitStep {
  readonly done: number;
  readonly total: number;
}

/** Losses out of sample, row by row, in the order of time. */
export interface Losses {
  readonly model: readonly number[];
  readonly plains: readonly { readonly name: string; readonly losses: readonly number[] }[];
  /** Rows of one cluster share their luck. */
  readonly cluster: readonly (number | string)[];
}

export interface Judged {
  readonly scoreOos: number;
  readonly plains: readonly PlainScore[];
  /** Losses of the best plain estimator. */
  readonly bestPlain: readonly number[];
  readonly accepted: boolean;
  readonly reason: string;
}

/** A better score that chance gives more often than this is no better score. */
const P_MAX = 0.05;
/** Fewer clusters than this say nothing about their spread. */
const CLUSTERS_MIN = 5;

/**
 * Accepted only if the mean loss is below that of the best plain estimator, by more than luck: one-sided t-test over
 * clusters (models.md §4.5).
 */
export function judge({ cluster, model, plains }: Losses, clusterName: string): Judged {
  const ranked = plains
    .map(({ losses, name }) => ({ name, losses, score: mean(losses) }))
    .toSorted((a, b) => a.score - b.score);
  const [best] = ranked;
  if (best === undefined) throw new RangeError("there is nothing to be better than");
  const d = best.losses.map((loss, i) => loss - numberAt(model, i));
  const gain = clusterMean({ d, cluster });
  const oneSided = gain.t > 0 ? gain.p / 2 : 1 - gain.p / 2;
  const count = gain.df + 1;
  const accepted = gain.mean > 0 && oneSided < P_MAX && count >= CLUSTERS_MIN;
  const by = `by ${clusterName}`;
  const chance = Number.isFinite(oneSided) ? `p ${oneSided.toFixed(3)} ${by}` : "no spread";
  return {
    scoreOos: mean(model),
    plains: ranked.map(({ name, score }) => ({ name, score })),
    bestPlain: best.losses,
    accepted,
    reason: reasonOf({ accepted, count, gain: gain.mean, chance, name: best.name, by }),
  };
}

function reasonOf(say: {
  readonly accepted: boolean;
  readonly count: number;
  readonly gain: number;
  readonly chance: string;
  readonly name: string;
  readonly by: string;
}): string {
  const size = Math.abs(say.gain).toPrecision(2);
  if (say.accepted) return `better than ${say.name} by ${size} (${say.chance})`;
  if (!(say.gain > 0)) {
    return say.gain === 0 ? `the same as ${say.name}` : `worse than ${say.name} by ${size}`;
  }
  if (say.count < CLUSTERS_MIN) return `only ${say.count} out of sample ${say.by}`;
  return `better than ${say.name} by ${size}, which may be luck (${say.chance})`;
}

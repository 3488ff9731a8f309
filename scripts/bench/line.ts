// One line of the bench: a figure, what it is held against, and whether its target is met. The ratio is the median of
// the ratios of the single rounds, because two figures of one round share the state of the machine.

export interface Target {
  /** As in performance.md §4. */
  readonly id: string;
  readonly op: ">=" | "<=" | "<";
  readonly bound: number;
}

type Verdict = "ok" | "missed" | "noisy" | "absent";

export interface Line {
  readonly suite: string;
  /** What is measured, unit included. */
  readonly name: string;
  readonly value: number | null;
  readonly against: { readonly name: string; readonly value: number } | null;
  /** One ratio a round; empty when the value itself is judged. */
  readonly ratios: readonly number[];
  readonly target: Target | null;
  readonly verdict: Verdict | null;
  /** Further figures, printed and not judged. */
  readonly notes: readonly string[];
}

/** The values that each subject showed, one a round. */
export type Samples = ReadonlyMap<string, readonly number[]>;

interface Comparison {
  readonly suite: string;
  readonly name: string;
  readonly samples: Samples;
  readonly subject: string;
  readonly against: string;
  readonly target?: Target;
  readonly notes?: readonly string[];
}

/** Reference quartiles further apart than this part of the median make a line worthless. */
const NOISE_MAX = 0.25;

/** A subject against its reference; `absent` when either was not there to be measured. */
export function compare(comparison: Comparison): Line {
  const { suite, name, samples, subject, against, target = null, notes = [] } = comparison;
  const own = samples.get(subject);
  const reference = samples.get(against);
  if (own === undefined || reference === undefined) {
    return absent({ suite, name, missing: own === undefined ? subject : against, target });
  }
  const ratios = own.map((value, round) => value / (reference[round] ?? Number.NaN));
  return {
    suite,
    name,
    value: median(own),
    against: { name: against, value: median(reference) },
    ratios,
    target,
    verdict: target === null ? null : judge(median(ratios), target, isNoisy(reference)),
    notes,
  };
}

interface Figure {
  readonly suite: string;
  readonly name: string;
  readonly value: number;
  readonly target?: Target;
  /** What is held against the target where that is not the value as it was measured. */
  readonly judged?: number;
  readonly notes?: readonly string[];
}

/** A figure that is judged, or only shown, by itself. */
export function figure({ suite, name, value, target, judged = value, notes = [] }: Figure): Line {
  return {
    suite,
    name,
    value,
    against: null,
    ratios: [],
    target: target ?? null,
    verdict: target === undefined ? null : judge(judged, target, false),
    notes,
  };
}

/** A line that could not be measured because somebody was not there. */
function absent(about: {
  readonly suite: string;
  readonly name: string;
  readonly missing: string;
  readonly target: Target | null;
}): Line {
  const { suite, name, missing, target } = about;
  return {
    suite,
    name,
    value: null,
    against: null,
    ratios: [],
    target,
    verdict: "absent",
    notes: [`${missing} absent`],
  };
}

export function render(line: Line): string {
  const { against, ratios, target, value, verdict } = line;
  const parts = [line.suite.padEnd(7), line.name.padEnd(38)];
  if (value !== null) parts.push(short(value).padStart(7));
  if (against !== null) parts.push(`${against.name} ${short(against.value)}`.padEnd(16));
  if (ratios.length > 0) {
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    parts.push(`${ratio(median(ratios))} [${ratio(low)}..${ratio(high)}]`.padEnd(20));
  }
  parts.push(...line.notes);
  if (target !== null) parts.push(`${target.id} target ${target.op}${target.bound}`);
  if (verdict !== null) parts.push(verdict === "missed" ? "MISSED" : verdict);
  return parts.join("  ").trimEnd();
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the neighbours; NaN of nothing. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).toSorted();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(at)] ?? Number.NaN) - low) * (at - Math.floor(at));
}

function judge(value: number, { op, bound }: Target, noisy: boolean): Verdict {
  if (noisy) return "noisy";
  if (op === ">=") return value >= bound ? "ok" : "missed";
  const isMet = op === "<=" ? value <= bound : value < bound;
  return isMet ? "ok" : "missed";
}

function isNoisy(reference: readonly number[]): boolean {
  const spread = quantile(reference, 0.75) - quantile(reference, 0.25);
  return spread > NOISE_MAX * median(reference);
}

function ratio(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

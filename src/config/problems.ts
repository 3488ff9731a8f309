import { KbtError } from "../core/errors.ts";

/** One thing wrong with the configuration. */
export interface Problem {
  readonly path: string;
  /** Where the value came from, as people name it. */
  readonly source: string;
  /** Names the thing, the value and the rule. */
  readonly message: string;
}

/** All problems as one error, because mending them one run at a time is a poor way to spend an evening. */
export function configError(problems: readonly Problem[]): KbtError {
  const [first] = problems;
  const message =
    problems.length === 1 && first !== undefined
      ? first.message
      : `${problems.length} problems in the configuration:\n${problems.map((p) => `  - ${p.message}`).join("\n")}\n`;
  return new KbtError({
    kind: "config",
    code: "CONFIG_INVALID",
    message,
    hint: "correct it, then run: kbt config check",
    details: { problems },
  });
}

/** The nearest of `names` when it is near enough to be what was meant. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours; at least `cap` when it is not below that. */
export function editDistance(a: string, b: string, cap: number): number {
  if (Math.abs(a.length - b.length) >= cap) return cap;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  let [leastBefore, least] = [0, 0];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(cell(row, j) + 1, cell(next, j - 1) + 1, cell(row, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, cell(before, j - 2) + 1);
      }
      next.push(cost);
    }
    before = row;
    row = next;
    [leastBefore, least] = [least, Math.min(...row)];
    // What comes is no nearer than the nearest of two rows: names that have nothing to do with each other end here.
    if (least >= cap && leastBefore >= cap) return cap;
  }
  return cell(row, b.length);
}

function cell(row: readonly number[], at: number): number {
  return row[at] ?? Number.POSITIVE_INFINITY;
}

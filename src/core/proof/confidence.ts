import { gridConfidenceSequence } from "../calibration/confidence-sequence.ts";
import { squaredError } from "../calibration/scores.ts";
import { floatAt } from "../prob/number-at.ts";
import { windowMeans } from "./paired.ts";
import type { ConfidencePath, ProofOptions } from "./proof.ts";
import { type ProofRow, windowsOf } from "./rows.ts";

/**
 * Where the mean difference of Brier scores may lie after each window; all intervals together hold it with the stated
 * confidence, so that one may look at any of them.
 */
export function confidenceOf(
  rows: readonly ProofRow[],
  { alpha }: Pick<ProofOptions, "alpha">,
): ConfidencePath {
  const windows = windowsOf(rows);
  const d = windowMeans(
    rows.map(({ outcome, p, q }) => squaredError(q, outcome) - squaredError(p, outcome)),
    windows,
  );
  const { lower, upper } = gridConfidenceSequence({ d, lo: -1, hi: 1, alpha });
  let sum = 0;
  const path = d.map((value, i) => {
    sum += value;
    return {
      atMs: floatAt(windows.closes, i),
      mean: sum / (i + 1),
      lower: Math.max(-1, floatAt(lower, i)),
      upper: Math.min(1, floatAt(upper, i)),
    };
  });
  return { alpha, path };
}

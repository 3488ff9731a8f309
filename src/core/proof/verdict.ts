import { minimumDetectableEdge } from "../calibration/intervals.ts";
import { DAY_MS } from "../iso-time.ts";
import { confirmConditions, confirmWindows, type Findings, killConditions } from "./conditions.ts";
import type { Condition, ProofVerdict } from "./proof.ts";

/** One verdict from all findings (models.md §4.9 and §4.10). */
export function verdictOf(findings: Findings): ProofVerdict {
  const { effectiveWindows, options, wouldTrade } = findings;
  const { windows } = wouldTrade;
  const conditions = confirmConditions(findings);
  const kills = killConditions(findings);
  const isNoisy = effectiveWindows < options.minWindows || effectiveWindows === 0;
  const common = {
    conditions,
    kills,
    windows,
    effectiveWindows,
    minimumDetectableEdge: effectiveWindows === 0 ? null : minimumDetectableEdge(effectiveWindows),
  };
  if (isNoisy) {
    const reason = noisyReason(findings);
    return { ...common, name: "NOISY", reason, ...missing(findings, options.minWindows) };
  }
  const killed = kills.filter(({ met }) => met);
  if (killed.length > 0) {
    const reason = killed.map(({ found, rule }) => `${rule} (${found})`).join("; ");
    return { ...common, name: "KILL", reason, windowsMissing: null, daysMissing: null };
  }
  const open = conditions.filter(({ met }) => !met);
  if (open.length > 0) {
    const reason = openReason(open, conditions.length);
    return {
      ...common,
      name: "INCONCLUSIVE",
      reason,
      ...missing(findings, confirmWindows(options)),
    };
  }
  const reason = `all ${conditions.length} conditions are met`;
  return { ...common, name: "CONFIRMED", reason, windowsMissing: 0, daysMissing: 0 };
}

function noisyReason({ effectiveWindows, options, wouldTrade: { windows } }: Findings): string {
  const { minWindows } = options;
  if (windows === 0) return "no settled window yet in which it would trade";
  const worth = effectiveWindows < windows ? `, worth ${effectiveWindows} independent ones` : "";
  const more = Math.max(1, minWindows - effectiveWindows);
  const seen = windows === 1 ? "1 settled window" : `${windows} settled windows`;
  return `${seen} with a trade${worth}; ${more} more before anything can be said`;
}

function openReason(open: readonly Condition[], all: number): string {
  const [first] = open;
  const names = open.map(({ name }) => name).join(", ");
  return first === undefined ? "" : `${open.length} of ${all} conditions are not met: ${names}`;
}

/** Until the wealth and the number of windows suffice, were every bet to bring what they brought so far. */
function missing(
  { effectiveWindows, evidence, wouldTrade: { fromMs, untilMs, windows } }: Findings,
  floor: number,
): Pick<ProofVerdict, "windowsMissing" | "daysMissing"> {
  if (evidence.bets === 0 || evidence.logE <= 0) return { windowsMissing: null, daysMissing: null };
  const perBet = evidence.logE / evidence.bets;
  const bets = Math.max(0, (evidence.logThreshold - evidence.logE) / perBet);
  const windowsMissing = Math.ceil(Math.max(bets, floor - effectiveWindows, 0));
  const spanMs = fromMs === null || untilMs === null ? 0 : untilMs - fromMs;
  return {
    windowsMissing,
    daysMissing: windows === 0 ? null : (windowsMissing * spanMs) / (windows * DAY_MS),
  };
}

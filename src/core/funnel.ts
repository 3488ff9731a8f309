import type { Ms } from "./units.ts";

// Why nothing is traded: how many evaluations get past each step, and what each gate holds back alone.

/** Steps in the order in which they are asked; whatever a strategy asks besides comes before the limits. */
const STEPS = [
  "data",
  "strike",
  "time",
  "spread",
  "ev",
  "depth",
  "size",
  "strategy",
  "limits",
] as const;
export type Step = (typeof STEPS)[number];

const STEP_OF: Readonly<Record<string, Step>> = {
  strike_tbd: "strike",
  strike_invalid: "strike",
  tau_above_max: "time",
  closing_soon: "time",
  market_closed: "time",
  one_sided: "spread",
  spread_wide: "spread",
  ev_below_min: "ev",
  vol_guess: "ev",
  depth: "depth",
  stake_below_one: "size",
  "risk.size_zero": "size",
};

const DATA: ReadonlySet<string> = new Set([
  "no_book",
  "book_stale",
  "book_late",
  "book_crossed",
  "negative_size",
  "no_spot",
  "spot_stale",
  "spot_late",
  "no_sigma",
  "sigma_floor",
  "sigma_cap",
  "index_stale",
  "input_invalid",
  "fee_unknown",
  "payload_changed",
]);

/** The step that a gate belongs to, by its code. */
export function stepOf(code: string): Step {
  const known = STEP_OF[code];
  if (known !== undefined) return known;
  // What is being sold, or could not be, is not bought meanwhile.
  if (code.startsWith("risk.") || code.startsWith("exit_")) return "limits";
  return DATA.has(code) || code.startsWith("gap_") ? "data" : "strategy";
}

/** Evaluations of one market that ended alike. */
export interface VerdictGroup {
  readonly ticker: string;
  /** Settlement instant; null while the market is not described. */
  readonly closeMs: Ms | null;
  /** Codes of the gates that were shut, in the order in which they were asked; empty for a trade. */
  readonly failed: readonly string[];
  /** They began to sell a holding: no entries, and nothing that a gate let through. */
  readonly isExit: boolean;
  readonly count: number;
  /** Highest expected value among them, dollars per contract, and where it stands; null when none was computed. */
  readonly best: {
    readonly ev: number;
    readonly opportunityId: number;
    readonly atMs: Ms;
  } | null;
}

export interface Passed {
  readonly evaluations: number;
  readonly markets: number;
  /** Distinct settlement instants. */
  readonly windows: number;
}

export interface GateCount {
  readonly code: string;
  readonly step: Step;
  /** Evaluations at which it was shut. */
  readonly shut: number;
  /** Judged ones at which nothing else was: with this gate open they would have been trades. */
  readonly alone: number;
}

export interface NearMiss {
  readonly code: string;
  readonly ticker: string;
  readonly ev: number;
  readonly opportunityId: number;
  readonly atMs: Ms;
}

export interface Funnel {
  readonly seen: Passed;
  /** What got past each step and all before it. */
  readonly steps: readonly (Passed & { readonly step: Step })[];
  /** Most frequently alone first, then most frequently shut. */
  readonly gates: readonly GateCount[];
  /** Of what a single gate held back, the highest expected value; null when nothing was that near. */
  readonly nearest: NearMiss | null;
}

/** Of what might have become an entry; exits are left out. */
export function funnelOf(all: readonly VerdictGroup[]): Funnel {
  const groups = all.filter(({ isExit }) => !isExit);
  return {
    seen: passed(groups),
    steps: STEPS.map((step, at) => ({
      step,
      ...passed(groups.filter(({ failed }) => failed.every((code) => isAfter(code, at)))),
    })),
    gates: gateCounts(groups),
    nearest: nearestOf(groups),
  };
}

function isAfter(code: string, at: number): boolean {
  return STEPS.indexOf(stepOf(code)) > at;
}

/** How many evaluations, or orders, and of how many different markets and windows. */
export function passed(
  groups: readonly Pick<VerdictGroup, "closeMs" | "count" | "ticker">[],
): Passed {
  const markets = new Set<string>();
  const windows = new Set<Ms>();
  let evaluations = 0;
  for (const { closeMs, count, ticker } of groups) {
    evaluations += count;
    markets.add(ticker);
    if (closeMs !== null) windows.add(closeMs);
  }
  return { evaluations, markets: markets.size, windows: windows.size };
}

function gateCounts(groups: readonly VerdictGroup[]): GateCount[] {
  const counts = new Map<string, { shut: number; alone: number }>();
  for (const { best, count, failed } of groups) {
    for (const code of failed) {
      const known = counts.get(code) ?? { shut: 0, alone: 0 };
      known.shut += count;
      // Where nothing could be judged, nobody knows what the gates behind would have said.
      if (failed.length === 1 && best !== null) known.alone += count;
      counts.set(code, known);
    }
  }
  return [...counts]
    .map(([code, { alone, shut }]) => ({ code, step: stepOf(code), shut, alone }))
    .toSorted((a, b) => b.alone - a.alone || b.shut - a.shut || a.code.localeCompare(b.code));
}

function nearestOf(groups: readonly VerdictGroup[]): NearMiss | null {
  let nearest: NearMiss | null = null;
  for (const { best, failed, ticker } of groups) {
    const [code, ...others] = failed;
    if (best === null || code === undefined || others.length > 0) continue;
    if (nearest === null || best.ev > nearest.ev) nearest = { code, ticker, ...best };
  }
  return nearest;
}

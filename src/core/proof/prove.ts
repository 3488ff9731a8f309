import { pickForecasts, pickRows, wouldTrade } from "../calibration/pick-rows.ts";
import { floatAt } from "../prob/number-at.ts";
import type { Ms } from "../units.ts";
import { breakdownsOf } from "./breakdowns.ts";
import { tradesOf } from "./conditions.ts";
import { confidenceOf } from "./confidence.ts";
import { equityOf, type Realised } from "./equity.ts";
import { evBinsOf } from "./ev-bins.ts";
import { evidenceOf } from "./evidence.ts";
import { independentShare } from "./paired.ts";
import type { Coverage, FunnelStage, Parts, Proof, ProofOptions, ProofVersion } from "./proof.ts";
import { type ProofRow, profitOf, windowsOf } from "./rows.ts";
import { universeOf } from "./universe.ts";
import { verdictOf } from "./verdict.ts";

export const DEFAULT_PROOF_OPTIONS: ProofOptions = {
  minWindows: 100,
  eps: 1e-3,
  epsRobust: 0.01,
  alpha: 0.05,
  resamples: 2_000,
  draws: 1_000,
  seed: 1,
};

/** Share of the windows that is held out (models.md §4.1). */
const CONFIRMATION_SHARE = 0.4;

export interface ProofInput {
  readonly forecaster: string;
  /** At decision times, of one forecaster and every version, fit to be scored. */
  readonly rows: readonly ProofRow[];
  /** What led to orders that filled, at any time: when they did, and at what they cost. */
  readonly filled: readonly ProofRow[];
  /** Name of the parameters of each run. */
  readonly versionOf: ReadonlyMap<number, string>;
  /** Profits of the account, with the run that made them; null for what a cron job settled. */
  readonly realised: readonly (Realised & { readonly runId: number | null })[];
  /** Replays can be repeated until they please: only what comes after the first part of them is evidence. */
  readonly isReplay: boolean;
  readonly counts: Readonly<Record<"evaluated" | "with_probability" | "at_decision_time", number>>;
  readonly coverage: Coverage;
}

/** Is there an edge? Judges the newest version by what settled while it ran. */
export function proofOf(input: ProofInput, options: ProofOptions = DEFAULT_PROOF_OPTIONS): Proof {
  const versions = versionsOf(input);
  const version = versions[0] ?? null;
  const runs = new Set(version?.runs);
  const heard = pickRows(input.rows.filter(({ runId }) => runs.has(runId)));
  const rows = pickForecasts(heard);
  const wanted = pickForecasts(heard.filter(wouldTrade));
  const filled = input.filled.filter(({ runId }) => runs.has(runId));
  const traded = [...wanted.filter(isTaking), ...filled.filter(({ isResting }) => isResting)];
  const universes = {
    all: universeOf(rows, options),
    wouldTrade: universeOf(traded, options),
    filled: universeOf(filled, options),
  };
  const { confirmationRows, parts } = partsOf({ rows, traded }, options);
  const trades = tradesOf(traded);
  const from = input.isReplay ? parts.boundaryMs : null;
  const evidence = evidenceOf(
    from === null ? trades : trades.filter(({ closeMs }) => closeMs > from),
    { versions: versions.length, closes: rows.map(({ closeMs }) => closeMs) },
  );
  const evBins = evBinsOf(rows, options);
  const share = trades.length === 0 ? 1 : independentShare(trades.map(profitOf), windowsOf(trades));
  return {
    forecaster: input.forecaster,
    verdict: verdictOf({
      options,
      effectiveWindows: Math.floor(universes.wouldTrade.windows * share),
      evidence,
      evBins,
      wouldTrade: universes.wouldTrade,
      trades,
      confirmation: parts.confirmation,
      confirmationRows,
    }),
    version,
    versions,
    options,
    universes,
    parts,
    evidence,
    confidence: confidenceOf(rows, options),
    evBins,
    breakdowns: breakdownsOf({ heard, rows }, options),
    equity: equityOf(input.realised.filter(({ runId }) => runId === null || runs.has(runId))),
    funnel: funnelOf(input, { rows, wanted, filled }),
    coverage: input.coverage,
  };
}

/** What crosses the spread is a trade at what is asked; what waits is filled above all when it is wrong (models.md §3.3). */
function isTaking({ isResting }: ProofRow): boolean {
  return !isResting;
}

function versionsOf({ rows, versionOf }: ProofInput): readonly ProofVersion[] {
  const groups = new Map<string, ProofRow[]>();
  for (const row of rows) {
    const id = versionOf.get(row.runId) ?? "unknown";
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([id, own]) => versionFrom(id, own))
    .toSorted((a, b) => b.untilMs - a.untilMs);
}

function versionFrom(id: string, rows: readonly ProofRow[]): ProofVersion {
  const { closes } = windowsOf(rows);
  return {
    id,
    runs: [...new Set(rows.map(({ runId }) => runId))].toSorted((a, b) => a - b),
    fromMs: rows.reduce((least, { atMs }) => Math.min(least, atMs), Number.POSITIVE_INFINITY),
    untilMs: closes.at(-1) ?? 0,
    rows: pickForecasts(rows).length,
    windows: closes.length,
  };
}

interface Picked {
  readonly rows: readonly ProofRow[];
  readonly traded: readonly ProofRow[];
}

function partsOf(
  { rows, traded }: Picked,
  options: ProofOptions,
): { readonly parts: Parts; readonly confirmationRows: readonly ProofRow[] } {
  const boundaryMs = boundaryOf(rows);
  const isHeld = ({ closeMs }: ProofRow): boolean => boundaryMs !== null && closeMs > boundaryMs;
  const isEarly = (row: ProofRow): boolean => !isHeld(row);
  // Bands and resamples are for the whole; of the parts the verdict only asks whether the held-out one is calibrated.
  const plain = { ...options, draws: 0, resamples: 0 };
  const confirmationRows = traded.filter(isHeld);
  return {
    parts: {
      boundaryMs,
      development: {
        all: universeOf(rows.filter(isEarly), plain),
        wouldTrade: universeOf(traded.filter(isEarly), plain),
      },
      confirmation: {
        all: universeOf(rows.filter(isHeld), { ...options, resamples: 0 }),
        wouldTrade: universeOf(confirmationRows, plain),
      },
    },
    confirmationRows,
  };
}

function boundaryOf(rows: readonly ProofRow[]): Ms | null {
  const { closes } = windowsOf(rows);
  const heldOut = Math.round(closes.length * CONFIRMATION_SHARE);
  return heldOut < 1 || closes.length < 2 ? null : floatAt(closes, closes.length - heldOut - 1);
}

function funnelOf(
  { counts }: ProofInput,
  { filled, rows, wanted }: Readonly<Record<"rows" | "wanted" | "filled", readonly ProofRow[]>>,
): readonly FunnelStage[] {
  return [
    { name: "evaluated", rows: counts.evaluated },
    { name: "with_probability", rows: counts.with_probability },
    { name: "at_decision_time", rows: counts.at_decision_time },
    { name: "scored", rows: rows.length },
    { name: "would_trade", rows: wanted.length },
    { name: "filled", rows: filled.length },
  ];
}

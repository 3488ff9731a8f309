import { isExit } from "../records.ts";
import type { Ms, Prob } from "../units.ts";

/** One recorded evaluation whose market has settled. */
export interface ScoredRow {
  /** Settlement instant: the unit of evidence, since all its strikes share one outcome (models.md §4.1). */
  readonly window: string;
  readonly ticker: string;
  readonly atMs: Ms;
  readonly tauS: number;
  readonly strategy: string;
  readonly seriesTicker: string;
  /** Null where the model said nothing; then the strategy did. */
  readonly pModel: Prob | null;
  /** What the strategy decided by where that was not the model's. */
  readonly pStrategy: Prob | null;
  /** YES mid; null when there was no benchmark. */
  readonly pMarket: Prob | null;
  /** 1 when YES won. */
  readonly outcome: 0 | 1;
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  /** Codes of all gates that were shut, separated by commas; null on rows of versions that noted the reason alone. */
  readonly failed: string | null;
}

/** Seconds before the close at which a row is taken, fixed beforehand so that nobody can pick the flattering tick. */
export const DECISION_TIMES_S: Readonly<Record<"quarter" | "hourly", readonly number[]>> = {
  quarter: [720, 480, 300, 180],
  hourly: [2_700, 1_800, 900, 600, 300],
};

/** A row that comes later than this after a decision time says nothing about it. */
const DECISION_SLACK_S = 5;

/** Decision times of a series: 15-minute markets carry `15M` in their name. */
function decisionTimesOf(seriesTicker: string): readonly number[] {
  return DECISION_TIMES_S[seriesTicker.includes("15M") ? "quarter" : "hourly"];
}

/** Decision time that a row belongs to, in seconds before the close; null between them. */
export function decisionTimeOf({
  seriesTicker,
  tauS,
}: Pick<ScoredRow, "seriesTicker" | "tauS">): number | null {
  return (
    decisionTimesOf(seriesTicker).find((at) => tauS <= at && tauS >= at - DECISION_SLACK_S) ?? null
  );
}

/** The strategy wanted to buy; whether a limit of the account allowed it says nothing about the forecast. */
export function wouldTrade(row: Pick<ScoredRow, "decision" | "reason">): boolean {
  return (row.decision === "trade" && !isExit(row)) || row.reason.startsWith("risk.");
}

type Timed = Pick<ScoredRow, "atMs" | "seriesTicker" | "strategy" | "tauS" | "ticker">;

/** For each strategy, market and decision time the first row at or after it; rows may come in any order. */
export function pickRows<Row extends Timed>(rows: readonly Row[]): Row[] {
  return pick(rows, ({ strategy }) => strategy);
}

/** The same whoever looked: of one forecast, however many strategies heard it, a market and time have one row. */
export function pickForecasts<Row extends Timed>(rows: readonly Row[]): Row[] {
  return pick(rows, () => "");
}

/** Rows on their way in, of which only what a pick can choose is kept: most are of moments just after another. */
export interface FirstLooks<Row> {
  add(row: Row): void;
  rows(): readonly Row[];
  /** How many were added. */
  added(): number;
}

/** Picks choose by run at the finest, and by whether there was a probability to score. */
export function firstLooks<
  Row extends Timed & Pick<ScoredRow, "pModel" | "pStrategy"> & { readonly runId: number },
>(): FirstLooks<Row> {
  const kept = new Map<string, Row>();
  let count = 0;
  return {
    add(row) {
      count++;
      const { pModel, pStrategy, runId, strategy, ticker } = row;
      const had = `${pModel === null} ${pStrategy === null}`;
      keepFirst(kept, `${runId} ${strategy} ${ticker} ${decisionTimeOf(row)} ${had}`, row);
    },
    rows: () => [...kept.values()],
    added: () => count,
  };
}

function pick<Row extends Timed>(rows: readonly Row[], who: (row: Row) => string): Row[] {
  const picked = new Map<string, Row>();
  for (const row of rows) {
    const time = decisionTimeOf(row);
    if (time !== null) keepFirst(picked, `${who(row)} ${row.ticker} ${time}`, row);
  }
  return [...picked.values()];
}

function keepFirst<Row extends Timed>(picked: Map<string, Row>, key: string, row: Row): void {
  const known = picked.get(key);
  if (known === undefined || row.atMs < known.atMs) picked.set(key, row);
}

import type { DecisionHash } from "../../core/replay/decision-hash.ts";
import type { Db } from "./open.ts";

/** What a run leaves at its end, for itself and for its replay. */
interface RunEnd {
  readonly endMs: number;
  readonly exitCode: number;
  /** When it let go of what was under way; null for a run that had nothing to let go of. */
  readonly finishedMs: number | null;
  readonly decisions: DecisionHash;
}

/** Puts on file what a run starts from besides its configuration. The caller owns the transaction. */
export function stampStart(db: Db, runId: number, start: object): void {
  db.prepare("UPDATE runs SET start_json = ? WHERE run_id = ?").run(JSON.stringify(start), runId);
}

/** Puts the end of a run on file. The caller owns the transaction. */
export function stampEnd(
  db: Db,
  runId: number,
  { decisions, endMs, exitCode, finishedMs }: RunEnd,
): void {
  db.prepare(
    `UPDATE runs SET ended_ms = ?, exit_code = ?, finished_ms = ?, decisions = ?, decisions_hash = ?
     WHERE run_id = ?`,
  ).run(endMs, exitCode, finishedMs, decisions.rows, decisions.digest(), runId);
}

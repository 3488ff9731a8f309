import type { Db } from "./open.ts";

/** The simulated account of a run, which an earlier run may have opened. */
export interface RunAccount {
  /** First run on it. */
  readonly account: number;
  /** Run that this one goes on from; null for a new account. */
  readonly continues: number | null;
}

/**
 * Gives a new run its account: that of the newest run with the same key that has ended and that nobody goes on from yet.
 * Belongs into the transaction that starts the run, after runs that were killed have got their end.
 */
export function openAccount(db: Db, runId: number, accountKey: string): RunAccount {
  const last = db
    .prepare<[string], { runId: number; account: number }>(
      `SELECT a.run_id AS runId, a.account FROM run_accounts a JOIN runs r USING (run_id)
       WHERE a.account_key = ? AND r.ended_ms IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM run_accounts b WHERE b.continues = a.run_id)
       ORDER BY a.run_id DESC LIMIT 1`,
    )
    .get(accountKey);
  const opened = { account: last?.account ?? runId, continues: last?.runId ?? null };
  db.prepare(
    "INSERT INTO run_accounts (run_id, account_key, continues, account) VALUES (?, ?, ?, ?)",
  ).run(runId, accountKey, opened.continues, opened.account);
  return opened;
}

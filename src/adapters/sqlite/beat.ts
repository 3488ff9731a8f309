import type { Db } from "./open.ts";

/** How often a run says that it lives. */
export const BEAT_MS = 1_000;

/** The sign of life of one run; the caller owns the transaction. */
export interface Beat {
  /** Writes it when it is due, with the receive time of the newest event if there was one. */
  write(newestMs: number | null): void;
  /** The caller's transaction is on file. */
  committed(): void;
}

export function createBeat(db: Db, runId: number, wallMs: () => number): Beat {
  const update = db.prepare(
    "UPDATE run_processes SET beat_ms = ?, newest_ms = max(newest_ms, coalesce(?, newest_ms)) WHERE run_id = ?",
  );
  let doneMs = 0;
  let writtenMs = 0;
  return {
    write(newestMs) {
      writtenMs = wallMs();
      // A clock that was set back beats at once.
      if (Math.abs(writtenMs - doneMs) < BEAT_MS) writtenMs = doneMs;
      else update.run(writtenMs, newestMs, runId);
    },
    committed() {
      doneMs = writtenMs;
    },
  };
}

import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** What became of an exit, as its risk events tell. */
export interface ExitEnd {
  readonly state: "flat" | "stranded";
  readonly atMs: number;
  /** Contracts that are left. */
  readonly left: number;
  /** Why it ended, without the ticker. */
  readonly why: string;
}

interface Raw {
  readonly kind: string;
  readonly atMs: number;
  readonly value: number | null;
  readonly reason: string;
}

/** How the exit ended that this run began in that market at that time; null while it is at work, or was cut off. */
export function exitEnd(
  reader: Reader,
  began: { readonly runId: number; readonly ticker: string; readonly atMs: number },
): ExitEnd | null {
  const row = reading(reader, () =>
    reader.db
      .prepare<Record<string, string | number>, Raw>(
        `SELECT kind, at_ms AS atMs, value, substr(reason, length(:ticker) + 2) AS reason FROM risk_events
         WHERE run_id = :runId AND kind IN ('exit_flat', 'exit_stranded')
           AND substr(reason, 1, length(:ticker) + 1) = :ticker || ' '
           AND risk_event_id > (SELECT min(risk_event_id) FROM risk_events
             WHERE run_id = :runId AND kind = 'exit_committed' AND at_ms = :atMs
               AND substr(reason, 1, length(:ticker) + 1) = :ticker || ' ')
         ORDER BY risk_event_id LIMIT 1`,
      )
      .get({ ...began }),
  );
  if (row === undefined) return null;
  const state = row.kind === "exit_flat" ? "flat" : "stranded";
  return { state, atMs: row.atMs, left: row.value ?? 0, why: row.reason };
}

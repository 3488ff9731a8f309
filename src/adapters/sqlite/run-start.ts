import { BUILD_COMMIT } from "../platform/build-commit.ts";
import { isPidTaken, isRunning, ownProcess } from "../platform/process-identity.ts";
import { EVENT_TABLES } from "./event-tables.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db } from "./open.ts";
import { openAccount, type RunAccount } from "./run-accounts.ts";

// The start of a run is also the moment to look after those that did not end: nobody else will say what they missed.

export interface NewRun {
  readonly mode: string;
  readonly startedMs: number;
  readonly version: string;
  readonly config: object;
  readonly command: string;
  /** Ways to price that evaluations of this run name by their version. */
  readonly models?: readonly ModelFacts[] | undefined;
  /** Runs with the same one go on from each other (run-accounts.ts); left out, the run is on an account of its own. */
  readonly accountKey?: string | undefined;
}

/** A way to price and everything that makes it what it is. */
export interface ModelFacts {
  readonly name: string;
  readonly version: string;
  readonly params: object;
}

export interface StartedRun {
  readonly runId: number;
  /** Numbers of the `crash` gaps that this start has written; they last until data flows. */
  readonly crashGaps: readonly number[];
  /** Null for a run that has no key. */
  readonly account: RunAccount | null;
}

interface OpenRun {
  readonly runId: number;
  readonly startedMs: number;
  readonly pid: number;
  readonly namespace: string | null;
  readonly start: string | null;
  readonly beatMs: number;
  readonly newestMs: number;
}

/** Beyond it a run whose process cannot be looked up is taken for dead; a living one says so every second. */
const SILENT_MS = 60_000;

/** Those with the receive time counted from the start of the run; a settlement carries its own. */
const TIMED_TABLES = EVENT_TABLES.filter((table) => table !== "settlement_receipts");

/**
 * Registers a run of this process and writes the hole behind each run that was killed, in one transaction: of two
 * processes that start at once, one finds it and the other finds it done. Run it as IMMEDIATE.
 */
export function runStart(db: Db, run: NewRun, wallMs: number): StartedRun {
  const started = db
    .prepare(
      `INSERT INTO runs (mode, started_ms, version, code_commit, command, config_json)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(
      run.mode,
      run.startedMs,
      run.version,
      BUILD_COMMIT,
      run.command,
      JSON.stringify(run.config),
    );
  const runId = Number(started.lastInsertRowid);
  registerModels(db, run.models ?? []);
  const killed = openRuns(db).filter((other) => isGone(other, wallMs));
  const crashGaps = killed.map((other) => recover(db, other, { runId, startedMs: run.startedMs }));
  const { pid, namespace, start } = ownProcess();
  db.prepare(
    `INSERT INTO run_processes (run_id, pid, pid_namespace, process_start, beat_ms, newest_ms)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(runId, pid, namespace, start, wallMs, run.startedMs);
  const { accountKey } = run;
  const account = accountKey === undefined ? null : openAccount(db, runId, accountKey);
  return { runId, crashGaps, account };
}

function registerModels(db: Db, models: readonly ModelFacts[]): void {
  const insert = db.prepare(
    "INSERT INTO pricing_models (name, version, params_json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  for (const { name, version, params } of models) insert.run(name, version, JSON.stringify(params));
}

function openRuns(db: Db): OpenRun[] {
  return db
    .prepare<[], OpenRun>(
      `SELECT r.run_id AS runId, r.started_ms AS startedMs, p.pid, p.pid_namespace AS namespace,
              p.process_start AS start, p.beat_ms AS beatMs, p.newest_ms AS newestMs
       FROM runs r JOIN run_processes p ON p.run_id = r.run_id
       WHERE r.ended_ms IS NULL AND p.recovered_by IS NULL ORDER BY r.run_id`,
    )
    .all();
}

// Slow or suspended is not gone. Where the process itself can be looked up, nothing else counts; elsewhere (no /proc,
// another container) a minute of silence must come on top of a pid that nobody has.
function isGone(run: OpenRun, wallMs: number): boolean {
  const running = isRunning(run);
  if (running !== null) return !running;
  return wallMs - run.beatMs > SILENT_MS && !isPidTaken(run.pid);
}

/** Writes what a killed run missed and gives the number of that row. */
function recover(
  db: Db,
  run: OpenRun,
  by: { readonly runId: number; readonly startedMs: number },
): number {
  // Rows that were thinned out since, or moved into segments, were there when the beat was written.
  const newestMs = Math.max(run.newestMs, run.startedMs + newestDt(db, run));
  // Beyond every event that the run can have had, so that the two are never mixed up.
  const ev = (run.runId + 1) * EV_PER_RUN - 1;
  // The receive time is the run's last instant: a replay of that run must not wait for the next one.
  db.prepare(
    `INSERT INTO gaps (ev, source, reason, tickers_json, from_ms, to_ms, dt_ms)
     VALUES (?, 'run', 'crash', '[]', ?, ?, ?)`,
  ).run(ev, newestMs, Math.max(newestMs, by.startedMs), newestMs - run.startedMs);
  db.prepare("UPDATE runs SET ended_ms = ? WHERE run_id = ?").run(newestMs, run.runId);
  db.prepare("UPDATE run_processes SET recovered_by = ? WHERE run_id = ?").run(by.runId, run.runId);
  return ev;
}

function newestDt(db: Db, { runId, startedMs }: OpenRun): number {
  const columns = TIMED_TABLES.map((table) => last("dt_ms", table));
  columns.push(
    `${last("json_extract(event_json, '$.recvMs')", "settlement_receipts")} - ${startedMs}`,
  );
  const newest = db
    .prepare<{ low: number; high: number }, { dt: number | null }>(
      `SELECT max(dt) AS dt FROM (${columns.map((column) => `SELECT ${column} AS dt`).join(" UNION ALL ")})`,
    )
    .get({ low: runId * EV_PER_RUN, high: (runId + 1) * EV_PER_RUN });
  return newest?.dt ?? 0;
}

function last(column: string, table: string): string {
  return `(SELECT ${column} FROM ${table} WHERE ev >= :low AND ev < :high ORDER BY ev DESC LIMIT 1)`;
}

import { KbtError } from "../../core/errors.ts";
import type { MarketEvent, Settlement } from "../../core/events.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  PessimisticLeg,
  PositionRecord,
  RiskRecord,
} from "../../core/records.ts";
import { asStored } from "../../core/replay/as-stored.ts";
import { DecisionHash } from "../../core/replay/decision-hash.ts";
import type { Feed, Recorder } from "../../ports.ts";
import { createSystemClock } from "../platform/system-clock.ts";
import { AuditQueue, type AuditWork } from "./audit-queue.ts";
import { type AuditRows, createAuditRows, type Owner } from "./audit-rows.ts";
import { createBallast } from "./ballast.ts";
import type { BulkRows } from "./bulk-rows.ts";
import { LIVE_ATTEMPTS, LOCK_PATIENCE_MS, PATIENT_ATTEMPTS, retryBusy } from "./busy.ts";
import { storeError } from "./errors.ts";
import { createEvaluationWriter } from "./evaluation-rows.ts";
import { createFeedAccounts } from "./feed-accounts.ts";
import { inlineRows } from "./inline-rows.ts";
import { createNames } from "./names.ts";
import { type DbEnv, openWriter, type Writer } from "./open.ts";
import type { RunAccount } from "./run-accounts.ts";
import { stampEnd, stampStart } from "./run-stamps.ts";
import { type ModelFacts, runStart, type StartedRun } from "./run-start.ts";
import { Tally, type Transactions } from "./tally.ts";
import { threadRows } from "./thread-rows.ts";

export type RunMode =
  | "collect"
  | "paper"
  | "live"
  | "backtest"
  | "preview"
  | "ledger"
  | "calibrate"
  | "doctor";

export interface RecorderOptions {
  readonly path: string;
  readonly env: DbEnv;
  readonly account?: string | undefined;
  readonly maxPages?: number | undefined;
  /** Rows that are committed together at most. */
  readonly batchRows?: number | undefined;
  /**
   * Who writes market rows and evaluations: a thread, so that no commit stops the decision loop, or the caller itself
   * (default), for runs in which equal seeds must leave equal files.
   */
  readonly writer?: "thread" | "inline" | undefined;
  /** How long the writer thread waits for a lock before that is an error. */
  readonly lockPatienceMs?: number | undefined;
  /** What is put on file: a backtest has its inputs there already, and adds what it decided. */
  readonly rows?: "all" | "decisions" | undefined;
  readonly run: {
    readonly mode: RunMode;
    readonly startedMs: number;
    readonly version: string;
    readonly config: object;
    readonly command: string;
    readonly models?: readonly ModelFacts[] | undefined;
    readonly accountKey?: string | undefined;
  };
  nowMs(): number;
}

export interface SqliteRecorder extends Recorder {
  /** Rows in memory that are not committed yet. */
  readonly pendingRows: number;
  readonly transactions: Transactions;
  /** The simulated account that the run trades on; null for a run without one. */
  readonly account: RunAccount | null;
  /** Puts on file what the run starts from besides its configuration, for a replay to be given the same. */
  startsFrom(start: object): void;
}

const BATCH_ROWS_DEFAULT = 2_000;
const FILE_CHECK_MS = 5_000;

/** Opens the database for one run and starts recording. */
export function createRecorder(options: RecorderOptions): SqliteRecorder {
  const { path, env, account, maxPages, run } = options;
  const writer = openWriter(path, { env, account, maxPages });
  try {
    return new RunRecorder(writer, options, startRun(writer, run));
  } catch (error) {
    writer.close();
    throw storeError(error, path);
  }
}

function startRun(writer: Writer, run: RecorderOptions["run"]): StartedRun {
  const { durable } = writer;
  const wallMs = createSystemClock().nowMs();
  const start = durable.transaction(() => runStart(durable, run, wallMs));
  return retryBusy(() => start.immediate(), PATIENT_ATTEMPTS);
}

function openRows(
  writer: Writer,
  options: RecorderOptions,
  tally: Tally,
  started: StartedRun,
): BulkRows {
  const { startedMs, mode } = options.run;
  const clock = createSystemClock();
  const setup = {
    path: writer.path,
    run: { ...started, startedMs, clock },
    batchRows: options.batchRows ?? BATCH_ROWS_DEFAULT,
    tally,
    attempts: mode === "live" ? LIVE_ATTEMPTS : PATIENT_ATTEMPTS,
  };
  if (options.writer !== "thread") return inlineRows(writer.bulk, setup);
  // The thread has its own.
  writer.bulk.close();
  const { lockPatienceMs = LOCK_PATIENCE_MS, maxPages } = options;
  return threadRows({ ...setup, lockPatienceMs, maxPages });
}

class RunRecorder implements SqliteRecorder {
  readonly runId: number;
  readonly account: RunAccount | null;
  readonly #writer: Writer;
  readonly #owner: Owner;
  readonly #nowMs: () => number;
  readonly #tally = new Tally();
  readonly #rows: BulkRows;
  readonly #audit: AuditRows;
  readonly #evaluation: (row: Opportunity) => void;
  readonly #queue: AuditQueue;
  readonly #withInputs: boolean;
  readonly #decisions = new DecisionHash();
  #finishedMs: number | null = null;
  #fileCheckedMs: number;
  #attempts: number;
  #closing: Promise<void> | null = null;

  constructor(writer: Writer, options: RecorderOptions, started: StartedRun) {
    const { runId } = started;
    const { mode, startedMs } = options.run;
    this.runId = runId;
    this.account = started.account;
    this.#writer = writer;
    this.#withInputs = options.rows !== "decisions";
    this.#owner = { runId, mode };
    this.#nowMs = () => options.nowMs();
    this.#fileCheckedMs = options.nowMs();
    this.#audit = createAuditRows(writer.durable);
    this.#evaluation = evaluationRow(writer, { runId, startedMs });
    this.#attempts = mode === "live" ? LIVE_ATTEMPTS : PATIENT_ATTEMPTS;
    const rows = openRows(writer, options, this.#tally, started);
    this.#rows = rows;
    this.#queue = new AuditQueue({
      path: writer.path,
      durable: writer.durable,
      ballast: mode === "live" ? createBallast(writer.path) : null,
      attempts: () => this.#attempts,
      exclusively: (work) => rows.exclusively(work),
      count: (table) => this.#tally.count(table, 1),
    });
  }

  get pendingRows(): number {
    return this.#rows.pendingRows + this.#queue.pending;
  }

  get transactions(): Transactions {
    if (this.#closing === null) this.#rows.poll();
    return this.#tally.transactions;
  }

  event(event: MarketEvent, feed: string | null = null): void {
    if (!this.#withInputs) return;
    this.#rows.event(event, feed);
    if (event.type === "settlement") this.#settle(event);
    if (this.#rows.isDue) this.flush();
  }

  opportunity(row: Opportunity): void {
    this.#decisions.add("opportunity", asStored(row));
    this.#rows.opportunity(row);
    if (this.#rows.isDue) this.flush();
  }

  /** Refused outright when it cannot be committed: an order that is not on file must not be sent. */
  order(row: OrderRecord): void {
    this.#decisions.add("order", row);
    // The evaluation it points to must be there first, or with it.
    const evaluation = this.#rows.claim(row.opportunityId);
    const works: AuditWork[] = [];
    if (evaluation !== null) {
      works.push(() => {
        this.#evaluation(evaluation);
        return "opportunities";
      });
    }
    works.push(() => {
      this.#audit.order(this.#owner, row);
      return "orders";
    });
    try {
      this.#queue.refuseUnlessSaved(works);
    } catch (error) {
      if (evaluation !== null) this.#rows.opportunity(evaluation);
      throw error;
    }
  }

  orderEvent(row: OrderEventRecord): void {
    this.#decisions.add("orderEvent", row);
    this.#queue.keep(() => {
      this.#audit.orderEvent(this.#owner, row);
      return "order_events";
    });
  }

  fill(row: FillRecord): void {
    this.#decisions.add("fill", row);
    this.#queue.keep(() => (this.#audit.fill(this.#owner, row) ? "fills" : null));
  }

  ledger(row: LedgerRecord): void {
    this.#decisions.add("ledger", row);
    this.#queue.keep(() => (this.#audit.ledger(this.#owner, row) ? "trade_ledger" : null));
  }

  pessimistic(leg: PessimisticLeg): void {
    this.#queue.keep(() => (this.#audit.pessimistic(this.#owner, leg) ? "pessimistic_legs" : null));
  }

  position(row: PositionRecord): void {
    this.#decisions.add("position", row);
    this.#queue.keep(() => {
      this.#audit.position(this.#owner, row);
      return "positions_snapshots";
    });
  }

  risk(row: RiskRecord): void {
    this.#decisions.add("risk", row);
    this.#queue.keep(() => {
      this.#audit.risk(this.#owner, row);
      return "risk_events";
    });
  }

  together(rows: () => void): void {
    this.#queue.together(rows);
  }

  startsFrom(start: object): void {
    const work = (): null => {
      stampStart(this.#writer.durable, this.runId, start);
      return null;
    };
    this.#queue.refuseUnlessSaved([work]);
  }

  finished(atMs: number): void {
    this.#finishedMs = atMs;
  }

  /** A locked database is no error yet: the rows stay in memory and the next flush takes them along. */
  flush(): void {
    if (this.#closing !== null) return;
    this.#checkFile();
    this.#rows.flush();
    this.#queue.flush();
  }

  async drain(): Promise<void> {
    if (this.#closing !== null) return;
    this.#checkFile();
    await this.#rows.drain();
    this.#queue.drain();
  }

  counts(): ReadonlyMap<string, number> {
    if (this.#closing === null) this.#rows.poll();
    return this.#tally.counts();
  }

  stored(): ReadonlyMap<string, number> {
    if (this.#closing === null) this.#rows.poll();
    return this.#tally.stored;
  }

  close(exitCode: number, feeds: readonly Feed[] = []): Promise<void> {
    this.#closing ??= this.#end(exitCode, feeds);
    return this.#closing;
  }

  async #end(exitCode: number, feeds: readonly Feed[]): Promise<void> {
    this.#attempts = PATIENT_ATTEMPTS;
    const endMs = this.#nowMs();
    try {
      // Rows that could not be written are a hole, and a run without an end is what the next start finds one behind.
      const refused = await refusedRow(this.#rows.finish(endMs));
      this.#stampEnd(endMs, exitCode, feeds);
      if (refused !== null) throw refused;
    } finally {
      // The other connection last: the last one to close folds the WAL back into the file.
      this.#writer.durable.close();
      await this.#rows.close();
    }
  }

  #stampEnd(endMs: number, exitCode: number, feeds: readonly Feed[]): void {
    const writeAccounts = createFeedAccounts(this.#writer.durable, this.runId);
    const accounts = feeds.map(({ name: feed, stats }) => ({
      feed,
      stats,
      stored: this.#tally.stored.get(feed) ?? 0,
    }));
    const end = { endMs, exitCode, finishedMs: this.#finishedMs, decisions: this.#decisions };
    const work = (): null => {
      writeAccounts(accounts);
      stampEnd(this.#writer.durable, this.runId, end);
      return null;
    };
    this.#queue.refuseUnlessSaved([work]);
  }

  #settle(event: Settlement): void {
    this.#queue.keep(() => (this.#audit.settlement(this.#owner, event) ? "settlements" : null));
  }

  // An unlinked or replaced file takes writes without a word.
  #checkFile(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#fileCheckedMs < FILE_CHECK_MS) return;
    this.#fileCheckedMs = nowMs;
    this.#writer.assertSameFile();
  }
}

/** A row that was refused while all others are safe; any other failure is thrown. */
async function refusedRow(finished: Promise<void>): Promise<KbtError | null> {
  try {
    await finished;
    return null;
  } catch (error) {
    if (error instanceof KbtError && error.code === "ROW_REFUSED") return error;
    throw error;
  }
}

function evaluationRow(
  writer: Writer,
  run: { readonly runId: number; readonly startedMs: number },
): (row: Opportunity) => void {
  const names = createNames(writer.durable);
  const evaluations = createEvaluationWriter(writer.durable, names, run);
  return (row) => {
    // Rolled back transactions leave no ids behind, and orders are rare: look them up each time.
    names.forget();
    evaluations.forget();
    evaluations.write(row);
  };
}

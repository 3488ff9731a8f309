import { KbtError } from "../../core/errors.ts";
import type { MarketEvent, Settlement } from "../../core/events.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  PositionRecord,
  RiskRecord,
} from "../../core/records.ts";
import type { Feed, Recorder } from "../../ports.ts";
import { type AuditRows, createAuditRows, type Owner } from "./audit-rows.ts";
import { type Ballast, createBallast } from "./ballast.ts";
import { retryBusy } from "./busy.ts";
import { isBusy, isFull, isRefusedRow, storeError } from "./errors.ts";
import { createEvaluationWriter } from "./evaluation-rows.ts";
import { createEventWriter, type WriteEvent } from "./event-rows.ts";
import { createFeedAccounts } from "./feed-accounts.ts";
import { createNames, type Names } from "./names.ts";
import { EV_PER_RUN } from "./numbering.ts";
import { type DbEnv, openWriter, type Writer } from "./open.ts";
import { createOutages, type Outages } from "./outages.ts";

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
  readonly run: {
    readonly mode: RunMode;
    readonly startedMs: number;
    readonly version: string;
    readonly config: object;
    readonly command: string;
  };
  nowMs(): number;
}

export interface SqliteRecorder extends Recorder {
  /** Rows in memory that are not committed yet. */
  readonly pendingRows: number;
}

const BATCH_ROWS_DEFAULT = 500;
/** About 40 MB: minutes of a busy feed, after which waiting for the lock or for disk space has no point. */
const PENDING_MAX = 100_000;
/** Flushes that may find the database locked in a row: twelve seconds at four a second. */
const BUSY_FLUSHES_MAX = 40;
/**
 * Tries of a write that somebody waits for, about 150 ms each. In a live run a held lock is a fault, and waiting for it
 * would freeze the event loop; elsewhere nothing is lost by patience, and two fast simulations may share a file.
 */
const LIVE_ATTEMPTS = 2;
const PATIENT_ATTEMPTS = 50;
const FILE_CHECK_MS = 5_000;

const TABLE_OF: Readonly<Record<Exclude<MarketEvent["type"], "wake" | "settlement">, string>> = {
  spot: "spot_ticks",
  depth: "spot_depth",
  funding: "funding_rates",
  drift: "feed_drifts",
  index: "index_ticks",
  candle: "candles",
  market: "kalshi_markets",
  snapshot: "kalshi_orderbook_snapshots",
  delta: "kalshi_orderbook_deltas",
  ticker: "kalshi_tickers",
  trade: "kalshi_trades",
  gap: "feed_gaps",
};

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

function startRun(writer: Writer, run: RecorderOptions["run"]): number {
  const insert = writer.durable.prepare(
    "INSERT INTO runs (mode, started_ms, version, command, config_json) VALUES (?, ?, ?, ?, ?)",
  );
  const config = JSON.stringify(run.config);
  const { lastInsertRowid } = retryBusy(
    () => insert.run(run.mode, run.startedMs, run.version, run.command, config),
    PATIENT_ATTEMPTS,
  );
  return Number(lastInsertRowid);
}

/** Writes audit rows and names the table that got one more, null when none did. */
type AuditWork = () => string | null;

/** What becomes of an audit row that cannot be committed: an intent is refused, what has happened is kept. */
type Otherwise = "refuse" | "keep";

class RunRecorder implements SqliteRecorder {
  readonly runId: number;
  readonly #writer: Writer;
  readonly #owner: Owner;
  readonly #nowMs: () => number;
  readonly #names: Names;
  readonly #writeEvent: WriteEvent;
  readonly #outages: Outages;
  readonly #evaluations: ReturnType<typeof createEvaluationWriter>;
  readonly #audit: AuditRows;
  readonly #ballast: Ballast | null;
  readonly #commitBatch: { immediate(): void };
  readonly #commitAudit: { immediate(queue: readonly AuditWork[]): (string | null)[] };
  readonly #markets = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #stored = new Map<string, number>();
  #events: MarketEvent[] = [];
  /** The feed of each event. */
  #feeds: (string | null)[] = [];
  #opportunities: Opportunity[] = [];
  /** Audit rows that could not be committed yet; they go before the next one. */
  #unsaved: AuditWork[] = [];
  #nextEv: number;
  readonly #batchRows: number;
  #flushAt: number;
  #busyFlushes = 0;
  #fileCheckedMs: number;
  #duplicates = 0;
  #batchDuplicates = 0;
  #lastFailure: KbtError | undefined;
  /** Where in the batch the transaction is, so that a refused row can be named and taken out. */
  #cursor: { list: unknown[]; at: number } = { list: [], at: 0 };
  #attempts: number;
  #closed = false;

  constructor(writer: Writer, options: RecorderOptions, runId: number) {
    const { run } = options;
    this.#batchRows = options.batchRows ?? BATCH_ROWS_DEFAULT;
    this.#flushAt = this.#batchRows;
    this.runId = runId;
    this.#writer = writer;
    this.#owner = { runId, mode: run.mode };
    this.#nowMs = () => options.nowMs();
    this.#fileCheckedMs = options.nowMs();
    this.#nextEv = runId * EV_PER_RUN;
    this.#names = createNames(writer.bulk);
    const startedMs = run.startedMs;
    this.#writeEvent = createEventWriter({ db: writer.bulk, names: this.#names, startedMs });
    this.#outages = createOutages(writer.bulk, { runId, startedMs });
    this.#evaluations = createEvaluationWriter(writer.bulk, this.#names, { runId, startedMs });
    this.#audit = createAuditRows(writer.durable);
    this.#attempts = run.mode === "live" ? LIVE_ATTEMPTS : PATIENT_ATTEMPTS;
    this.#ballast = run.mode === "live" ? createBallast(writer.path) : null;
    this.#commitBatch = writer.bulk.transaction(() => this.#writeBatch());
    this.#commitAudit = writer.durable.transaction((queue: readonly AuditWork[]) =>
      queue.map((work) => work()),
    );
  }

  get pendingRows(): number {
    return this.#events.length + this.#opportunities.length + this.#unsaved.length;
  }

  event(event: MarketEvent, feed: string | null = null): void {
    this.#assertRoom();
    this.#events.push(event);
    this.#feeds.push(feed);
    this.#outages.see(event);
    if (event.type === "settlement") this.#settle(event);
    this.#flushWhenDue();
  }

  opportunity(row: Opportunity): void {
    this.#assertRoom();
    this.#opportunities.push(row);
    this.#flushWhenDue();
  }

  /** Refused outright when it cannot be committed: an order that is not on file must not be sent. */
  order(row: OrderRecord): void {
    // The evaluation it points to must be there first.
    this.#flushNow(this.#attempts);
    this.#commit(() => {
      this.#audit.order(this.#owner, row);
      return "orders";
    }, "refuse");
  }

  orderEvent(row: OrderEventRecord): void {
    this.#commit(() => {
      this.#audit.orderEvent(this.#owner, row);
      return "order_events";
    }, "keep");
  }

  fill(row: FillRecord): void {
    this.#commit(() => (this.#audit.fill(this.#owner, row) ? "fills" : null), "keep");
  }

  ledger(row: LedgerRecord): void {
    this.#commit(() => (this.#audit.ledger(this.#owner, row) ? "trade_ledger" : null), "keep");
  }

  position(row: PositionRecord): void {
    this.#commit(() => {
      this.#audit.position(this.#owner, row);
      return "positions_snapshots";
    }, "keep");
  }

  risk(row: RiskRecord): void {
    this.#commit(() => {
      this.#audit.risk(this.#owner, row);
      return "risk_events";
    }, "keep");
  }

  /** A locked database is no error yet: the rows stay in memory and the next flush takes them along. */
  flush(): void {
    if (this.#closed) return;
    this.#checkFile();
    try {
      this.#flushNow(1);
      if (this.#unsaved.length > 0) this.#commit(() => null, "refuse");
    } catch (error) {
      const { cause } = error instanceof KbtError ? error : { cause: error };
      if (!isBusy(cause) || ++this.#busyFlushes > BUSY_FLUSHES_MAX) throw error;
    }
  }

  counts(): ReadonlyMap<string, number> {
    const counts = new Map(this.#counts);
    if (this.#markets.size > 0) counts.set("kalshi_markets", this.#markets.size);
    if (this.#duplicates > 0) counts.set("kalshi_trades.duplicates", this.#duplicates);
    return counts;
  }

  stored(): ReadonlyMap<string, number> {
    return this.#stored;
  }

  close(exitCode: number, feeds: readonly Feed[] = []): void {
    if (this.#closed) return;
    try {
      this.#attempts = PATIENT_ATTEMPTS;
      this.#flushNow(this.#attempts);
      this.#outages.endAll(this.#nowMs());
      const accounts = createFeedAccounts(this.#writer.durable, this.runId);
      const end = this.#writer.durable.prepare(
        "UPDATE runs SET ended_ms = ?, exit_code = ? WHERE run_id = ?",
      );
      this.#commit(() => {
        accounts(
          feeds.map(({ name: feed, stats }) => ({
            feed,
            stats,
            stored: this.#stored.get(feed) ?? 0,
          })),
        );
        end.run(this.#nowMs(), exitCode, this.runId);
        return null;
      }, "refuse");
    } finally {
      this.#closed = true;
      this.#writer.close();
    }
  }

  #settle(event: Settlement): void {
    this.#commit(() => (this.#audit.settlement(this.#owner, event) ? "settlements" : null), "keep");
  }

  #assertRoom(): void {
    if (this.#events.length + this.#opportunities.length < PENDING_MAX) return;
    throw (
      this.#lastFailure ??
      new KbtError({ kind: "bug", code: "RECORDER_FULL", message: "recorder is never flushed" })
    );
  }

  #flushWhenDue(): void {
    if (this.#events.length + this.#opportunities.length >= this.#flushAt) this.flush();
  }

  #flushNow(attempts: number): void {
    if (this.#events.length + this.#opportunities.length === 0) return;
    let refused: unknown;
    for (let attempt = 1; ; ) {
      try {
        this.#commitBatch.immediate();
        break;
      } catch (error) {
        this.#names.forget();
        this.#evaluations.forget();
        // One bad row must not take the others with it; the caller hears of it once they are safe.
        if (this.#writer.bulk.open && isRefusedRow(error) && this.#dropCurrent()) {
          refused ??= error;
          continue;
        }
        if (isBusy(error) && attempt++ < attempts) continue;
        this.#flushAt = this.#events.length + this.#opportunities.length + this.#batchRows;
        this.#lastFailure = storeError(error, this.#writer.path);
        throw this.#lastFailure;
      }
    }
    this.#batchCommitted();
    if (refused !== undefined) throw storeError(refused, this.#writer.path);
  }

  #writeBatch(): void {
    this.#batchDuplicates = 0;
    const cursor: { list: unknown[]; at: number } = { list: this.#events, at: 0 };
    this.#cursor = cursor;
    for (const event of this.#events) {
      if (!this.#writeEvent(this.#nextEv + cursor.at, event)) this.#batchDuplicates++;
      cursor.at++;
    }
    this.#outages.write();
    cursor.list = this.#opportunities;
    cursor.at = 0;
    for (const row of this.#opportunities) {
      this.#evaluations.write(row);
      cursor.at++;
    }
  }

  #dropCurrent(): boolean {
    const { list, at } = this.#cursor;
    if (list === this.#events) this.#feeds.splice(at, 1);
    return list.splice(at, 1).length === 1;
  }

  #batchCommitted(): void {
    for (const [at, event] of this.#events.entries()) {
      const feed = this.#feeds[at] ?? null;
      const isObservation = event.type !== "gap" && event.type !== "drift";
      if (feed !== null && isObservation) {
        this.#stored.set(feed, (this.#stored.get(feed) ?? 0) + 1);
      }
      if (event.type === "wake" || event.type === "settlement") continue;
      // kalshi_markets has one row per market, however often it is described.
      if (event.type === "market") this.#markets.add(event.market.ticker);
      else this.#count(TABLE_OF[event.type], 1);
    }
    this.#count("opportunities", this.#opportunities.length);
    this.#count("kalshi_trades", -this.#batchDuplicates);
    this.#duplicates += this.#batchDuplicates;
    this.#nextEv += this.#events.length;
    this.#outages.committed();
    this.#events = [];
    this.#feeds = [];
    this.#opportunities = [];
    this.#flushAt = this.#batchRows;
    this.#busyFlushes = 0;
    this.#lastFailure = undefined;
  }

  #count(table: string, rows: number): void {
    if (rows !== 0) this.#counts.set(table, (this.#counts.get(table) ?? 0) + rows);
  }

  #commit(work: AuditWork, otherwise: Otherwise): void {
    const queue = [...this.#unsaved, work];
    const run = (): (string | null)[] =>
      retryBusy(() => this.#commitAudit.immediate(queue), this.#attempts);
    let tables: (string | null)[];
    try {
      try {
        tables = run();
      } catch (error) {
        if (!isFull(error) || this.#ballast?.release() !== true) throw error;
        tables = run();
      }
    } catch (error) {
      // What has happened stays true: a fill is kept until it can be written, whatever the caller does now.
      if (otherwise === "keep" && !isRefusedRow(error)) this.#unsaved.push(work);
      throw storeError(error, this.#writer.path);
    }
    this.#unsaved = [];
    for (const table of tables) if (table !== null) this.#count(table, 1);
  }

  // An unlinked or replaced file takes writes without a word.
  #checkFile(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#fileCheckedMs < FILE_CHECK_MS) return;
    this.#fileCheckedMs = nowMs;
    this.#writer.assertSameFile();
  }
}

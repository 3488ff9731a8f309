import { workerData } from "node:worker_threads";
import type { ErrorParts } from "../../core/errors.ts";
import { garbageCollector } from "../platform/garbage.ts";
import { createSystemClock } from "../platform/system-clock.ts";
import { type Batch, rowsOf } from "./batch.ts";
import { decodeBatch } from "./batch-decoder.ts";
import type { EncodedBatch, Numbers } from "./batch-layout.ts";
import { type BatchWriter, createBatchWriter } from "./batch-writer.ts";
import { PATIENT_ATTEMPTS, pause, retryBusy } from "./busy.ts";
import { isBusy, storeError } from "./errors.ts";
import { type Db, openBulk } from "./open.ts";
import {
  type FromWriter,
  PROGRESS,
  type ThreadSetup,
  type ToWriter,
  WANTED,
} from "./thread-messages.ts";

// The writer thread of one run. It owns the connection for market rows and evaluations, so that commits, waits for the
// lock, checkpoints and the disk stop nothing but itself.

/** A transaction ends here at the latest, with what it has: other writers wait no longer. */
const TRANSACTION_MS = 8;
/** Rows that are taken together at most; more would not end within a transaction. */
const ROWS_TOGETHER = 4_000;
const LOCK_PAUSE_MS = 200;
/** The main thread's own commits take less; beyond it something is wrong over there, and rows must still be written. */
const WANTED_MS_MAX = 100;
/** Pages of 4 kB in the WAL that are not in the file yet, and pages it may have before each commit tries again. */
const CHECKPOINT_PAGES = 1_000;
const WAL_PAGES_MAX = 4_096;
/**
 * By itself V8 did not collect this thread's old space within an hour (docs/deployment.md): what is alive while it collects
 * what is young, and is rubbish soon after, comes to megabytes until then.
 */
const COLLECT_MS = 300_000;

interface Connection {
  readonly db: Db;
  readonly writer: BatchWriter;
  readonly checkpoint: () => void;
}

const setup: ThreadSetup = workerData;
const { path, port, shared } = setup;
const clock = createSystemClock();
const queue: (EncodedBatch | Batch)[] = [];
/** Arrays of batches that have been read, until the next message takes them back. */
let emptied: Numbers[] = [];
let connection: Connection | null = null;
let lockedSinceMs: number | null = null;
const collectGarbage = garbageCollector();
let collectedMs = clock.monoMs();

port.on("message", (message: ToWriter) => {
  if (message.type === "batch") queue.push(message.batch);
  if (message.type === "close") {
    connection?.db.close();
    port.close();
    return;
  }
  // The last rows of a run are worth waiting for once more.
  if (message.type === "finish") lockedSinceMs = null;
  const isDone = work();
  if (message.type === "finish" && isDone) finish(message.nowMs);
});

/** Commits what is queued, in its order; false when something is in the way. */
function work(): boolean {
  try {
    connection ??= connect();
    for (;;) {
      const batch = nextBatch(connection.writer);
      if (batch === null) break;
      commit(connection, batch);
    }
    connection.writer.beat();
    tidy();
    return true;
  } catch (error) {
    post({ type: "failed", error: partsOf(error) });
    return false;
  }
}

/** While nothing waits to be written. */
function tidy(): void {
  if (clock.monoMs() - collectedMs < COLLECT_MS) return;
  collectGarbage();
  collectedMs = clock.monoMs();
}

function connect(): Connection {
  const db = openBulk(path, setup.maxPages);
  const writer = createBatchWriter(db, { ...setup.run, clock });
  // SQLite would do it inside of COMMIT, where nobody can tell it from the transaction.
  db.pragma("wal_autocheckpoint = 0");
  const look = db.prepare<[], { log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)");
  return {
    db,
    writer,
    checkpoint() {
      const { log, checkpointed } = look.get() ?? { log: 0, checkpointed: 0 };
      const isDue = log - checkpointed >= CHECKPOINT_PAGES;
      const isLong = log >= WAL_PAGES_MAX && log > checkpointed;
      // PASSIVE waits for nobody and keeps nobody out.
      if (isDue || isLong) db.pragma("wal_checkpoint(PASSIVE)");
    },
  };
}

function nextBatch(writer: BatchWriter): Batch | null {
  const [next] = queue;
  if (next === undefined) return null;
  const batch = "numbers" in next ? read(next) : next;
  if (batch !== next) for (const event of batch.events) writer.see(event);
  queue[0] = batch;
  // What has come together while this thread was busy goes along: a transaction costs the same for more rows.
  for (let more = queue[1]; more !== undefined && rowsOf(batch) < ROWS_TOGETHER; more = queue[1]) {
    const { events, feeds, opportunities } = "numbers" in more ? read(more) : more;
    for (const event of events) writer.see(event);
    for (const event of events) batch.events.push(event);
    for (const feed of feeds) batch.feeds.push(feed);
    for (const row of opportunities) batch.opportunities.push(row);
    queue.splice(1, 1);
  }
  return batch;
}

function read(encoded: EncodedBatch): Batch {
  const batch = decodeBatch(encoded);
  emptied.push(encoded.numbers);
  return batch;
}

function commit({ checkpoint, writer }: Connection, batch: Batch): void {
  Atomics.wait(shared, WANTED, 1, WANTED_MS_MAX);
  const endMs = clock.monoMs() + TRANSACTION_MS;
  const isTimeUp = (): boolean => clock.monoMs() >= endMs || Atomics.load(shared, WANTED) === 1;
  try {
    const receipt = writer.commit(batch, sayRefused, isTimeUp);
    const given = emptied;
    emptied = [];
    post({ type: "stored", receipt, emptied: given });
  } catch (error) {
    if (!isBusy(error)) throw error;
    lockedSinceMs ??= clock.monoMs();
    if (clock.monoMs() - lockedSinceMs >= setup.lockPatienceMs) throw error;
    pause(LOCK_PAUSE_MS);
    return;
  }
  lockedSinceMs = null;
  if (rowsOf(batch) === 0) queue.shift();
  checkpoint();
}

function finish(nowMs: number): void {
  try {
    retryBusy(() => connection?.writer.endOutages(nowMs), PATIENT_ATTEMPTS);
    post({ type: "finished" });
  } catch (error) {
    post({ type: "failed", error: partsOf(error) });
  }
}

function sayRefused(error: unknown): void {
  post({ type: "refused", error: partsOf(error) });
}

function post(message: FromWriter): void {
  port.postMessage(message);
  Atomics.add(shared, PROGRESS, 1);
  Atomics.notify(shared, PROGRESS);
}

// A thrown object does not survive the way to another thread, its parts do.
function partsOf(error: unknown): ErrorParts {
  const { code, details, hint, kind, message } = storeError(error, path);
  return {
    kind,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
}

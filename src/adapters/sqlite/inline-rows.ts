import { KbtError } from "../../core/errors.ts";
import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import { type Batch, emptyBatch, rowsOf } from "./batch.ts";
import { type BatchWriter, createBatchWriter } from "./batch-writer.ts";
import { type BulkRows, type BulkSetup, PENDING_MAX } from "./bulk-rows.ts";
import { createPatience, PATIENT_ATTEMPTS, type Patience, retryBusy } from "./busy.ts";
import { isBusy, storeError } from "./errors.ts";
import type { Db } from "./open.ts";

/**
 * Commits on the calling thread: for lockstep and backtests, where no time passes meanwhile and equal seeds must leave
 * equal files.
 */
export function inlineRows(db: Db, setup: BulkSetup): BulkRows {
  const patience = createPatience();
  const { assertRoom, batch, commit, isDue, writer } = inlineBatch(db, setup, patience);
  return {
    get pendingRows() {
      return rowsOf(batch);
    },
    get isDue() {
      return isDue();
    },
    event(event: MarketEvent, feed: string | null) {
      assertRoom();
      batch.events.push(event);
      batch.feeds.push(feed);
      writer.see(event);
    },
    opportunity(row: Opportunity) {
      assertRoom();
      batch.opportunities.push(row);
    },
    flush: () => patience.bear(() => commit(1)),
    claim() {
      commit(setup.attempts);
      return null;
    },
    exclusively: (work) => work(),
    poll() {},
    async drain() {
      commit(PATIENT_ATTEMPTS);
    },
    async finish(nowMs) {
      commit(PATIENT_ATTEMPTS);
      retryBusy(() => writer.endOutages(nowMs), PATIENT_ATTEMPTS);
    },
    async close() {
      db.close();
    },
  };
}

interface InlineBatch {
  readonly writer: BatchWriter;
  readonly batch: Batch;
  readonly isDue: () => boolean;
  readonly assertRoom: () => void;
  readonly commit: (attempts: number) => void;
}

function inlineBatch(db: Db, setup: BulkSetup, patience: Patience): InlineBatch {
  const { batchRows, path, run, tally } = setup;
  const writer = createBatchWriter(db, run);
  const batch = emptyBatch();
  let flushAt = batchRows;
  let lastFailure: KbtError | undefined;

  function attempt(onRefused: (error: unknown) => void, left: number): void {
    for (let tries = left; ; tries--) {
      try {
        tally.add(writer.commit(batch, onRefused));
        return;
      } catch (error) {
        if (isBusy(error) && tries > 1) continue;
        flushAt = rowsOf(batch) + batchRows;
        lastFailure = storeError(error, path);
        throw lastFailure;
      }
    }
  }

  function commit(attempts: number): void {
    if (rowsOf(batch) === 0) {
      writer.beat();
      return;
    }
    let refused: unknown;
    attempt((error) => {
      refused ??= error;
    }, attempts);
    flushAt = batchRows;
    lastFailure = undefined;
    patience.renew();
    // The caller hears of it once the others are safe.
    if (refused !== undefined) throw storeError(refused, path);
  }

  return {
    writer,
    batch,
    commit,
    isDue: () => rowsOf(batch) >= flushAt,
    assertRoom() {
      if (rowsOf(batch) >= PENDING_MAX) throw lastFailure ?? neverFlushed();
    },
  };
}

function neverFlushed(): KbtError {
  return new KbtError({
    kind: "bug",
    code: "RECORDER_FULL",
    message: "recorder is never flushed",
  });
}

import type { MessagePort } from "node:worker_threads";
import type { ErrorParts } from "../../core/errors.ts";
import type { Receipt } from "./batch.ts";
import type { EncodedBatch, Numbers } from "./batch-layout.ts";
import type { StartedRun } from "./run-start.ts";

/** What the writer thread is started with. */
export interface ThreadSetup {
  readonly path: string;
  readonly run: StartedRun & { readonly startedMs: number };
  readonly maxPages: number | undefined;
  /** How long a lock is waited for before it is reported. */
  readonly lockPatienceMs: number;
  readonly port: MessagePort;
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** Index into `shared`: grows with each message of the thread, so that somebody who cannot wait for messages can. */
export const PROGRESS = 0;
/** Index into `shared`: 1 while the main thread wants to commit. */
export const WANTED = 1;
export const SHARED_BYTES = 8;

export type ToWriter =
  | { readonly type: "batch"; readonly batch: EncodedBatch }
  /** Nothing new: try again what could not be committed, and say that the run lives. */
  | { readonly type: "beat" }
  | { readonly type: "finish"; readonly nowMs: number }
  | { readonly type: "close" };

export type FromWriter =
  | {
      readonly type: "stored";
      readonly receipt: Receipt;
      /** Of batches that have been read, to be written to again. */
      readonly emptied: readonly Numbers[];
    }
  /** A row is out, the others are safe. */
  | { readonly type: "refused"; readonly error: ErrorParts }
  /** Nothing is lost: what could not be committed waits for the next message. */
  | { readonly type: "failed"; readonly error: ErrorParts }
  | { readonly type: "finished" };

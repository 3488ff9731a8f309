import { KbtError } from "../../core/errors.ts";
import { isBusy } from "./errors.ts";

const PAUSE_MS = 50;
/** Flushes that may find the database locked in a row: twelve seconds at four a second. */
const BUSY_FLUSHES_MAX = 40;
/**
 * Tries of a write that somebody waits for, about 150 ms each. In a live run a held lock is a fault, and waiting for it
 * would freeze the event loop; elsewhere nothing is lost by patience, and two fast simulations may share a file.
 */
export const LIVE_ATTEMPTS = 2;
export const PATIENT_ATTEMPTS = 50;
/** The same for the thread that writes bulk rows, which can simply wait. */
export const LOCK_PATIENCE_MS = 12_000;

/**
 * Runs `work` again while another process holds the database, for about `attempts` × 50 ms, then throws SQLite's error.
 * Blocks the thread: only for opening and closing, where nothing else is running yet.
 */
export function retryBusy<T>(work: () => T, attempts: number): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || attempt >= attempts) throw error;
      pause(PAUSE_MS);
    }
  }
}

/** Stands this thread still. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Bears with a locked database for a bounded number of tries: the rows stay in memory meanwhile. */
export interface Patience {
  bear(work: () => void): void;
  /** It went well: counts from the start again. */
  renew(): void;
}

export function createPatience(): Patience {
  let tries = 0;
  return {
    bear(work) {
      try {
        work();
      } catch (error) {
        const { cause } = error instanceof KbtError ? error : { cause: error };
        if (!isBusy(cause) || ++tries > BUSY_FLUSHES_MAX) throw error;
      }
    },
    renew() {
      tries = 0;
    },
  };
}

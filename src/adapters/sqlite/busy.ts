import { isBusy } from "./errors.ts";

const PAUSE_MS = 50;

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
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

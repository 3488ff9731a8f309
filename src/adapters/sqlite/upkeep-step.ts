import type Database from "better-sqlite3";
import { isBusy } from "./errors.ts";

/** What one short transaction of upkeep did. */
interface UpkeepStep {
  /** Contract table, or part of one, that lost rows; "" when nothing was done. */
  readonly table: string;
  readonly rows: number;
  /** Pages given back to the file for reuse; less than 0 when the step needed some. */
  readonly bytesFreed: number;
  /** Somebody else was writing: nothing was done, and waiting a little helps. */
  readonly isBusy: boolean;
}

/** Work in short transactions, each committed when it is yielded, so that stopping anywhere loses nothing. */
export type UpkeepSteps = Generator<UpkeepStep, void>;

/** Tries in a row that may find the file locked: each waits for the lock up to the connection's busy timeout. */
const BUSY_MAX = 200;

/** 1 MB. */
const CHECKPOINT_PAGES = 250;

/**
 * Calls `work` in a transaction until it says that nothing is left, and yields what each call did. `work` says the table
 * and its rows, or null at the end.
 */
export function* inSteps(
  db: Database.Database,
  work: () => { readonly table: string; readonly rows: number } | null,
): UpkeepSteps {
  // A commit that also moves 4 MB of WAL into the file, as by default, takes more than the 20 ms that a step may.
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const pageBytes = Number(db.pragma("page_size", { simple: true }));
  const pages = (name: string): number => Number(db.pragma(name, { simple: true }));
  const freePages = (): number => pages("freelist_count") - pages("page_count");
  const step = db.transaction((): UpkeepStep | null => {
    const before = freePages();
    const done = work();
    if (done === null) return null;
    return { ...done, bytesFreed: (freePages() - before) * pageBytes, isBusy: false };
  });
  for (let busy = 0; ; ) {
    let done: UpkeepStep | null;
    try {
      done = step.immediate();
      busy = 0;
    } catch (error) {
      if (!isBusy(error) || ++busy > BUSY_MAX) throw error;
      done = { table: "", rows: 0, bytesFreed: 0, isBusy: true };
    }
    if (done === null) return;
    yield done;
  }
}

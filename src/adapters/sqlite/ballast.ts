import { closeSync, fstatSync, openSync, rmSync, writeSync } from "node:fs";

/** Disk space kept back so that the last fills of a live run can still be written when the disk is full. */
export interface Ballast {
  /** Gives the space back to the file system; false when it was given back before. */
  release(): boolean;
}

const SIZE_BYTES = 16 * 1024 * 1024;

/** Reserves 16 MiB beside the database. One file per database, however many processes. */
export function createBallast(dbPath: string): Ballast {
  const path = `${dbPath}-ballast`;
  const file = openSync(path, "a", 0o600);
  try {
    const missing = SIZE_BYTES - fstatSync(file).size;
    if (missing > 0) writeSync(file, Buffer.alloc(missing, 1));
  } finally {
    closeSync(file);
  }
  let held = true;
  return {
    release(): boolean {
      if (!held) return false;
      held = false;
      rmSync(path, { force: true });
      return true;
    },
  };
}

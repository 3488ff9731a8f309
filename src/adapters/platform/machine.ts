import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** What a long run may use up, bytes. */
export interface MachineState {
  readonly diskFree: number;
  /** Of the database's write-ahead log. */
  readonly wal: number;
  /** Of this process. */
  readonly memory: number;
}

/** Rejects where the folder of the database cannot be looked at. */
export async function readMachine(dbPath: string): Promise<MachineState> {
  const { bavail, bsize } = await statfs(dirname(dbPath));
  return {
    diskFree: bavail * bsize,
    wal: await sizeOf(`${dbPath}-wal`),
    memory: process.memoryUsage.rss(),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    // It comes and goes with its database.
    return 0;
  }
}

import { rmSync } from "node:fs";
import path from "node:path";
import type { Bench } from "./bench.ts";
import { type Answer, type Child, numberAt } from "./child.ts";

/** One run of one subject. */
interface PathRequest {
  readonly mode: "saturate" | "poisson" | "steady";
  readonly count: number;
  readonly rate?: number;
  /** How many of the frames come first, as fast as they are taken, and are not measured: what runs for days is compiled. */
  readonly warm?: number;
  readonly facts?: boolean;
  readonly stamps?: string;
}

/** The exchange and the subjects, each a process. */
export interface PathBench {
  readonly bench: Bench;
  readonly sender: Child;
  readonly kbt: Child;
  readonly limit: Child;
  readonly receive: Child;
  readonly conventional: Child;
  readonly compressing: Child;
  readonly python: Child | null;
  readonly run: (child: Child, request: PathRequest) => Promise<Answer>;
}

/** Runs subjects against the sender, each into a new database that is gone afterwards. */
export async function runner(bench: Bench, sender: Child): Promise<PathBench["run"]> {
  const port = numberAt(await sender.ask({ do: "port" }), "port");
  let runs = 0;
  return async (child, { mode, count, rate = 0, warm = 0, ...more }) => {
    const query = `mode=${mode}&count=${count}&rate=${rate}&warm=${warm}`;
    const url = `ws://127.0.0.1:${port}/trade-api/ws/v2?${query}`;
    const db = path.join(bench.folder, `path-${child.name}-${runs++}.sqlite`);
    try {
      return await child.ask({ url, db, count, warm, ...more });
    } finally {
      for (const end of ["", "-wal", "-shm", ".log"]) rmSync(`${db}${end}`, { force: true });
    }
  };
}

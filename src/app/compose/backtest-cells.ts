import { availableParallelism } from "node:os";
import type { Worker } from "node:worker_threads";
import { startThread } from "../../adapters/platform/thread.ts";
import { toError } from "../../adapters/platform/to-error.ts";
import { KbtError } from "../../core/errors.ts";
import type { CellResult, CellTask } from "./backtest-cell.ts";
import type { FromCell, ToCell } from "./backtest-thread.ts";

interface Cells {
  readonly path: string;
  readonly tasks: readonly CellTask[];
  /** Threads at most; null for one a core. */
  readonly threads: number | null;
  readonly signal: AbortSignal;
  /** Events of all cells so far, and how many cells are done. */
  onProgress(events: number, done: number): void;
}

/**
 * Runs every task, one after the other on each of as many threads as there are cores; results in the order of the tasks,
 * whichever thread was faster. Rejects with the first failure, and when the signal aborts.
 */
export async function runCells(cells: Cells): Promise<readonly CellResult[]> {
  const { path, signal, tasks } = cells;
  const board = new Board(cells);
  const length = Math.min(tasks.length, cells.threads ?? availableParallelism());
  const threads = Array.from({ length }, () =>
    startThread("backtest-thread", import.meta.url, { workerData: { path }, transferList: [] }),
  );
  try {
    await Promise.all(threads.map((thread) => board.serve(thread, signal)));
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  return board.results();
}

/** Hands out the tasks and takes in the results. */
class Board {
  readonly #cells: Cells;
  readonly #results = new Map<number, CellResult>();
  readonly #events = new Map<number, number>();
  #next = 0;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  /** Resolves when there is nothing left for this thread. */
  serve(thread: Worker, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(toError(signal.reason));
      const next = (): void => {
        const at = this.#next++;
        const task = this.#cells.tasks[at];
        if (task === undefined) {
          signal.removeEventListener("abort", onAbort);
          resolve();
          return;
        }
        const message: ToCell = { at, task };
        thread.postMessage(message, []);
      };
      thread.on("error", reject);
      thread.on("message", (message: FromCell) => {
        if (message.type === "failed") reject(new KbtError(message.error));
        else this.#take(message);
        if (message.type === "done") next();
      });
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) onAbort();
      else next();
    });
  }

  results(): readonly CellResult[] {
    return this.#cells.tasks.map((_, at) => {
      const result = this.#results.get(at);
      if (result === undefined) throw new Error(`variant ${at} has no result`);
      return result;
    });
  }

  #take(message: Exclude<FromCell, { type: "failed" }>): void {
    this.#events.set(message.at, message.events);
    if (message.type === "done") this.#results.set(message.at, message.result);
    let events = 0;
    for (const count of this.#events.values()) events += count;
    this.#cells.onProgress(events, this.#results.size);
  }
}

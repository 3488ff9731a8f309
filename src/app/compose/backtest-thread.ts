import { parentPort, workerData } from "node:worker_threads";
import { turn } from "../../adapters/platform/turn.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { type ErrorParts, KbtError } from "../../core/errors.ts";
import { type CellResult, type CellTask, runCell } from "./backtest-cell.ts";

// A thread that replays one variant after the other; each has a reader of its own, so that none waits for another.

export interface ToCell {
  readonly at: number;
  readonly task: CellTask;
}

export type FromCell =
  | { readonly type: "progress"; readonly at: number; readonly events: number }
  | {
      readonly type: "done";
      readonly at: number;
      readonly events: number;
      readonly result: CellResult;
    }
  | { readonly type: "failed"; readonly error: ErrorParts };

const { path }: { readonly path: string } = workerData;

parentPort?.on("message", (message: ToCell) => void replay(message));

async function replay({ at, task }: ToCell): Promise<void> {
  const reader = openReader(path);
  try {
    const result = await runCell(reader, task, {
      onProgress: async (events) => {
        post({ type: "progress", at, events });
        await turn();
      },
    });
    post({ type: "done", at, events: result.replayed.events, result });
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    const { code, hint, kind, message } = error;
    post({
      type: "failed",
      error: { kind, code, message, ...(hint === undefined ? {} : { hint }) },
    });
  } finally {
    reader.close();
  }
}

function post(message: FromCell): void {
  parentPort?.postMessage(message, []);
}

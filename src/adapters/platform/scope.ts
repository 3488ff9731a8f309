export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Runs tasks side by side until all have ended. The first failure aborts the others and is thrown once they are down, so
 * no background work outlives its owner. An abort from outside is a normal end, not a failure.
 */
export async function runTogether(signal: AbortSignal, tasks: readonly Task[]): Promise<void> {
  const siblings = new AbortController();
  const both = AbortSignal.any([signal, siblings.signal]);
  let failed = false;
  let failure: unknown;
  const guard = async (task: Task): Promise<void> => {
    try {
      await task(both);
    } catch (error) {
      if (both.aborted || failed) return;
      failed = true;
      failure = error;
      siblings.abort(error);
    }
  };
  await Promise.all(tasks.map(guard));
  if (failed) throw failure;
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";

export interface LinkedSignal {
  /** Aborts with the first of them, for its reason. */
  readonly signal: AbortSignal;
  /** Takes the link away again; to be called when the work is over. */
  readonly unlink: () => void;
}

/**
 * `AbortSignal.any` for work that comes again and again beside a signal that lives as long as the process: Node 20 leaves an
 * entry in the latter for each call, for ever (60,000 a day of a recording).
 */
export function linkSignals(...signals: readonly AbortSignal[]): LinkedSignal {
  const both = new AbortController();
  const listeners = signals.map((signal) => {
    const onAbort = (): void => both.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  });
  return {
    signal: both.signal,
    unlink: () => {
      for (const remove of listeners) remove();
    },
  };
}

/** Sleeps until due, or until somebody wakes it; rejects when the signal of the run aborts. */
export async function sleepUnlessWoken(
  clock: Pick<Clock, "sleep">,
  ms: Ms,
  { signal, wake }: { readonly signal: AbortSignal; readonly wake: AbortSignal },
): Promise<void> {
  const either = linkSignals(signal, wake);
  try {
    await clock.sleep(ms, either.signal);
  } catch (error) {
    if (signal.aborted || !wake.aborted) throw error;
  } finally {
    either.unlink();
  }
}

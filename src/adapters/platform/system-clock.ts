import type { Clock } from "../../ports.ts";
import { toError } from "./to-error.ts";

// Node fires a timer of more than 2^31 − 1 ms at once, so longer waits are taken in pieces.
const PIECE_MS = 2_000_000_000;

/** The machine's clock: wall time for stamps, a monotonic one for ages. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monoMs: () => performance.now(),
    async sleep(ms, signal) {
      let left = ms;
      do {
        const piece = Math.min(left, PIECE_MS);
        await timer(piece, signal);
        left -= piece;
      } while (left > 0);
    },
  };
}

function timer(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(toError(signal.reason));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(handle);
      reject(toError(signal.reason));
    };
    const handle = setTimeout(
      () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      },
      Math.max(0, ms),
    );
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

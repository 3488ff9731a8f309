import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";

export interface Patience {
  readonly clock: Pick<Clock, "sleep">;
  readonly signal: AbortSignal;
  /** Hears of each try that failed and is made again. */
  readonly onTrouble: (message: string) => void;
  /** Before each further try; with none there is one try. */
  readonly waitsMs: readonly Ms[];
}

/** Of a start: four tries within some five seconds, then the user is told. */
export const START_WAITS_MS: readonly Ms[] = [500, 1500, 3000];

/**
 * Refusals that may be gone a second later. A port where nobody listens, a name that nobody knows and a wrong certificate
 * stay as they are, and so does what the exchange says of a request.
 */
const PASSING: ReadonlySet<string> = new Set([
  "RATE_LIMITED",
  "EXCHANGE_UNAVAILABLE",
  "NETWORK_TIMEOUT",
  "NETWORK_RESET",
  "NETWORK_FAILED",
]);

/** Reads again what a run starts from: nothing is written to the exchange by it, so asking twice does no harm. */
export async function patiently<T>(read: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, onTrouble, signal, waitsMs } = patience;
  for (const waitMs of waitsMs) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof KbtError) || !isPassing(error)) throw error;
      onTrouble(error.message);
    }
    await clock.sleep(waitMs, signal);
  }
  return read();
}

/** A body that is no JSON was cut, or is a proxy's page. */
function isPassing({ code, details }: KbtError): boolean {
  return PASSING.has(code) || (code === "PAYLOAD_CHANGED" && details?.["path"] === "");
}

import { textHash } from "../ids.ts";
import { normInv } from "../prob/normal.ts";
import { mulberry32 } from "../rng.ts";
import type { Ms } from "../units.ts";

/** How long commands travel: log-normal about a median, drawn from a seed. */
export interface LatencyOptions {
  /** Half of all commands are faster, milliseconds. */
  readonly latencyMs: Ms;
  /** Standard deviation of the logarithm; 0 makes every command equally fast. */
  readonly latencySpread: number;
  readonly seed: number;
}

/** No answer is waited for longer, milliseconds. */
const LATENCY_MAX_MS = 60_000;

/**
 * Time from decision to the matching engine. A function of the seed, the number of the order within its run and the kind
 * of command, of nothing else: a replay, whose run has another number, and a variant, which sends other orders in between,
 * draw the same for the same order.
 */
export function latencyOf(
  kind: "submit" | "cancel",
  orderId: string,
  { latencyMs, latencySpread, seed }: LatencyOptions,
): Ms {
  if (latencySpread === 0) return latencyMs;
  const number = orderId.slice(orderId.lastIndexOf("-") + 1);
  // The middle of the generator's step: its 0 would be an infinite deviation.
  const chance = mulberry32(textHash(`${seed}/${number}/${kind}`)).next() + 2 ** -33;
  const drawn = latencyMs * Math.exp(latencySpread * normInv(chance));
  return Math.round(Math.min(LATENCY_MAX_MS, drawn));
}

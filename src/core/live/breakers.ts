import type { RiskRecord } from "../records.ts";
import type { Ms } from "../units.ts";

/** A latch as it is put on file: what stopped the trading, and by how much. */
export type LatchCause = Pick<RiskRecord, "kind" | "value" | "limitValue" | "reason">;

const MINUTE_MS = 60_000;
/** Sales count too, and are never made to wait: so many of all kinds are no strategy but a loop. */
const RUNAWAY_PER_MINUTE = 60;
const REFUSED_PER_MINUTE = 5;
const UNKNOWN_PER_MINUTE = 3;
const AFTER_REFUSAL_MS = 5_000;
/** The exchange or the market rests, and says so: no fault of anybody's, and nothing to ask about again at once (F7). */
const PAUSES: ReadonlySet<string> = new Set([
  "trading_is_paused",
  "exchange_paused",
  "market_inactive",
  "market_not_active",
]);
const AFTER_PAUSE_MS = 60_000;
/** An order whose fate is unknown for longer stops everything. */
export const UNKNOWN_MS_MAX = 10_000;

/** Counts what goes out and what goes wrong, and says when purchases wait and when trading stops for good. */
export class Breakers {
  readonly #sent: Ms[];
  readonly #perMinute: number;
  readonly #refused: Ms[] = [];
  readonly #unknown: Ms[] = [];
  #pausedMs: Ms = Number.NEGATIVE_INFINITY;

  /** With the orders that were sent shortly before the start: a restart makes no room for more. */
  constructor(perMinute: number, sentMs: readonly Ms[] = []) {
    this.#perMinute = perMinute;
    this.#sent = sentMs.toSorted((a, b) => a - b);
  }

  /** Why purchases wait; null when they need not. */
  hold(nowMs: Ms): string | null {
    if (nowMs - this.#pausedMs < AFTER_PAUSE_MS) return "exchange_paused";
    if (within(this.#sent, nowMs) >= this.#perMinute) return "order_rate";
    const lastMs = this.#refused.at(-1);
    return lastMs !== undefined && nowMs - lastMs < AFTER_REFUSAL_MS ? "order_refused" : null;
  }

  sent(nowMs: Ms): LatchCause | null {
    this.#sent.push(nowMs);
    const count = within(this.#sent, nowMs);
    return latched("runaway", count, RUNAWAY_PER_MINUTE + 1, "orders sent within a minute");
  }

  refused(nowMs: Ms, reason: string): LatchCause | null {
    if (PAUSES.has(reason)) {
      this.#pausedMs = nowMs;
      return null;
    }
    this.#refused.push(nowMs);
    const count = within(this.#refused, nowMs);
    return latched("rejects", count, REFUSED_PER_MINUTE, "orders refused within a minute");
  }

  unknown(nowMs: Ms): LatchCause | null {
    this.#unknown.push(nowMs);
    const count = within(this.#unknown, nowMs);
    return latched(
      "unknown_orders",
      count,
      UNKNOWN_PER_MINUTE,
      "orders without an answer within a minute",
    );
  }
}

function latched(kind: string, value: number, limitValue: number, what: string): LatchCause | null {
  return value < limitValue ? null : { kind, value, limitValue, reason: `${value} ${what}` };
}

/** How many of the times lie within the last minute; older ones are dropped. */
function within(times: Ms[], nowMs: Ms): number {
  while (times[0] !== undefined && nowMs - times[0] >= MINUTE_MS) times.shift();
  return times.length;
}

import { KbtError } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";

export interface LimiterOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** For the message when the wait would be too long: `Kalshi`. */
  readonly name: string;
  readonly tokensPerSecond: number;
  /** Longest wait before a call is given up. */
  readonly waitMsMax?: Ms;
}

/** Keeps the calls of one budget within it. Calls wait in the order in which they came. */
export interface Limiter {
  /** Resolves when a call of this cost may be sent; rejects with `network` when that would be too late to be of use. */
  take(cost: number, signal: AbortSignal): Promise<void>;
  /** The other side refused a call as one too many: nothing is sent for a while, longer each time. */
  refused(): void;
  /** A call was let in. */
  accepted(): void;
  /** Milliseconds until calls are sent again after a refusal; 0 when they are. */
  pausedMs(): Ms;
  /** Tokens that a call could spend now; below zero while calls wait. */
  available(): number;
}

/**
 * Share of a second's tokens that may be spent at once. The other side's bucket holds a whole second of them, and what
 * the network delays and then delivers together must still fit into it.
 */
const BURST_S = 0.5;
const WAIT_MS_MAX = 30_000;
/** A refusal names no time to wait: 0.25 s, doubled up to 8 s (reliability.md R1). */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 8000;

export function createLimiter(options: LimiterOptions): Limiter {
  return new TokenBucket(options);
}

class TokenBucket implements Limiter {
  readonly #options: LimiterOptions;
  readonly #capacity: number;
  readonly #perMs: number;
  /** Below zero while calls wait: their tokens are spoken for. */
  #tokens: number;
  /** Time up to which `#tokens` counts; ahead of now while paused, because nothing is gained then. */
  #atMs: Ms;
  #pauseEndMs: Ms = Number.NEGATIVE_INFINITY;
  /** All pauses so far: whoever waits through one waits that much longer, so that nobody is let out in a bunch. */
  #pausedMs: Ms = 0;
  #refusals = 0;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#capacity = options.tokensPerSecond * BURST_S;
    this.#perMs = options.tokensPerSecond / 1000;
    this.#tokens = this.#capacity;
    this.#atMs = options.clock.monoMs();
  }

  async take(cost: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { clock, waitMsMax = WAIT_MS_MAX } = this.#options;
    const startMs = clock.monoMs();
    this.#fill(startMs);
    const dueMs = this.#dueMs(cost);
    if (dueMs - startMs > waitMsMax) throw this.#tooLate(dueMs - startMs);
    this.#tokens -= cost;
    const pausedMs = this.#pausedMs;
    const waitMs = (): Ms => dueMs + this.#pausedMs - pausedMs - clock.monoMs();
    try {
      for (let ms = waitMs(); ms > 0; ms = waitMs()) await clock.sleep(ms, signal);
    } catch (error) {
      this.#tokens += cost;
      throw error;
    }
  }

  refused(): void {
    const nowMs = this.#options.clock.monoMs();
    // Calls that were under way when the first one was refused say nothing new.
    if (nowMs < this.#pauseEndMs) return;
    const baseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.min(this.#refusals++, 10));
    const pauseMs = Math.round(baseMs * (0.75 + 0.25 * this.#options.rng.next()));
    this.#fill(nowMs);
    this.#tokens = Math.min(this.#tokens, 0);
    this.#pausedMs += pauseMs;
    this.#pauseEndMs = nowMs + pauseMs;
    this.#atMs = this.#pauseEndMs;
  }

  accepted(): void {
    if (this.#options.clock.monoMs() >= this.#pauseEndMs) this.#refusals = 0;
  }

  pausedMs(): Ms {
    return Math.max(0, this.#pauseEndMs - this.#options.clock.monoMs());
  }

  available(): number {
    const gainMs = Math.max(0, this.#options.clock.monoMs() - this.#atMs);
    return Math.min(this.#capacity, this.#tokens + gainMs * this.#perMs);
  }

  #fill(nowMs: Ms): void {
    if (nowMs <= this.#atMs) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }

  /** When the tokens of a call are there, behind those of everybody before it. A full bucket lets any call through. */
  #dueMs(cost: number): Ms {
    const missing = Math.min(cost, this.#capacity) - this.#tokens;
    return missing <= 0 ? this.#atMs : this.#atMs + Math.ceil(missing / this.#perMs);
  }

  #tooLate(waitMs: Ms): KbtError {
    const { name, tokensPerSecond } = this.#options;
    return new KbtError({
      kind: "network",
      code: "RATE_LIMITED",
      message: `calls to ${name} would wait ${Math.ceil(waitMs / 1000)} s for the budget of ${tokensPerSecond} tokens per second`,
      hint: "follow fewer markets",
    });
  }
}

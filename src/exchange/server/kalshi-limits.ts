export interface KalshiLimits {
  /** Per user (kalshi.md §3). */
  readonly connections: number;
  /** Unpublished (error 26). Far above what is listed here; tests set it low. */
  readonly marketsPerSubscription: number;
  /** Per connection (kalshi.md §3). */
  readonly commandsPerSecond: number;
  /** Per subscription, unpublished (error 27). */
  readonly updatesPerSecond: number;
  /** Bytes a client may leave unread before its subscriptions end with error 25; at twice that the socket is closed. */
  readonly bufferBytes: number;
}

export const KALSHI_LIMITS: KalshiLimits = {
  connections: 200,
  marketsPerSubscription: 10_000,
  commandsPerSecond: 10_000,
  updatesPerSecond: 100,
  bufferBytes: 8 * 1024 * 1024,
};

/** Counts what happens within one second of the exchange's clock. */
export class SecondCounter {
  readonly #max: number;
  #second = Number.NaN;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** False when this one is too many for the present second. */
  allows(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count++;
    return this.#count <= this.#max;
  }
}

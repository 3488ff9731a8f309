import type { WorldMarket } from "../world.ts";

const DAY_MS = 86_400_000;
const LIVE_DAYS = 90;
const ORDERS_AHEAD_MS = 3_600_000;

/** Cutoff of the historical tier: midnight UTC three months back, which the exchange aims at (kalshi.md §2.7). */
function threeMonthsBack(nowMs: number): number {
  return (Math.floor(nowMs / DAY_MS) - LIVE_DAYS) * DAY_MS;
}

/** Which markets and trades have left the live endpoints for `/historical`. */
export class Archive {
  readonly #cutoffAt: (nowMs: number) => number;

  constructor(cutoffAt: (nowMs: number) => number = threeMonthsBack) {
    this.#cutoffAt = cutoffAt;
  }

  cutoffMs(nowMs: number): number {
    return this.#cutoffAt(nowMs);
  }

  /** Of orders that have ended: the cutoffs advance independently. */
  ordersCutoffMs(nowMs: number): number {
    return this.#cutoffAt(nowMs) + ORDERS_AHEAD_MS;
  }

  /** A market leaves when it was settled before the cutoff; one that is not settled never does. */
  holds(market: WorldMarket, nowMs: number): boolean {
    return market.settledMs !== null && market.settledMs < this.#cutoffAt(nowMs);
  }
}

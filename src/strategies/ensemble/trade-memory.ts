import type { OwnFill } from "../../core/strategy.ts";
import type { Ms } from "../../core/units.ts";
import type { EnsembleParams } from "../ensemble.params.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Fills of one order, which takes what it can at once, come within this of each other. */
const ONE_ORDER_MS = 10_000;

/** When each market was traded: dedup rests on fills, which outlive a run, and not on what this one remembers (F101). */
export class TradeMemory {
  readonly #boughtMs = new Map<string, Ms[]>();

  onFill({ action, atMs, market }: OwnFill): void {
    if (action !== "buy") return;
    this.#forget(atMs);
    const times = this.#boughtMs.get(market.ticker) ?? [];
    this.#boughtMs.set(market.ticker, times);
    if (times.every((ms) => Math.abs(atMs - ms) > ONE_ORDER_MS)) times.push(atMs);
  }

  /** Shut gates of the market's own past. */
  gates(ticker: string, nowMs: Ms, params: EnsembleParams): string[] {
    const since = (ms: Ms): number =>
      (this.#boughtMs.get(ticker) ?? []).filter((atMs) => nowMs - atMs < ms).length;
    const shut: string[] = [];
    if (since(HOUR_MS) >= params.trades_per_hour) shut.push("dedup_hour");
    if (since(DAY_MS) >= params.trades_per_day) shut.push("dedup_day");
    return shut;
  }

  #forget(nowMs: Ms): void {
    for (const [ticker, times] of this.#boughtMs) {
      if (times.every((ms) => nowMs - ms >= DAY_MS)) this.#boughtMs.delete(ticker);
    }
  }
}

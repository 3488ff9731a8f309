import type { Happening, World } from "../world.ts";

const KEPT = 20_000;

/** When each market's record last changed other than by trading: `updated_time` and the `min_updated_ts` filters. */
export class MarketLog {
  readonly #world: World;
  readonly #changedMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  observe(happening: Happening): void {
    if (happening.type === "status") this.#note(happening.ticker, happening.atMs);
    if (happening.type !== "lifecycle") return;
    const ticker = happening.msg["market_ticker"];
    if (typeof ticker === "string") this.#note(ticker, happening.atMs);
  }

  /** Undefined when nothing was seen to change. */
  changedMs(ticker: string): number | undefined {
    return this.#changedMs.get(ticker);
  }

  #note(ticker: string, atMs: number): void {
    this.#changedMs.set(ticker, atMs);
    if (this.#changedMs.size <= KEPT) return;
    for (const known of this.#changedMs.keys()) {
      if (this.#world.market(known) === undefined) this.#changedMs.delete(known);
    }
  }
}

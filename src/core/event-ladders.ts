import type { Market } from "./market.ts";
import type { MarketState } from "./market-state.ts";
import type { MarketView } from "./strategy.ts";

interface Ladder {
  /** By rising strike; markets without one last. */
  readonly states: MarketState[];
  /** The views of one engine step. */
  views: readonly MarketView[];
  step: number;
}

/** The markets of each event side by side, for strategies that choose between them. */
export class EventLadders {
  readonly #ladders = new Map<string, Ladder>();

  /** Events of which a market is known. */
  tickers(): Iterable<string> {
    return this.#ladders.keys();
  }

  /** Takes a market in, or to its new place when its strike became known. */
  put(state: MarketState): void {
    const { eventTicker } = state.market;
    const ladder = this.#ladders.get(eventTicker) ?? { states: [], views: [], step: -1 };
    this.#ladders.set(eventTicker, ladder);
    if (!ladder.states.includes(state)) ladder.states.push(state);
    ladder.states.sort(({ market: a }, { market: b }) => strikeOf(a) - strikeOf(b));
  }

  drop(state: MarketState): void {
    const { eventTicker } = state.market;
    const ladder = this.#ladders.get(eventTicker);
    if (ladder === undefined) return;
    ladder.states.splice(ladder.states.indexOf(state), 1);
    if (ladder.states.length === 0) this.#ladders.delete(eventTicker);
  }

  /** Views of an event at one step of the engine, made when they are first asked for; `viewOf` leaves markets out. */
  of(
    eventTicker: string,
    step: number,
    viewOf: (state: MarketState) => MarketView | undefined,
  ): readonly MarketView[] {
    const ladder = this.#ladders.get(eventTicker);
    if (ladder === undefined) return [];
    if (ladder.step !== step) {
      ladder.step = step;
      ladder.views = ladder.states.map(viewOf).filter((view) => view !== undefined);
    }
    return ladder.views;
  }
}

/** Where a market stands on its ladder: a tail below a strike comes before what begins at it. */
function strikeOf({ capUsd, floorUsd }: Market): number {
  return floorUsd ?? (capUsd === null ? Number.POSITIVE_INFINITY : capUsd - 0.5);
}

import type { ShardState } from "./types.ts";

/** Default, combos, crypto, sports (kalshi.md §2.1). */
const SHARDS = [0, 1, 2, 3];

/** Which shards trade: what was set by hand, and the weekly pause over all of them. */
export class Shards {
  readonly #set = new Map<number, ShardState>(
    SHARDS.map((exchangeIndex) => [
      exchangeIndex,
      { exchangeIndex, isExchangeActive: true, isTradingActive: true },
    ]),
  );
  #isWeeklyPause = false;

  has(exchangeIndex: number): boolean {
    return this.#set.has(exchangeIndex);
  }

  list(): readonly ShardState[] {
    return [...this.#set.values()].map((state) => this.#effective(state));
  }

  isExchangeActive(exchangeIndex: number): boolean {
    return this.#set.get(exchangeIndex)?.isExchangeActive ?? false;
  }

  isTrading(exchangeIndex: number): boolean {
    const state = this.#set.get(exchangeIndex);
    return state !== undefined && this.#effective(state).isTradingActive;
  }

  set(state: ShardState): void {
    this.#set.set(state.exchangeIndex, state);
  }

  setWeeklyPause(isPaused: boolean): void {
    this.#isWeeklyPause = isPaused;
  }

  #effective({ exchangeIndex, isExchangeActive, isTradingActive }: ShardState): ShardState {
    return {
      exchangeIndex,
      isExchangeActive,
      // Nothing trades on an exchange that is not there.
      isTradingActive: isTradingActive && isExchangeActive && !this.#isWeeklyPause,
    };
  }
}

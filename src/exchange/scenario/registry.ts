import type { WorldMarket, WorldTrade } from "../world.ts";
import type { LiveMarket } from "./live-market.ts";

/** Every listed market, and the trading of those that are open. */
export class Registry {
  readonly #markets = new Map<string, WorldMarket>();
  readonly #live = new Map<string, LiveMarket>();
  readonly #trades = new Map<string, readonly WorldTrade[]>();
  #list: readonly WorldMarket[] | null = [];

  add(market: WorldMarket): void {
    this.#markets.set(market.ticker, market);
    this.#list = null;
  }

  drop(ticker: string): void {
    this.#markets.delete(ticker);
    this.#trades.delete(ticker);
    this.#list = null;
  }

  list(): readonly WorldMarket[] {
    this.#list ??= [...this.#markets.values()];
    return this.#list;
  }

  get(ticker: string): WorldMarket | undefined {
    return this.#markets.get(ticker);
  }

  live(ticker: string): LiveMarket | undefined {
    return this.#live.get(ticker);
  }

  startLive(live: LiveMarket): void {
    this.#live.set(live.market.ticker, live);
    this.#trades.set(live.market.ticker, live.trades);
  }

  /** Forgets the book; the trades stay readable. */
  endLive(ticker: string): void {
    this.#live.delete(ticker);
  }

  dropTrades(ticker: string): void {
    this.#trades.delete(ticker);
  }

  trades(ticker: string): readonly WorldTrade[] {
    return this.#trades.get(ticker) ?? [];
  }
}

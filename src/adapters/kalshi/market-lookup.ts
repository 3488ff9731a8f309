import type { Market } from "../../core/market.ts";
import { createGet, type KalshiRestOptions } from "./get.ts";
import { readPages } from "./pages.ts";
import { mapMarketsPage } from "./rest.ts";
import type { Unreadable } from "./rest-body.ts";

/** Markets by name, wherever the exchange keeps them now. Nothing is retried here. */
export interface MarketLookup {
  /** Of up to `LOOKUP_MAX`; what neither the live nor the historical tier knows is missing (kalshi.md §2.7). */
  find(
    tickers: readonly string[],
    signal: AbortSignal,
  ): Promise<{
    readonly markets: ReadonlyMap<string, Market>;
    readonly unreadable: readonly Unreadable[];
  }>;
}

/** So many names make an address that every server on the way still takes. */
export const LOOKUP_MAX = 50;
const LIMIT = 1_000;
const PAGES_MAX = 5;

export function createMarketLookup(options: KalshiRestOptions): MarketLookup {
  const { get } = createGet(options);
  return {
    async find(tickers, signal) {
      const markets = new Map<string, Market>();
      const unreadable: Unreadable[] = [];
      for (const path of ["/markets", "/historical/markets"]) {
        const missing = tickers.filter((ticker) => !markets.has(ticker));
        if (missing.length === 0) break;
        const query = { tickers: missing.join(","), limit: LIMIT };
        const { items } = await readPages(
          async (cursor) =>
            mapMarketsPage(await get(path, { ...query, cursor }, signal), path, unreadable),
          (market) => market.ticker,
          { maxPages: PAGES_MAX },
        );
        for (const market of items)
          if (missing.includes(market.ticker)) markets.set(market.ticker, market);
      }
      return { markets, unreadable };
    },
  };
}

import type { Settlement } from "../../core/events.ts";
import type { Market, MarketResult } from "../../core/market.ts";
import type { Ms } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { createGet, type KalshiRestOptions } from "./get.ts";
import { isRecord, textAt } from "./json.ts";
import { readList } from "./order-reads.ts";
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
  /** What our own account was paid in a market by, newest word; null where it was not. Needs a key. */
  paid(ticker: string, recvMs: Ms, signal: AbortSignal): Promise<Settlement | null>;
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
    async paid(ticker, recvMs, signal) {
      const request = { path: "/portfolio/settlements", field: "settlements" };
      const { items } = await readList(
        get,
        { ...request, params: { ticker }, read: (raw) => readPaid(raw, recvMs) },
        ({ settledMs }) => String(settledMs),
        signal,
      );
      return items.toSorted((one, other) => other.settledMs - one.settledMs)[0] ?? null;
    },
  };
}

const RESULTS: ReadonlyMap<string, MarketResult> = new Map([
  ["yes", "yes"],
  ["no", "no"],
  ["scalar", "scalar"],
  ["void", ""],
]);

/**
 * A payment to our account as the final word on its market. What a scalar result pays is not read from it: `value` is cut to
 * whole cents (kalshi.md §2.8), and a guess would be booked for good.
 */
export function readPaid(raw: unknown, recvMs: Ms): Settlement | undefined {
  if (!isRecord(raw)) return undefined;
  const [ticker, eventTicker] = [textAt(raw, "ticker"), textAt(raw, "event_ticker")];
  const settledMs = parseRfc3339(textAt(raw, "settled_time") ?? "");
  const result = RESULTS.get(textAt(raw, "market_result") ?? "");
  if (!ticker || !eventTicker || settledMs === undefined || result === undefined) return undefined;
  return {
    type: "settlement",
    ticker,
    eventTicker,
    result,
    yesPayout: null,
    expirationValue: null,
    settledMs,
    final: true,
    source: "kalshi_account",
    recvMs,
  };
}

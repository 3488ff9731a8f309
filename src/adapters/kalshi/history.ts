import type { PublicTrade } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import type { MarketCandle } from "../../core/market-candle.ts";
import type { Ms } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { mapMarketCandles } from "./candles.ts";
import { createGet, type Get, type KalshiRestOptions } from "./get.ts";
import { type Page, readPages } from "./pages.ts";
import { mapMarketsPage, mapTradesPage, type TradeList } from "./rest.ts";
import { check, payloadChanged, type Unreadable } from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

/** What is older than a cutoff has left the live endpoints for the historical ones (kalshi.md §2.7). */
export type Tier = "live" | "historical";

interface Cutoffs {
  /** By the time of settlement. */
  readonly marketsMs: Ms;
  /** By the time of the trade. */
  readonly tradesMs: Ms;
}

/** Candles that end in [fromS, toS]. */
export interface CandleRange {
  readonly fromS: number;
  readonly toS: number;
}

interface SettledPage extends Page<Market> {
  readonly unreadable: readonly Unreadable[];
}

/** Reads of what is over. Nothing is retried here. */
export interface KalshiHistory {
  cutoffs(signal: AbortSignal): Promise<Cutoffs>;
  /** One page of the settled markets of a series; the live tier is asked for those settled since a time. */
  settled(
    of: { readonly seriesTicker: string; readonly tier: Tier; readonly fromMs: Ms },
    cursor: string,
    signal: AbortSignal,
  ): Promise<SettledPage>;
  /** One-minute candles of a market. */
  candles(
    of: { readonly ticker: string; readonly seriesTicker: string; readonly tier: Tier },
    range: CandleRange,
    signal: AbortSignal,
  ): Promise<readonly MarketCandle[]>;
  /** The same of up to 100 markets of the live tier in one call; those it does not know are missing. */
  candlesOfMany(
    tickers: readonly string[],
    range: CandleRange,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly MarketCandle[]>>;
  /** Every public trade of a market in a tier. */
  trades(ticker: string, tier: Tier, signal: AbortSignal): Promise<TradeList>;
}

const PAGE_LIMIT = 1000;
/** A quarter of a million trades: ten times the busiest quarter hour on record. */
const TRADE_PAGES_MAX = 250;
const INTERVAL_S = 60;

export function createKalshiHistory(options: KalshiRestOptions): KalshiHistory {
  const { get } = createGet(options);
  return {
    async cutoffs(signal) {
      const path = "/historical/cutoff";
      const place = { request: `GET ${path}`, path: "" };
      const body = check(schemas.cutoff, await get(path, {}, signal), place);
      const time = (name: "market_settled_ts" | "trades_created_ts"): Ms => {
        const ms = parseRfc3339(body[name]);
        if (ms !== undefined) return ms;
        throw payloadChanged(place, name, "is no RFC 3339 time");
      };
      return { marketsMs: time("market_settled_ts"), tradesMs: time("trades_created_ts") };
    },
    settled: (of, cursor, signal) => settled(get, of, cursor, signal),
    ...candleReads(get),
    async trades(ticker, tier, signal) {
      const path = tier === "live" ? "/markets/trades" : "/historical/trades";
      const unreadable: Unreadable[] = [];
      const read = async (cursor: string): Promise<Page<PublicTrade>> => {
        const body = await get(path, { ticker, limit: PAGE_LIMIT, cursor }, signal);
        return mapTradesPage(body, path, { recvMs: options.clock.nowMs(), unreadable });
      };
      const list = await readPages(read, ({ tradeId }) => tradeId, { maxPages: TRADE_PAGES_MAX });
      return { trades: list.items, complete: list.complete, unreadable };
    },
  };
}

async function settled(
  get: Get,
  of: Parameters<KalshiHistory["settled"]>[0],
  cursor: string,
  signal: AbortSignal,
): Promise<SettledPage> {
  const path = of.tier === "live" ? "/markets" : "/historical/markets";
  // Filters of time exist in the live tier only, and of these only the settlement's goes with this status (§2.4).
  const live = { status: "settled", min_settled_ts: Math.floor(of.fromMs / 1000) };
  const params = { series_ticker: of.seriesTicker, limit: PAGE_LIMIT, cursor };
  const body = await get(path, of.tier === "live" ? { ...params, ...live } : params, signal);
  const unreadable: Unreadable[] = [];
  return { ...mapMarketsPage(body, path, unreadable), unreadable };
}

function candleReads(get: Get): Pick<KalshiHistory, "candles" | "candlesOfMany"> {
  return {
    async candles({ seriesTicker, ticker, tier }, range, signal) {
      const series =
        tier === "live" ? `/series/${encodeURIComponent(seriesTicker)}` : "/historical";
      const path = `${series}/markets/${encodeURIComponent(ticker)}/candlesticks`;
      const place = { request: `GET ${path}`, path: "" };
      const body = check(schemas.candles, await get(path, query(range), signal), place);
      const at = { ...place, path: "candlesticks" };
      return mapMarketCandles(body.candlesticks, { ticker, intervalS: INTERVAL_S }, at);
    },
    async candlesOfMany(tickers, range, signal) {
      const path = "/markets/candlesticks";
      const place = { request: `GET ${path}`, path: "" };
      const params = { ...query(range), market_tickers: tickers.join(",") };
      const { markets } = check(schemas.candlesOfMany, await get(path, params, signal), place);
      return new Map(
        markets.map(({ candlesticks, market_ticker: ticker }, nth) => {
          const at = { ...place, path: `markets[${nth}].candlesticks` };
          const of = { ticker, intervalS: INTERVAL_S };
          return [ticker, mapMarketCandles(candlesticks, of, at)];
        }),
      );
    },
  };
}

function query({ fromS, toS }: CandleRange) {
  return { start_ts: fromS, end_ts: toS, period_interval: INTERVAL_S / 60 };
}

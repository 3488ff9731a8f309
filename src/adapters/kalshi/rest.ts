import type { Level, PublicTrade } from "../../core/events.ts";
import type { FeeReading } from "../../core/fee-book.ts";
import type { Market } from "../../core/market.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderReads } from "../../ports-trading.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { type AccountReads, accountReads } from "./account-reads.ts";
import { type FeeReads, feeReads, overrideOf } from "./fee-reads.ts";
import { createGet, type Get, type KalshiRestOptions } from "./get.ts";
import { isRecord } from "./json.ts";
import { mapLevels, mapTrade } from "./map.ts";
import { orderReads } from "./order-reads.ts";
import { type CutList, type Page, readPages } from "./pages.ts";
import {
  check,
  mapEach,
  mapMarket,
  type Place,
  payloadChanged,
  top,
  type Unreadable,
} from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

interface ShardStatus {
  readonly exchangeIndex: number;
  readonly description: string;
  readonly exchangeActive: boolean;
  readonly tradingActive: boolean;
}

interface ExchangeStatus {
  /** Of shard 0 only; crypto is shard 2 (kalshi.md §2.1). */
  readonly exchangeActive: boolean;
  readonly tradingActive: boolean;
  readonly resumeMs: Ms | null;
  readonly shards: readonly ShardStatus[];
}

interface Series {
  readonly ticker: string;
  readonly title: string;
  readonly frequency: string;
  readonly feeType: string;
  readonly feeMultiplier: number;
  readonly exchangeIndex: number | null;
}

export interface EventInfo {
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly title: string;
  /** Strike date, which for the crypto series is the close; null when the exchange gives none. */
  readonly strikeMs: Ms | null;
  /** What it overrides of its series' fees; nulls where nothing. */
  readonly override: FeeReading["now"];
  readonly exchangeIndex: number | null;
}

interface EventQuery {
  readonly seriesTicker: string;
  readonly status?: string;
  readonly limit?: number;
  readonly maxPages?: number;
}

interface MarketQuery {
  readonly eventTicker?: string;
  readonly seriesTicker?: string;
  readonly tickers?: readonly string[];
  readonly status?: string;
  readonly limit?: number;
  readonly maxPages?: number;
}

interface TradeQuery {
  readonly minS?: number;
  readonly maxS?: number;
  readonly limit?: number;
  readonly maxPages?: number;
}

interface List {
  /** False when pages were left unread, by the limit or because the cursor ran in a circle. */
  readonly complete: boolean;
  /** What of the list could not be read; the rest is there. */
  readonly unreadable: readonly Unreadable[];
}

export interface EventList extends List {
  readonly events: readonly EventInfo[];
}

export interface MarketList extends List {
  readonly markets: readonly Market[];
}

export interface TradeList extends List {
  /** Newest first. */
  readonly trades: readonly PublicTrade[];
}

export interface RestBook {
  readonly yes: readonly Level[];
  readonly no: readonly Level[];
}

export interface BookList {
  /** By ticker; unknown markets are missing. */
  readonly books: ReadonlyMap<string, RestBook>;
  readonly unreadable: readonly Unreadable[];
}

/** The reading half of the exchange's REST interface. Nothing is retried here. */
export interface KalshiRest extends FeeReads, AccountReads, OrderReads {
  exchangeStatus(signal: AbortSignal): Promise<ExchangeStatus>;
  series(ticker: string, signal: AbortSignal): Promise<Series>;
  events(query: EventQuery, signal: AbortSignal): Promise<EventList>;
  markets(query: MarketQuery, signal: AbortSignal): Promise<MarketList>;
  market(ticker: string, signal: AbortSignal): Promise<Market>;
  orderbook(ticker: string, signal: AbortSignal): Promise<RestBook>;
  /** Books of up to 100 markets in one call. */
  orderbooks(tickers: readonly string[], signal: AbortSignal): Promise<BookList>;
  trades(ticker: string, query: TradeQuery, signal: AbortSignal): Promise<TradeList>;
  /** Exchange clock minus ours by the newest answer's `Date`, which has whole seconds only; null before any answer. */
  clockOffsetMs(): Ms | null;
  /** Tokens left to read with; below zero while calls wait. */
  readTokens(): number;
}

const EVENT_LIMIT = 200;
const MARKET_LIMIT = 1000;
const TRADE_LIMIT = 1000;
const MAX_PAGES = 20;

export function createKalshiRest(options: KalshiRestOptions): KalshiRest {
  const { clockOffsetMs, get, readTokens } = createGet(options);
  return {
    ...singles(get),
    ...bookReads(get),
    ...lists(get, options.clock),
    ...feeReads(get),
    ...accountReads(get),
    ...orderReads(get, clockOffsetMs),
    clockOffsetMs,
    readTokens,
  };
}

function singles(get: Get): Pick<KalshiRest, "exchangeStatus" | "series" | "market"> {
  return {
    async exchangeStatus(signal) {
      const request = "/exchange/status";
      const body = check(schemas.status, await get(request, {}, signal), top(request));
      return {
        exchangeActive: body.exchange_active,
        tradingActive: body.trading_active,
        resumeMs: parseRfc3339(body.exchange_estimated_resume_time ?? "") ?? null,
        shards: (body.exchange_index_statuses ?? []).map((shard) => ({
          exchangeIndex: shard.exchange_index,
          description: shard.description ?? "",
          exchangeActive: shard.exchange_active,
          tradingActive: shard.trading_active,
        })),
      };
    },
    async series(ticker, signal) {
      const path = `/series/${encodeURIComponent(ticker)}`;
      const { series } = check(schemas.series, await get(path, {}, signal), top(path));
      return {
        ticker: series.ticker,
        title: series.title ?? "",
        frequency: series.frequency ?? "",
        feeType: series.fee_type,
        feeMultiplier: series.fee_multiplier,
        exchangeIndex: series.exchange_index ?? null,
      };
    },
    async market(ticker, signal) {
      const path = `/markets/${encodeURIComponent(ticker)}`;
      const { market } = check(schemas.marketEnvelope, await get(path, {}, signal), top(path));
      return mapMarket(market, { request: `GET ${path}`, path: "market" });
    },
  };
}

function bookReads(get: Get): Pick<KalshiRest, "orderbook" | "orderbooks"> {
  return {
    async orderbook(ticker, signal) {
      const path = `/markets/${encodeURIComponent(ticker)}/orderbook`;
      const body = check(schemas.orderbook, await get(path, {}, signal), top(path));
      return mapBook(body, top(path));
    },
    async orderbooks(tickers, signal) {
      const path = "/markets/orderbooks";
      const body = check(schemas.orderbooks, await get(path, { tickers }, signal), top(path));
      const unreadable: Unreadable[] = [];
      const books = mapEach("book", body.orderbooks, unreadable, (raw, at) => {
        const place = { ...top(path), path: `orderbooks[${at}]` };
        const book = check(schemas.namedOrderbook, raw, place);
        return [book.ticker, mapBook(book, place)] as const;
      });
      return { books: new Map(books), unreadable };
    },
  };
}

function mapBook(body: BookBody, place: Place): RestBook {
  const side = (name: "yes_dollars" | "no_dollars"): readonly Level[] => {
    const levels = mapLevels(body.orderbook_fp?.[name]);
    if (levels !== undefined) return levels;
    throw payloadChanged(place, `orderbook_fp.${name}`, "holds an unreadable level");
  };
  return { yes: side("yes_dollars"), no: side("no_dollars") };
}

function lists(get: Get, clock: Clock): Pick<KalshiRest, "events" | "markets" | "trades"> {
  return {
    async events(query, signal) {
      const params = { series_ticker: query.seriesTicker, status: query.status };
      const unreadable: Unreadable[] = [];
      const read = async (cursor: string): Promise<Page<EventInfo>> => {
        const limit = query.limit ?? EVENT_LIMIT;
        const body = await get("/events", { ...params, limit, cursor }, signal);
        const page = check(schemas.eventsPage, body, top("/events"));
        const items = mapEach("event", page.events, unreadable, (raw, at) =>
          mapEvent(check(schemas.event, raw, { ...top("/events"), path: `events[${at}]` })),
        );
        return { items, cursor: page.cursor ?? "" };
      };
      const { items, complete } = await readPages(read, (event) => event.eventTicker, cut(query));
      return { events: items, complete, unreadable };
    },
    async markets(query, signal) {
      const params = {
        event_ticker: query.eventTicker,
        series_ticker: query.seriesTicker,
        tickers: query.tickers?.join(","),
        status: query.status,
        limit: query.limit ?? MARKET_LIMIT,
      };
      const unreadable: Unreadable[] = [];
      const read = async (cursor: string): Promise<Page<Market>> => {
        const body = await get("/markets", { ...params, cursor }, signal);
        return mapMarketsPage(body, "/markets", unreadable);
      };
      const { items, complete } = await readPages(read, (market) => market.ticker, cut(query));
      return { markets: items, complete, unreadable };
    },
    async trades(ticker, query, signal) {
      const limit = query.limit ?? TRADE_LIMIT;
      const params = { ticker, min_ts: query.minS, max_ts: query.maxS, limit };
      const unreadable: Unreadable[] = [];
      const read = async (cursor: string): Promise<Page<PublicTrade>> => {
        const body = await get("/markets/trades", { ...params, cursor }, signal);
        return mapTradesPage(body, "/markets/trades", { recvMs: clock.nowMs(), unreadable });
      };
      const { items, complete } = await readPages(read, (trade) => trade.tradeId, cut(query));
      return { trades: items, complete, unreadable };
    },
  };
}

/** One page of a list of markets, live or historical. */
export function mapMarketsPage(
  body: unknown,
  path: string,
  unreadable: Unreadable[],
): Page<Market> {
  const page = check(schemas.marketsPage, body, top(path));
  const items = mapEach("market", page.markets, unreadable, (raw, at) =>
    mapMarket(raw, { ...top(path), path: `markets[${at}]` }),
  );
  return { items, cursor: page.cursor ?? "" };
}

/** One page of a list of public trades, live or historical. */
export function mapTradesPage(
  body: unknown,
  path: string,
  { recvMs, unreadable }: { readonly recvMs: Ms; readonly unreadable: Unreadable[] },
): Page<PublicTrade> {
  const page = check(schemas.tradesPage, body, top(path));
  const items = mapEach("trade", page.trades, unreadable, (raw, at) => {
    const trade = mapTrade(isRecord(raw) ? raw : {}, { sid: 0, seq: 0 }, recvMs);
    if (typeof trade !== "string") return trade;
    throw payloadChanged(top(path), `trades[${at}]`, `is unreadable: ${trade}`);
  });
  return { items, cursor: page.cursor ?? "" };
}

type EventBody = (typeof schemas.event)["_output"];
type BookBody = (typeof schemas.orderbook)["_output"];

function mapEvent(body: EventBody): EventInfo {
  return {
    eventTicker: body.event_ticker,
    seriesTicker: body.series_ticker,
    title: body.title ?? "",
    strikeMs: parseRfc3339(body.strike_date ?? "") ?? null,
    override: overrideOf(body),
    exchangeIndex: body.exchange_index ?? null,
  };
}

function cut(query: { readonly maxPages?: number }): CutList {
  return { maxPages: query.maxPages ?? MAX_PAGES };
}

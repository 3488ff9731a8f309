import type { Level, PublicTrade } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock, HttpClient } from "../../ports.ts";
import { parseHttpDate, parseRfc3339 } from "../platform/rfc3339.ts";
import type { Signer } from "./auth.ts";
import { errorOfResponse } from "./errors.ts";
import { mapLevels, mapTrade } from "./map.ts";
import { type CutList, type Page, readPages } from "./pages.ts";
import { check, mapMarket, parseJson, payloadChanged } from "./rest-body.ts";
import { schemas } from "./rest-schema.ts";

export interface KalshiRestOptions {
  /** Up to and including `/trade-api/v2`. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Without one only public endpoints answer, on a tight budget per address. */
  readonly signer: Signer | null;
}

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
  readonly feeTypeOverride: string | null;
  readonly feeMultiplierOverride: number | null;
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

interface MarketList {
  readonly markets: readonly Market[];
  /** False when pages were left unread, by the limit or because the cursor ran in a circle. */
  readonly complete: boolean;
}

interface RestBook {
  readonly yes: readonly Level[];
  readonly no: readonly Level[];
}

/** The reading half of the exchange's REST interface. Nothing is retried here. */
export interface KalshiRest {
  exchangeStatus(signal: AbortSignal): Promise<ExchangeStatus>;
  series(ticker: string, signal: AbortSignal): Promise<Series>;
  events(
    query: EventQuery,
    signal: AbortSignal,
  ): Promise<{ events: readonly EventInfo[]; complete: boolean }>;
  markets(query: MarketQuery, signal: AbortSignal): Promise<MarketList>;
  market(ticker: string, signal: AbortSignal): Promise<Market>;
  orderbook(ticker: string, signal: AbortSignal): Promise<RestBook>;
  /** Newest first. */
  trades(
    ticker: string,
    query: TradeQuery,
    signal: AbortSignal,
  ): Promise<{ trades: readonly PublicTrade[]; complete: boolean }>;
  /** Exchange clock minus ours by the newest answer's `Date`, which has whole seconds only; null before any answer. */
  clockOffsetMs(): Ms | null;
}

type Params = Readonly<Record<string, string | number | undefined>>;
type Get = (path: string, params: Params, signal: AbortSignal) => Promise<unknown>;

const EVENT_LIMIT = 200;
const MARKET_LIMIT = 1000;
const TRADE_LIMIT = 1000;
const MAX_PAGES = 20;

export function createKalshiRest(options: KalshiRestOptions): KalshiRest {
  let offsetMs: Ms | null = null;
  const get: Get = async (path, params, signal) => {
    const url = `${options.baseUrl}${path}${queryText(params)}`;
    const nowMs = options.clock.nowMs();
    // Signed even where a key is not needed: unsigned calls share a tight budget per address (kalshi.md §1.2).
    const headers = options.signer?.sign(nowMs, "GET", url) ?? {};
    const response = await options.http.request(
      { method: "GET", url, headers: { accept: "application/json", ...headers } },
      signal,
    );
    const date = parseHttpDate(response.headers["date"] ?? "");
    if (date !== undefined) offsetMs = date - options.clock.nowMs();
    if (response.status !== 200) throw errorOfResponse(response, { method: "GET", url });
    return parseJson(response.body, `GET ${path}`);
  };
  return { ...singles(get), ...lists(get, options.clock), clockOffsetMs: () => offsetMs };
}

function singles(get: Get): Pick<KalshiRest, "exchangeStatus" | "series" | "market" | "orderbook"> {
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
    async orderbook(ticker, signal) {
      const path = `/markets/${encodeURIComponent(ticker)}/orderbook`;
      const body = check(schemas.orderbook, await get(path, {}, signal), top(path));
      const side = (name: "yes_dollars" | "no_dollars"): readonly Level[] => {
        const levels = mapLevels(body.orderbook_fp?.[name]);
        if (levels !== undefined) return levels;
        throw payloadChanged(top(path), `orderbook_fp.${name}`, "holds an unreadable level");
      };
      return { yes: side("yes_dollars"), no: side("no_dollars") };
    },
  };
}

function lists(get: Get, clock: Clock): Pick<KalshiRest, "events" | "markets" | "trades"> {
  return {
    async events(query, signal) {
      const params = { series_ticker: query.seriesTicker, status: query.status };
      const read = async (cursor: string): Promise<Page<EventInfo>> => {
        const limit = query.limit ?? EVENT_LIMIT;
        const body = await get("/events", { ...params, limit, cursor }, signal);
        const page = check(schemas.eventsPage, body, top("/events"));
        return { items: page.events.map(mapEvent), cursor: page.cursor ?? "" };
      };
      const { items, complete } = await readPages(read, (event) => event.eventTicker, cut(query));
      return { events: items, complete };
    },
    async markets(query, signal) {
      const params = {
        event_ticker: query.eventTicker,
        series_ticker: query.seriesTicker,
        tickers: query.tickers?.join(","),
        status: query.status,
        limit: query.limit ?? MARKET_LIMIT,
      };
      const read = async (cursor: string): Promise<Page<Market>> => {
        const body = await get("/markets", { ...params, cursor }, signal);
        const page = check(schemas.marketsPage, body, top("/markets"));
        const items = page.markets.map((raw, at) =>
          mapMarket(raw, { request: "GET /markets", path: `markets[${at}]` }),
        );
        return { items, cursor: page.cursor ?? "" };
      };
      const { items, complete } = await readPages(read, (market) => market.ticker, cut(query));
      return { markets: items, complete };
    },
    async trades(ticker, query, signal) {
      const limit = query.limit ?? TRADE_LIMIT;
      const params = { ticker, min_ts: query.minS, max_ts: query.maxS, limit };
      const read = async (cursor: string): Promise<Page<PublicTrade>> => {
        const body = await get("/markets/trades", { ...params, cursor }, signal);
        const page = check(schemas.tradesPage, body, top("/markets/trades"));
        const recvMs = clock.nowMs();
        const items = page.trades.map((raw, at) => {
          const trade = mapTrade(raw, { sid: 0, seq: 0 }, recvMs);
          if (typeof trade !== "string") return trade;
          throw payloadChanged(top("/markets/trades"), `trades[${at}]`, `is unreadable: ${trade}`);
        });
        return { items, cursor: page.cursor ?? "" };
      };
      const { items, complete } = await readPages(read, (trade) => trade.tradeId, cut(query));
      return { trades: items, complete };
    },
  };
}

type EventBody = (typeof schemas.eventsPage)["_output"]["events"][number];

function mapEvent(body: EventBody): EventInfo {
  return {
    eventTicker: body.event_ticker,
    seriesTicker: body.series_ticker,
    title: body.title ?? "",
    strikeMs: parseRfc3339(body.strike_date ?? "") ?? null,
    feeTypeOverride: body.fee_type_override ?? null,
    feeMultiplierOverride: body.fee_multiplier_override ?? null,
    exchangeIndex: body.exchange_index ?? null,
  };
}

function cut(query: { readonly maxPages?: number }): CutList {
  return { maxPages: query.maxPages ?? MAX_PAGES };
}

function top(path: string): { request: string; path: string } {
  return { request: `GET ${path}`, path: "" };
}

function queryText(params: Params): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

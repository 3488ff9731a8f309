import type { SpotVenue } from "../../scenario/spot-venue.ts";
import { SIZE_SCALE } from "../../scenario/venue-spec.ts";
import type { VenueMarkets } from "../markets.ts";
import { sizeText } from "../text.ts";
import type { SpotReply, SpotRequest } from "../types.ts";
import { dayFigures, snapshotJson } from "./frames.ts";
import { FUNDING_MS, type Funding, rateText } from "./funding.ts";
import { INTERVALS, priceText, symbolOf, turnoverText } from "./symbols.ts";

const SPOT = "/binance/api/v3/";
const FUTURES = "/binance-futures/fapi/v1/";
const WEIGHT_MAX = 6000;
const FUTURES_WEIGHT_MAX = 2400;
/** Requests sent after the 429 until the address is banned, and for how long. */
const IGNORED_MAX = 10;
const BAN_MS = 120_000;
const KLINES_MAX = 1000;
const MINUTE_MS = 60_000;

type Handler = (request: SpotRequest) => SpotReply;

interface Endpoint {
  readonly weight: (query: URLSearchParams) => number;
  readonly handle: Handler;
}

/** Binance's own allowance for one address, by the minute. */
class Weights {
  readonly #max: number;
  #minute = 0;
  #used = 0;
  #ignored = 0;
  #bannedUntilMs = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Spends weight; the refusal when there is none left. */
  spend(weight: number, nowMs: number): SpotReply | null {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (nowMs < this.#bannedUntilMs) return this.#banned(nowMs);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
      this.#ignored = 0;
    }
    this.#used += weight;
    if (this.#used <= this.#max) return null;
    if (++this.#ignored > IGNORED_MAX) {
      this.#bannedUntilMs = nowMs + BAN_MS;
      return this.#banned(nowMs);
    }
    const waitS = Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1000);
    const msg = `Too much request weight used; current limit is ${this.#max} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`;
    return failed(429, -1003, msg, { "retry-after": `${waitS}` });
  }

  #banned(nowMs: number): SpotReply {
    const waitS = Math.ceil((this.#bannedUntilMs - nowMs) / 1000);
    const msg = `Way too much request weight used; IP banned until ${this.#bannedUntilMs}. Please use WebSocket Streams for live updates to avoid bans.`;
    return failed(418, -1003, msg, { "retry-after": `${waitS}` });
  }

  headers(): Record<string, string> {
    return { "x-mbx-used-weight": `${this.#used}`, "x-mbx-used-weight-1m": `${this.#used}` };
  }
}

/** Spot REST (§3.3) and the futures' funding (§3.4). */
export class BinanceRest {
  readonly #markets: VenueMarkets;
  readonly #funding: Funding;
  readonly #spotWeights = new Weights(WEIGHT_MAX);
  readonly #futuresWeights = new Weights(FUTURES_WEIGHT_MAX);
  readonly #spot: ReadonlyMap<string, Endpoint>;
  readonly #futures: ReadonlyMap<string, Endpoint>;

  constructor(markets: VenueMarkets, funding: Funding) {
    this.#markets = markets;
    this.#funding = funding;
    this.#spot = this.#spotEndpoints();
    this.#futures = this.#futuresEndpoints();
  }

  answer(request: SpotRequest): SpotReply {
    const { path, query, nowMs } = request;
    const isFutures = path.startsWith(FUTURES);
    const isKnown = isFutures || path.startsWith(SPOT);
    const name = isKnown ? path.slice((isFutures ? FUTURES : SPOT).length) : "";
    const endpoint = (isFutures ? this.#futures : this.#spot).get(name);
    if (endpoint === undefined || request.method !== "GET") {
      return { status: 404, body: "", headers: { "content-type": "text/html" } };
    }
    const weights = isFutures ? this.#futuresWeights : this.#spotWeights;
    const refused = weights.spend(endpoint.weight(query), nowMs);
    const reply = refused ?? endpoint.handle(request);
    return { ...reply, headers: { ...weights.headers(), ...reply.headers } };
  }

  #spotEndpoints(): ReadonlyMap<string, Endpoint> {
    const of = (
      weight: number,
      handle: (market: SpotVenue, request: SpotRequest) => SpotReply,
    ): Endpoint => ({
      weight: () => weight,
      handle: (request) => this.#withMarket(request, (market) => handle(market, request)),
    });
    return new Map<string, Endpoint>([
      ["ping", { weight: () => 1, handle: () => ok({}) }],
      ["time", { weight: () => 1, handle: ({ nowMs }) => ok({ serverTime: nowMs }) }],
      ["exchangeInfo", { weight: () => 20, handle: ({ nowMs }) => this.#exchangeInfo(nowMs) }],
      ["depth", { ...of(5, depth), weight: depthWeight }],
      ["trades", of(25, trades)],
      ["klines", of(2, klines)],
      ["ticker/bookTicker", of(2, (market) => ok(bookTicker(market)))],
      ["ticker/price", of(2, (market) => ok(lastPrice(market)))],
      ["ticker/24hr", of(2, (market, { nowMs }) => ok(dayTicker(market, nowMs)))],
    ]);
  }

  #futuresEndpoints(): ReadonlyMap<string, Endpoint> {
    return new Map<string, Endpoint>([
      ["ping", { weight: () => 1, handle: () => ok({}) }],
      ["time", { weight: () => 1, handle: ({ nowMs }) => ok({ serverTime: nowMs }) }],
      [
        "premiumIndex",
        {
          weight: (query) => (query.has("symbol") ? 1 : 10),
          handle: (request) => this.#premiumIndex(request),
        },
      ],
      ["fundingRate", { weight: () => 1, handle: (request) => this.#fundingRates(request) }],
      // Symbols on the default settings are absent.
      ["fundingInfo", { weight: () => 1, handle: () => ok([]) }],
    ]);
  }

  #market(symbol: string): SpotVenue | undefined {
    const coin = this.#markets.coins().find((each) => symbolOf(each) === symbol);
    return coin === undefined ? undefined : this.#markets.get(coin);
  }

  #withMarket(request: SpotRequest, handle: (market: SpotVenue) => SpotReply): SpotReply {
    const symbol = request.query.get("symbol") ?? "";
    if (symbol === "") {
      const msg = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.";
      return failed(400, -1102, msg);
    }
    if (!/^[A-Z0-9-_.]{1,20}$/.test(symbol)) {
      const msg =
        "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.";
      return failed(400, -1100, msg);
    }
    const market = this.#market(symbol);
    return market === undefined ? failed(400, -1121, "Invalid symbol.") : handle(market);
  }

  #exchangeInfo(nowMs: number): SpotReply {
    const symbols = this.#markets.coins().flatMap((coin) => {
      const market = this.#markets.get(coin);
      return market === undefined ? [] : [symbolJson(market)];
    });
    const limit = { rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1 };
    return ok({
      timezone: "UTC",
      serverTime: nowMs,
      rateLimits: [{ ...limit, limit: WEIGHT_MAX }],
      exchangeFilters: [],
      symbols,
    });
  }

  #premiumIndex(request: SpotRequest): SpotReply {
    const { query, nowMs } = request;
    const json = (market: SpotVenue) => {
      const { rate, nextFundingMs, ...prices } = this.#funding.premium(market, nowMs);
      const rates = { lastFundingRate: rate, interestRate: "0.00010000" };
      return { ...prices, ...rates, nextFundingTime: nextFundingMs, time: nowMs };
    };
    if (query.has("symbol")) return this.#withMarket(request, (market) => ok(json(market)));
    return ok(
      this.#markets.coins().flatMap((coin) => {
        const market = this.#markets.get(coin);
        return market === undefined ? [] : [json(market)];
      }),
    );
  }

  #fundingRates(request: SpotRequest): SpotReply {
    const { query, nowMs } = request;
    const limit = whole(query, "limit") ?? 100;
    const endMs = Math.min(whole(query, "endTime") ?? nowMs, nowMs);
    const lastMs = Math.floor(endMs / FUNDING_MS) * FUNDING_MS;
    const startMs = whole(query, "startTime") ?? lastMs - (limit - 1) * FUNDING_MS;
    if (!(limit >= 1 && limit <= 1000) || Number.isNaN(endMs - startMs)) {
      return failed(400, -1102, "A parameter was not sent, was empty/null, or malformed.");
    }
    return this.#withMarket(request, (market) => {
      const rows: unknown[] = [];
      let atMs = Math.ceil(startMs / FUNDING_MS) * FUNDING_MS;
      for (; atMs <= endMs && rows.length < limit; atMs += FUNDING_MS) {
        rows.push(this.#fundingRow(market, atMs));
      }
      return ok(rows);
    });
  }

  #fundingRow(market: SpotVenue, atMs: number) {
    const [minute] = market.candles.read(atMs / 1000, atMs / 1000 + 60, 60);
    return {
      symbol: symbolOf(market.coin),
      fundingRate: rateText(this.#funding.rateAt(market.coin, atMs)),
      // Some milliseconds after the hour, as the real ones are.
      fundingTime: atMs + ((atMs / FUNDING_MS) % 5),
      markPrice: minute === undefined ? "" : priceText(minute.open, market.pair),
    };
  }
}

function ok(value: unknown): SpotReply {
  return { status: 200, body: JSON.stringify(value) };
}

function failed(
  status: number,
  code: number,
  msg: string,
  headers: Readonly<Record<string, string>> = {},
): SpotReply {
  return { status, body: JSON.stringify({ code, msg }), headers };
}

/** A whole number of the query; undefined when absent, NaN when it is none. */
function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function badLimit(limit: number, max: number): SpotReply | null {
  if (limit >= 1 && limit <= max) return null;
  const msg = `Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.`;
  return failed(400, -1100, msg);
}

function depthWeight(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? "100");
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function depth(market: SpotVenue, { query }: SpotRequest): SpotReply {
  const limit = whole(query, "limit") ?? 100;
  return (
    badLimit(limit, 1e15) ?? { status: 200, body: snapshotJson(market, Math.min(5000, limit)) }
  );
}

function trades(market: SpotVenue, { query }: SpotRequest): SpotReply {
  const limit = whole(query, "limit") ?? 500;
  const refused = badLimit(limit, 1000);
  if (refused !== null) return refused;
  const rows = market.recent(limit).map((trade) => ({
    id: trade.id,
    price: priceText(trade.price, market.pair),
    qty: sizeText(trade.size),
    quoteQty: turnoverText(trade.price * trade.size, market.pair),
    time: trade.atMs,
    isBuyerMaker: !trade.isBuy,
    isBestMatch: true,
  }));
  return ok(rows);
}

function klines(market: SpotVenue, { query, nowMs }: SpotRequest): SpotReply {
  const interval = query.get("interval") ?? "";
  const lengthS = INTERVALS.get(interval);
  if (interval === "") {
    const msg = "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.";
    return failed(400, -1102, msg);
  }
  if (lengthS === undefined) return failed(400, -1120, "Invalid interval.");
  const limit = whole(query, "limit") ?? 500;
  const startMs = whole(query, "startTime");
  const endMs = Math.min(whole(query, "endTime") ?? nowMs, nowMs);
  if (!(limit >= 1) || Number.isNaN((startMs ?? 0) + endMs)) {
    return badLimit(0, 0) ?? failed(400, -1100, "");
  }
  const count = Math.min(limit, KLINES_MAX);
  const lastS = Math.floor(endMs / 1000 / lengthS) * lengthS;
  const fromS = startMs === undefined ? lastS - (count - 1) * lengthS : Math.ceil(startMs / 1000);
  const found = market.candles.readFlat(fromS, lastS, lengthS);
  // Without a start the newest are meant, with one the first from there on.
  const page = startMs === undefined ? found.slice(-count) : found.slice(0, count);
  return ok(page.map((candle) => klineRow(market, candle, lengthS)));
}

function klineRow(
  market: SpotVenue,
  candle: ReturnType<SpotVenue["candles"]["read"]>[number],
  lengthS: number,
) {
  const { pair } = market;
  const openMs = candle.startS * 1000;
  return [
    openMs,
    priceText(candle.open, pair),
    priceText(candle.high, pair),
    priceText(candle.low, pair),
    priceText(candle.close, pair),
    sizeText(candle.volume),
    openMs + lengthS * 1000 - 1,
    turnoverText(candle.turnover, pair),
    candle.trades,
    sizeText(candle.takerVolume),
    turnoverText(candle.takerTurnover, pair),
    "0",
  ];
}

function bookTicker(market: SpotVenue) {
  const { book, pair, coin } = market;
  return {
    symbol: symbolOf(coin),
    bidPrice: priceText(book.bids.priceAt(0) ?? 0, pair),
    bidQty: sizeText(book.bids.sizeAt(0)),
    askPrice: priceText(book.asks.priceAt(0) ?? 0, pair),
    askQty: sizeText(book.asks.sizeAt(0)),
  };
}

function lastPrice(market: SpotVenue) {
  return { symbol: symbolOf(market.coin), price: priceText(market.lastPrice, market.pair) };
}

function dayTicker(market: SpotVenue, nowMs: number) {
  const figures = dayFigures(market, nowMs);
  if (figures === null) return lastPrice(market);
  const { day, change, percent, average } = figures;
  const price = (units: number): string => priceText(units, market.pair);
  return {
    ...bookTicker(market),
    priceChange: price(change),
    priceChangePercent: percent,
    weightedAvgPrice: price(average),
    lastPrice: price(figures.last),
    lastQty: sizeText(market.last?.size ?? 0),
    openPrice: price(day.open),
    highPrice: price(day.high),
    lowPrice: price(day.low),
    volume: sizeText(day.volume),
    quoteVolume: turnoverText(day.turnover, market.pair),
    openTime: nowMs - 86_400_000,
    closeTime: nowMs,
    count: day.trades,
  };
}

function symbolJson(market: SpotVenue) {
  const { coin, pair } = market;
  const step = sizeText(pair.sizeStep);
  const tick = priceText(pair.tick, pair);
  const max = sizeText(9000 * SIZE_SCALE);
  return {
    symbol: symbolOf(coin),
    status: "TRADING",
    baseAsset: coin,
    baseAssetPrecision: 8,
    quoteAsset: "USDT",
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: [
      { filterType: "PRICE_FILTER", minPrice: tick, maxPrice: "1000000.00000000", tickSize: tick },
      { filterType: "LOT_SIZE", minQty: step, maxQty: max, stepSize: step },
      { filterType: "NOTIONAL", minNotional: "5.00000000", applyMinToMarket: true },
    ],
    permissions: [],
    permissionSets: [["SPOT"]],
  };
}

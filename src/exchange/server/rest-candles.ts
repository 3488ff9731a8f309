import type { WorldMarket } from "../world.ts";
import { type Candle, type CandleRange, type Ohlc, silentAfter } from "./candles.ts";
import { countText, dollarText } from "./number-text.ts";
import {
  badParameter,
  booleanParam,
  failed,
  isReply,
  listParam,
  ok,
  requiredInteger,
} from "./query.ts";
import type { Records } from "./records.ts";
import { liveMarket } from "./rest-markets.ts";
import type { Call, Reply, Route } from "./route.ts";

export function candleRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/markets/candlesticks", handle: (call) => listCandles(call, records) },
    {
      ...get,
      path: "/series/:series/markets/:ticker/candlesticks",
      handle: (call) => getCandles(call, records),
    },
    {
      ...get,
      path: "/series/:series/events/:event/candlesticks",
      handle: (call) => eventCandles(call, records),
    },
    {
      ...get,
      path: "/historical/markets/:ticker/candlesticks",
      handle: (call) => oldCandles(call, records),
    },
  ];
}

const CANDLES_MAX = 10_000;
const TICKERS_MAX = 100;
const PERIODS_MIN: ReadonlySet<number> = new Set([1, 60, 1440]);

/** The range a request asks for, of as many candles as one answer may have for `markets` markets. */
function rangeOf(query: URLSearchParams, operation: string, markets: number): CandleRange | Reply {
  const fromS = requiredInteger(query, "start_ts", operation);
  const toS = requiredInteger(query, "end_ts", operation);
  const period = requiredInteger(query, "period_interval", operation);
  if (isReply(fromS)) return fromS;
  if (isReply(toS)) return toS;
  if (isReply(period)) return period;
  if (!PERIODS_MIN.has(period)) return badParameter(operation, "PeriodInterval", "oneof");
  if (toS < fromS) return badParameter(operation, "EndTs", "gtefield");
  const periodS = period * 60;
  return countOf(fromS, toS, periodS) * markets > CANDLES_MAX
    ? badParameter(operation, "EndTs", "max_candlesticks")
    : { fromS, toS, periodS };
}

/** Candles that end in the range. */
function countOf(fromS: number, toS: number, periodS: number): number {
  return Math.floor(toS / periodS) - Math.ceil(fromS / periodS) + 1;
}

function getCandles(call: Call, records: Records): Reply {
  const operation = "GetMarketCandlesticks";
  const range = rangeOf(call.query, operation, 1);
  const hasLatest = booleanParam(call.query, "include_latest_before_start", operation);
  if (isReply(range)) return range;
  if (isReply(hasLatest)) return hasLatest;
  const market = liveMarket(call, records, call.params["ticker"] ?? "");
  if (market === undefined || market.seriesTicker !== call.params["series"]) {
    return failed(404, "market_not_found");
  }
  const { ticker } = market;
  return ok({ ticker, candlesticks: candlesJson(records, ticker, range, hasLatest) });
}

function listCandles(call: Call, records: Records): Reply {
  const operation = "BatchGetMarketCandlesticks";
  const tickers = listParam(call.query, "market_tickers");
  if (tickers.length === 0) return badParameter(operation, "MarketTickers", "required");
  if (tickers.length > TICKERS_MAX) return badParameter(operation, "MarketTickers", "max");
  const range = rangeOf(call.query, operation, tickers.length);
  const hasLatest = booleanParam(call.query, "include_latest_before_start", operation);
  if (isReply(range)) return range;
  if (isReply(hasLatest)) return hasLatest;
  const known = tickers.filter((ticker) => liveMarket(call, records, ticker) !== undefined);
  return ok({
    markets: known.map((ticker) => ({
      market_ticker: ticker,
      candlesticks: candlesJson(records, ticker, range, hasLatest),
    })),
  });
}

/** All markets of an event; a range too long for one answer is cut at its end, and the answer says where. */
function eventCandles(call: Call, records: Records): Reply {
  const range = rangeOf(call.query, "GetEventCandlesticks", 1);
  if (isReply(range)) return range;
  const markets = call.world
    .markets()
    .filter(({ eventTicker }) => eventTicker === call.params["event"])
    .filter(({ seriesTicker }) => seriesTicker === call.params["series"])
    .filter((market) => !records.archive.holds(market, call.nowMs));
  if (markets.length === 0) return failed(404, "not_found");
  const cut = shortened(range, markets.length);
  return ok({
    market_tickers: markets.map(({ ticker }) => ticker),
    market_candlesticks: markets.map(({ ticker }) => candlesJson(records, ticker, cut, false)),
    adjusted_end_ts: cut.toS,
  });
}

function shortened(range: CandleRange, markets: number): CandleRange {
  const { fromS, toS, periodS } = range;
  const each = Math.max(1, Math.floor(CANDLES_MAX / markets));
  const lastS = (Math.ceil(fromS / periodS) + each - 1) * periodS;
  return { ...range, toS: Math.min(toS, lastS) };
}

function oldCandles(call: Call, records: Records): Reply {
  const range = rangeOf(call.query, "GetMarketCandlesticksHistorical", 1);
  if (isReply(range)) return range;
  const market: WorldMarket | undefined = call.world.market(call.params["ticker"] ?? "");
  if (market === undefined || !records.archive.holds(market, call.nowMs)) {
    return failed(404, "market_not_found");
  }
  const candles = records.candles.read(market.ticker, range);
  return ok({ ticker: market.ticker, candlesticks: candles.map(oldCandleJson) });
}

function candlesJson(
  records: Records,
  ticker: string,
  range: CandleRange,
  hasLatest: boolean,
): readonly unknown[] {
  const candles = records.candles.read(ticker, range);
  if (!hasLatest) return candles.map(candleJson);
  const latest = records.candles.latestBefore(ticker, range.fromS, range.periodS);
  const firstS = Math.ceil(range.fromS / range.periodS) * range.periodS;
  // A silent stretch before the range is continued into it anyway; only a range without its first candle needs one.
  const isMissing = latest !== undefined && candles[0]?.endS !== firstS;
  return (isMissing ? [silentAfter(latest, firstS), ...candles] : candles).map(candleJson);
}

function candleJson(candle: Candle): Record<string, unknown> {
  return {
    end_period_ts: candle.endS,
    yes_bid: dollarsJson(candle.bid),
    yes_ask: dollarsJson(candle.ask),
    price: priceJson(candle),
    volume_fp: countText(candle.volumeCq),
    open_interest_fp: countText(candle.openInterestCq),
  };
}

function dollarsJson(ohlc: Ohlc): Record<string, string> {
  return {
    open_dollars: dollarText(ohlc.open),
    low_dollars: dollarText(ohlc.low),
    high_dollars: dollarText(ohlc.high),
    close_dollars: dollarText(ohlc.close),
  };
}

// Recorded: without a trade only the price before is left, and without any trade before not even that.
function priceJson(candle: Candle): Record<string, string> {
  const { price, meanCc, previousCc } = candle;
  return {
    ...(price === null ? {} : dollarsJson(price)),
    ...(meanCc === null ? {} : { mean_dollars: dollarText(meanCc) }),
    ...(previousCc === null ? {} : { previous_dollars: dollarText(previousCc) }),
  };
}

/** The historical tier has names without units, and nulls where the live tier leaves keys out. */
function oldCandleJson(candle: Candle): Record<string, unknown> {
  const { price, meanCc, previousCc } = candle;
  return {
    end_period_ts: candle.endS,
    yes_bid: plainJson(candle.bid),
    yes_ask: plainJson(candle.ask),
    price: {
      ...(price === null ? { open: null, low: null, high: null, close: null } : plainJson(price)),
      mean: meanCc === null ? null : dollarText(meanCc),
      previous: previousCc === null ? null : dollarText(previousCc),
    },
    volume: countText(candle.volumeCq),
    open_interest: countText(candle.openInterestCq),
  };
}

function plainJson(ohlc: Ohlc): Record<string, string> {
  return {
    open: dollarText(ohlc.open),
    low: dollarText(ohlc.low),
    high: dollarText(ohlc.high),
    close: dollarText(ohlc.close),
  };
}

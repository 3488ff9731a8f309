import type { WorldMarket, WorldStatus, WorldTrade } from "../world.ts";
import { eventJson, marketJson, seriesJson, seriesTags } from "./market-json.ts";
import { countText, dollarText } from "./number-text.ts";
import {
  badParameter,
  type Call,
  failed,
  integerParam,
  isReply,
  listParam,
  ok,
  pageOf,
  type Reply,
} from "./query.ts";
import { utcText } from "./time-text.ts";

// The filter's words are not the field's words, and `closed` is every state between the close and the payout.
const STATUS_FILTERS: ReadonlyMap<string, readonly WorldStatus[]> = new Map<
  string,
  readonly WorldStatus[]
>([
  ["unopened", ["initialized"]],
  ["open", ["active"]],
  ["paused", []],
  ["closed", ["closed", "determined"]],
  ["settled", ["finalized"]],
]);

type TimeFamily = "created" | "close" | "settled";

/** Status filters a family of time bounds may be combined with; the empty one means no status. */
const FAMILY_STATUSES: Readonly<Record<TimeFamily, readonly string[]>> = {
  created: ["", "unopened", "open"],
  close: ["", "closed"],
  settled: ["", "settled"],
};

const TIMES: Readonly<Record<TimeFamily, (market: WorldMarket) => number | null>> = {
  created: (market) => market.createdMs,
  close: (market) => market.closeMs,
  settled: (market) => market.settledMs,
};

type Test = (market: WorldMarket) => boolean;

export function listMarkets(call: Call): Reply {
  const operation = "GetMarkets";
  const tests = marketTests(call, operation);
  if (isReply(tests)) return tests;
  const found = call.world.markets().filter((market) => tests.every((test) => test(market)));
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(found, (market) => market.ticker, call.query, rule);
  if (isReply(page)) return page;
  const markets = page.items.map((market) => marketJson(call, market));
  return ok({ markets, cursor: page.cursor });
}

function marketTests(call: Call, operation: string): readonly Test[] | Reply {
  const { query } = call;
  const status = query.get("status") ?? "";
  const statuses = STATUS_FILTERS.get(status);
  if (status !== "" && statuses === undefined) return badParameter(operation, "Status", "oneof");
  const families = timeTests(query, status, operation);
  if (isReply(families)) return families;
  const event = query.get("event_ticker");
  const series = query.get("series_ticker");
  const tickers = new Set(listParam(query, "tickers"));
  return [
    ...families,
    (market) => statuses === undefined || statuses.includes(market.status),
    (market) => !event || market.eventTicker === event,
    (market) => !series || market.seriesTicker === series,
    (market) => tickers.size === 0 || tickers.has(market.ticker),
    () => query.get("mve_filter") !== "only",
  ];
}

function timeTests(
  query: URLSearchParams,
  status: string,
  operation: string,
): readonly Test[] | Reply {
  const tests: Test[] = [];
  const used: TimeFamily[] = [];
  for (const family of ["created", "close", "settled"] as const) {
    const from = integerParam(query, `min_${family}_ts`, operation);
    const to = integerParam(query, `max_${family}_ts`, operation);
    if (isReply(from)) return from;
    if (isReply(to)) return to;
    if (from === undefined && to === undefined) continue;
    used.push(family);
    if (!FAMILY_STATUSES[family].includes(status)) {
      return badParameter(operation, "Status", `excluded_with_${family}_ts`);
    }
    const minMs = from === undefined ? Number.NEGATIVE_INFINITY : from * 1000;
    const maxMs = to === undefined ? Number.POSITIVE_INFINITY : to * 1000;
    tests.push((market) => {
      const at = TIMES[family](market);
      return at !== null && at >= minMs && at <= maxMs;
    });
  }
  return used.length > 1 ? badParameter(operation, "Timestamps", "one_family") : tests;
}

export function getMarket(call: Call): Reply {
  const market = call.world.market(call.params["ticker"] ?? "");
  if (market === undefined) return failed(404, "market_not_found");
  return ok({ market: marketJson(call, market) });
}

type Levels = readonly (readonly [string, string])[];

function bookJson(call: Call, ticker: string, depth: number): Record<string, Levels | null> {
  const book = call.world.book(ticker);
  // Ascending, so the best levels are the last ones; an empty side is null.
  const side = (levels: readonly (readonly [number, number])[] = []): Levels | null =>
    levels.length === 0
      ? null
      : levels
          .slice(depth > 0 ? -depth : 0)
          .map(([cc, cq]) => [dollarText(cc), countText(cq)] as const);
  return { yes_dollars: side(book?.yes), no_dollars: side(book?.no) };
}

export function getOrderbook(call: Call): Reply {
  const ticker = call.params["ticker"] ?? "";
  const depth = integerParam(call.query, "depth", "GetMarketOrderbook");
  if (isReply(depth)) return depth;
  if ((depth ?? 0) > 100) return badParameter("GetMarketOrderbook", "Depth", "lte");
  if (call.world.market(ticker) === undefined) return failed(404, "market_not_found");
  return ok({ orderbook_fp: bookJson(call, ticker, depth ?? 0) });
}

export function listOrderbooks(call: Call): Reply {
  const tickers = listParam(call.query, "tickers");
  if (tickers.length === 0) return badParameter("GetMarketOrderbooks", "Tickers", "required");
  if (tickers.length > 100) return badParameter("GetMarketOrderbooks", "Tickers", "max");
  const known = tickers.filter((ticker) => call.world.market(ticker) !== undefined);
  return ok({
    orderbooks: known.map((ticker) => ({ ticker, orderbook_fp: bookJson(call, ticker, 0) })),
  });
}

export function listTrades(call: Call): Reply {
  const { world, query } = call;
  const operation = "GetTrades";
  const fromS = integerParam(query, "min_ts", operation);
  const toS = integerParam(query, "max_ts", operation);
  if (isReply(fromS)) return fromS;
  if (isReply(toS)) return toS;
  const ticker = query.get("ticker");
  const tickers = ticker ? [ticker] : world.markets().map((market) => market.ticker);
  const minMs = (fromS ?? 0) * 1000;
  const maxMs = (toS ?? Number.POSITIVE_INFINITY) * 1000;
  const found = query.get("is_block_trade") === "true" ? [] : tradesOf(call, tickers);
  const within = found.filter((trade) => trade.atMs >= minMs && trade.atMs <= maxMs);
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(within, (trade) => trade.tradeId, query, rule);
  return isReply(page) ? page : ok({ trades: page.items.map(tradeJson), cursor: page.cursor });
}

function tradesOf(call: Call, tickers: readonly string[]): readonly WorldTrade[] {
  const trades = tickers.flatMap((ticker) => call.world.trades(ticker));
  return tickers.length === 1 ? trades : trades.toSorted((a, b) => b.atMs - a.atMs);
}

function tradeJson(trade: WorldTrade): Record<string, unknown> {
  return {
    trade_id: trade.tradeId,
    ticker: trade.ticker,
    count_fp: countText(trade.countCq),
    yes_price_dollars: dollarText(trade.yesPriceCc),
    no_price_dollars: dollarText(10_000 - trade.yesPriceCc),
    taker_outcome_side: trade.takerSide,
    taker_book_side: trade.takerSide === "yes" ? "bid" : "ask",
    taker_side: trade.takerSide,
    created_time: utcText(trade.atMs),
    is_block_trade: false,
  };
}

export function listEvents(call: Call): Reply {
  const { query } = call;
  const operation = "GetEvents";
  const minClose = integerParam(query, "min_close_ts", operation);
  if (isReply(minClose)) return minClose;
  const status = query.get("status") ?? "";
  const statuses = STATUS_FILTERS.get(status);
  if (status !== "" && statuses === undefined) return badParameter(operation, "Status", "oneof");
  const series = query.get("series_ticker");
  const tickers = new Set(listParam(query, "tickers"));
  const events = [...eventsOf(call).entries()].filter(
    ([ticker, markets]) =>
      (tickers.size === 0 || tickers.has(ticker)) &&
      markets.some(
        (market) =>
          (!series || market.seriesTicker === series) &&
          (statuses === undefined || statuses.includes(market.status)) &&
          market.closeMs >= (minClose ?? 0) * 1000,
      ),
  );
  const rule = { operation, defaultLimit: 200, maxLimit: 200 };
  const page = pageOf(events, ([ticker]) => ticker, query, rule);
  if (isReply(page)) return page;
  const isNested = query.get("with_nested_markets") === "true";
  const found = page.items.map(([, markets]) => eventJson(call, markets, isNested));
  return ok({ events: found, cursor: page.cursor });
}

function eventsOf(call: Call): ReadonlyMap<string, WorldMarket[]> {
  const events = new Map<string, WorldMarket[]>();
  for (const market of call.world.markets()) {
    const markets = events.get(market.eventTicker);
    if (markets === undefined) events.set(market.eventTicker, [market]);
    else markets.push(market);
  }
  return events;
}

export function getEvent(call: Call): Reply {
  const markets = eventsOf(call).get(call.params["ticker"] ?? "");
  if (markets === undefined) return failed(404, "not_found");
  const isNested = call.query.get("with_nested_markets") === "true";
  return ok({
    event: eventJson(call, markets, isNested),
    markets: isNested ? [] : markets.map((market) => marketJson(call, market)),
  });
}

export function listSeries(call: Call): Reply {
  const category = call.query.get("category");
  const tags = listParam(call.query, "tags");
  const series = call.world
    .series()
    .filter(() => !category || category === "Crypto")
    .filter((each) => tags.length === 0 || tags.some((tag) => seriesTags(each).includes(tag)));
  return ok({ series: series.map((each) => seriesJson(call, each)) });
}

export function getSeries(call: Call): Reply {
  const series = call.world.series().find((each) => each.ticker === call.params["ticker"]);
  return series === undefined ? failed(404, "not_found") : ok({ series: seriesJson(call, series) });
}

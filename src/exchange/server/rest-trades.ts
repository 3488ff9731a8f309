import type { WorldMarket, WorldTrade } from "../world.ts";
import { countText, dollarText } from "./number-text.ts";
import { booleanParam, integerParam, isReply, ok, pageOf } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";
import { utcText } from "./time-text.ts";

/** Trades of the live tier and of the historical one: the same list, cut in two at the cutoff. */
export function tradeRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    {
      ...get,
      path: "/markets/trades",
      handle: (call) =>
        listTrades(call, "GetTrades", (atMs, cutoffMs) => atMs >= cutoffMs, records),
    },
    {
      ...get,
      path: "/historical/trades",
      handle: (call) =>
        listTrades(call, "GetTradesHistorical", (atMs, cutoffMs) => atMs < cutoffMs, records),
    },
  ];
}

type Tier = (atMs: number, cutoffMs: number) => boolean;

function listTrades(call: Call, operation: string, isOfTier: Tier, records: Records): Reply {
  const { query } = call;
  const range = rangeOf(query, operation);
  if (isReply(range)) return range;
  // No block trades happen here.
  const onlyBlocks = booleanParam(query, "is_block_trade", operation);
  if (isReply(onlyBlocks)) return onlyBlocks;
  const cutoffMs = records.archive.cutoffMs(call.nowMs);
  const found = onlyBlocks
    ? []
    : tradesOf(call).filter(
        ({ atMs }) => atMs >= range.minMs && atMs <= range.maxMs && isOfTier(atMs, cutoffMs),
      );
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(found, (trade) => trade.tradeId, query, rule);
  return isReply(page) ? page : ok({ trades: page.items.map(tradeJson), cursor: page.cursor });
}

function rangeOf(
  query: URLSearchParams,
  operation: string,
): { readonly minMs: number; readonly maxMs: number } | Reply {
  const fromS = integerParam(query, "min_ts", operation);
  const toS = integerParam(query, "max_ts", operation);
  if (isReply(fromS)) return fromS;
  if (isReply(toS)) return toS;
  return { minMs: (fromS ?? 0) * 1000, maxMs: (toS ?? Number.POSITIVE_INFINITY) * 1000 };
}

/** Newest first, of one market or of all. */
function tradesOf(call: Call): readonly WorldTrade[] {
  const ticker = call.query.get("ticker") ?? "";
  if (ticker !== "") return call.world.trades(ticker);
  const trades = call.world
    .markets()
    .flatMap((market: WorldMarket) => call.world.trades(market.ticker));
  return trades.toSorted((a, b) => b.atMs - a.atMs);
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

import { marketJson } from "./market-json.ts";
import { badParameter, failed, isReply, listParam, ok, pageOf } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";
import { utcText } from "./time-text.ts";

/** The historical tier: what left the live endpoints (kalshi.md §2.7). Its trades and candles are with the live ones. */
export function historyRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/historical/cutoff", handle: (call) => getCutoff(call, records) },
    { ...get, path: "/historical/markets", handle: (call) => listMarkets(call, records) },
    { ...get, path: "/historical/markets/:ticker", handle: (call) => getMarket(call, records) },
  ];
}

function getCutoff(call: Call, records: Records): Reply {
  const cutoff = utcText(records.archive.cutoffMs(call.nowMs));
  return ok({
    market_settled_ts: cutoff,
    trades_created_ts: cutoff,
    orders_updated_ts: utcText(records.archive.ordersCutoffMs(call.nowMs)),
    market_positions_last_updated_ts: cutoff,
  });
}

function listMarkets(call: Call, records: Records): Reply {
  const { query } = call;
  const operation = "GetHistoricalMarkets";
  const tickers = new Set(listParam(query, "tickers"));
  const event = query.get("event_ticker") ?? "";
  const series = query.get("series_ticker") ?? "";
  const used = [tickers.size > 0, event !== "", series !== ""].filter(Boolean);
  if (used.length > 1) return badParameter(operation, "Filters", "mutually_exclusive");
  if (!["", "exclude"].includes(query.get("mve_filter") ?? "")) {
    return badParameter(operation, "MveFilter", "oneof");
  }
  const found = call.world
    .markets()
    .filter((market) => records.archive.holds(market, call.nowMs))
    .filter((market) => tickers.size === 0 || tickers.has(market.ticker))
    .filter((market) => event === "" || market.eventTicker === event)
    .filter((market) => series === "" || market.seriesTicker === series);
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(found, (market) => market.ticker, query, rule);
  if (isReply(page)) return page;
  const markets = page.items.map((market) => marketJson(call, market, records));
  return ok({ markets, cursor: page.cursor });
}

function getMarket(call: Call, records: Records): Reply {
  const market = call.world.market(call.params["ticker"] ?? "");
  if (market === undefined || !records.archive.holds(market, call.nowMs)) {
    return failed(404, "market_not_found");
  }
  return ok({ market: marketJson(call, market, records) });
}

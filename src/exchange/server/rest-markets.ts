import type { WorldMarket, WorldStatus } from "../world.ts";
import { marketJson, updatedMs } from "./market-json.ts";
import { countText, dollarText } from "./number-text.ts";
import { badParameter, failed, integerParam, isReply, listParam, ok, pageOf } from "./query.ts";
import type { Records } from "./records.ts";
import type { Call, Reply, Route } from "./route.ts";

export function marketRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/markets", handle: (call) => listMarkets(call, records) },
    { ...get, path: "/markets/orderbooks", handle: (call) => listOrderbooks(call, records) },
    { ...get, path: "/markets/:ticker", handle: (call) => getMarket(call, records) },
    { ...get, path: "/markets/:ticker/orderbook", handle: (call) => getOrderbook(call, records) },
  ];
}

// The filter's words are not the field's words, and `closed` is every state between the close and the payout.
const STATUS_FILTERS: ReadonlyMap<string, readonly WorldStatus[]> = new Map<
  string,
  readonly WorldStatus[]
>([
  ["unopened", ["initialized"]],
  ["open", ["active"]],
  ["paused", ["inactive"]],
  ["closed", ["closed", "determined", "disputed", "amended"]],
  ["settled", ["finalized"]],
]);

/** States a `status` filter stands for, all when there is none; a 400 for a word that is no filter. */
export function statusesOf(
  query: URLSearchParams,
  operation: string,
): readonly WorldStatus[] | null | Reply {
  const status = query.get("status") ?? "";
  if (status === "") return null;
  return STATUS_FILTERS.get(status) ?? badParameter(operation, "Status", "oneof");
}

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

/** Filters that `min_updated_ts` does not go with. */
const NOT_WITH_UPDATED = ["status", "event_ticker", "tickers"];

type Test = (market: WorldMarket) => boolean;

function listMarkets(call: Call, records: Records): Reply {
  const operation = "GetMarkets";
  const tests = marketTests(call, records);
  if (isReply(tests)) return tests;
  const found = call.world
    .markets()
    .filter((market) => !records.archive.holds(market, call.nowMs))
    .filter((market) => tests.every((test) => test(market)));
  const rule = { operation, defaultLimit: 100, maxLimit: 1000 };
  const page = pageOf(found, (market) => market.ticker, call.query, rule);
  if (isReply(page)) return page;
  const markets = page.items.map((market) => marketJson(call, market, records));
  return ok({ markets, cursor: page.cursor });
}

function marketTests(call: Call, records: Records): readonly Test[] | Reply {
  const { query } = call;
  const operation = "GetMarkets";
  const statuses = statusesOf(query, operation);
  if (isReply(statuses)) return statuses;
  const times = timeTests(query, operation);
  if (isReply(times)) return times;
  const combos = query.get("mve_filter") ?? "";
  if (!["", "only", "exclude"].includes(combos)) {
    return badParameter(operation, "MveFilter", "oneof");
  }
  const updated = updatedTest(call, records, times.length > 0);
  if (isReply(updated)) return updated;
  return [
    ...times,
    updated,
    ...tickerTests(query),
    (market) => statuses === null || statuses.includes(market.status),
    () => combos !== "only",
  ];
}

function tickerTests(query: URLSearchParams): readonly Test[] {
  const event = query.get("event_ticker") ?? "";
  const series = query.get("series_ticker") ?? "";
  const tickers = new Set(listParam(query, "tickers"));
  return [
    (market) => event === "" || market.eventTicker === event,
    (market) => series === "" || market.seriesTicker === series,
    (market) => tickers.size === 0 || tickers.has(market.ticker),
  ];
}

// Goes with `mve_filter=exclude` and, then, with `series_ticker`; with nothing else (kalshi.md §2.4).
function updatedTest(call: Call, records: Records, hasTimes: boolean): Test | Reply {
  const { query } = call;
  const minS = integerParam(query, "min_updated_ts", "GetMarkets");
  if (isReply(minS)) return minS;
  if (minS === undefined) return () => true;
  const isMixed = NOT_WITH_UPDATED.some((name) => (query.get(name) ?? "") !== "") || hasTimes;
  if (isMixed || query.get("mve_filter") !== "exclude") {
    return badParameter("GetMarkets", "MinUpdatedTs", "excluded_with");
  }
  return (market) => updatedMs(market, records.log, call.nowMs) > minS * 1000;
}

function timeTests(query: URLSearchParams, operation: string): readonly Test[] | Reply {
  const tests: Test[] = [];
  const used: TimeFamily[] = [];
  const status = query.get("status") ?? "";
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

/** A market of the live tier; undefined also when it was archived. */
export function liveMarket(call: Call, records: Records, ticker: string): WorldMarket | undefined {
  const market = call.world.market(ticker);
  return market === undefined || records.archive.holds(market, call.nowMs) ? undefined : market;
}

function getMarket(call: Call, records: Records): Reply {
  const market = liveMarket(call, records, call.params["ticker"] ?? "");
  if (market === undefined) return failed(404, "market_not_found");
  return ok({ market: marketJson(call, market, records) });
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

function getOrderbook(call: Call, records: Records): Reply {
  const ticker = call.params["ticker"] ?? "";
  const depth = integerParam(call.query, "depth", "GetMarketOrderbook");
  if (isReply(depth)) return depth;
  if ((depth ?? 0) > 100) return badParameter("GetMarketOrderbook", "Depth", "lte");
  if (liveMarket(call, records, ticker) === undefined) return failed(404, "market_not_found");
  return ok({ orderbook_fp: bookJson(call, ticker, depth ?? 0) });
}

function listOrderbooks(call: Call, records: Records): Reply {
  const tickers = listParam(call.query, "tickers");
  if (tickers.length === 0) return badParameter("GetMarketOrderbooks", "Tickers", "required");
  if (tickers.length > 100) return badParameter("GetMarketOrderbooks", "Tickers", "max");
  const known = tickers.filter((ticker) => liveMarket(call, records, ticker) !== undefined);
  return ok({
    orderbooks: known.map((ticker) => ({ ticker, orderbook_fp: bookJson(call, ticker, 0) })),
  });
}

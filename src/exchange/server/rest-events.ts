import type { WorldMarket } from "../world.ts";
import { eventJson, eventUpdatedMs } from "./event-json.ts";
import { marketJson } from "./market-json.ts";
import { booleanParam, failed, integerParam, isReply, listParam, ok, pageOf } from "./query.ts";
import type { Records } from "./records.ts";
import { statusesOf } from "./rest-markets.ts";
import type { Call, Reply, Route } from "./route.ts";
import { SETTLEMENT_SOURCES } from "./series-json.ts";

export function eventRoutes(records: Records): readonly Route[] {
  const get = { method: "GET", access: "public" } as const;
  return [
    { ...get, path: "/events", handle: (call) => listEvents(call, records) },
    { ...get, path: "/events/multivariate", handle: listCombos },
    { ...get, path: "/events/:event", handle: (call) => getEvent(call, records) },
    { ...get, path: "/events/:event/metadata", handle: getMetadata },
  ];
}

type EventEntry = readonly [ticker: string, markets: readonly WorldMarket[]];

function listEvents(call: Call, records: Records): Reply {
  const { query } = call;
  const operation = "GetEvents";
  const isNested = booleanParam(query, "with_nested_markets", operation);
  const hasMilestones = booleanParam(query, "with_milestones", operation);
  const test = eventTest(call, records);
  if (isReply(isNested)) return isNested;
  if (isReply(hasMilestones)) return hasMilestones;
  if (isReply(test)) return test;
  const events = [...eventsOf(call).entries()].filter(test);
  const rule = { operation, defaultLimit: 200, maxLimit: 200 };
  const page = pageOf(events, ([ticker]) => ticker, query, rule);
  if (isReply(page)) return page;
  const found = page.items.map(([, markets]) => ({
    ...eventJson(call, markets, records),
    ...(isNested ? { markets: marketsJson(call, markets, records) } : {}),
  }));
  // Milestones belong to sports and politics; crypto events have none.
  return ok({ events: found, ...(hasMilestones ? { milestones: [] } : {}), cursor: page.cursor });
}

function eventTest(call: Call, records: Records): ((entry: EventEntry) => boolean) | Reply {
  const { query } = call;
  const operation = "GetEvents";
  const closeS = integerParam(query, "min_close_ts", operation);
  const updatedS = integerParam(query, "min_updated_ts", operation);
  const statuses = statusesOf(query, operation);
  if (isReply(closeS)) return closeS;
  if (isReply(updatedS)) return updatedS;
  if (isReply(statuses)) return statuses;
  const series = query.get("series_ticker") ?? "";
  const tickers = new Set(listParam(query, "tickers"));
  const fits = (market: WorldMarket): boolean =>
    (series === "" || market.seriesTicker === series) &&
    (statuses === null || statuses.includes(market.status)) &&
    (closeS === undefined || market.closeMs > closeS * 1000);
  return ([ticker, markets]) =>
    (tickers.size === 0 || tickers.has(ticker)) &&
    markets.some(fits) &&
    (updatedS === undefined || eventUpdatedMs(call, markets, records) > updatedS * 1000);
}

function eventsOf(call: Call): ReadonlyMap<string, readonly WorldMarket[]> {
  const events = new Map<string, WorldMarket[]>();
  for (const market of call.world.markets()) {
    const markets = events.get(market.eventTicker);
    if (markets === undefined) events.set(market.eventTicker, [market]);
    else markets.push(market);
  }
  return events;
}

/** Without those that were archived: an event stays, its old markets do not. */
function marketsJson(call: Call, markets: readonly WorldMarket[], records: Records): unknown[] {
  return markets
    .filter((market) => !records.archive.holds(market, call.nowMs))
    .map((market) => marketJson(call, market, records));
}

function getEvent(call: Call, records: Records): Reply {
  const markets = eventsOf(call).get(call.params["event"] ?? "");
  const isNested = booleanParam(call.query, "with_nested_markets", "GetEvent");
  if (isReply(isNested)) return isNested;
  if (markets === undefined) return failed(404, "not_found");
  const event = eventJson(call, markets, records);
  const shown = marketsJson(call, markets, records);
  return ok(
    isNested ? { event: { ...event, markets: shown }, markets: [] } : { event, markets: shown },
  );
}

function getMetadata(call: Call): Reply {
  const markets = eventsOf(call).get(call.params["event"] ?? "");
  if (markets === undefined) return failed(404, "not_found");
  return ok({
    image_url: "",
    market_details: markets.map(({ ticker }) => ({
      market_ticker: ticker,
      image_url: "",
      color_code: "",
    })),
    settlement_sources: SETTLEMENT_SOURCES,
  });
}

/** Combos are not listed here. */
function listCombos(call: Call): Reply {
  const rule = { operation: "GetMultivariateEvents", defaultLimit: 100, maxLimit: 200 };
  const page = pageOf<never>([], String, call.query, rule);
  return isReply(page) ? page : ok({ events: [], cursor: "" });
}

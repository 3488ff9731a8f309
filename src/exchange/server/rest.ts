import type { World } from "../world.ts";
import { authError, type Credentials, isSigned } from "./auth.ts";
import { type Call, failed, type Reply } from "./query.ts";
import * as account from "./rest-account.ts";
import { getCandles, getTime, type SpotTrades, tickerRoute } from "./rest-coinbase.ts";
import * as markets from "./rest-markets.ts";
import { httpDateText } from "./time-text.ts";
import type { ExchangeRequest, ExchangeResponse } from "./types.ts";

type Handler = (call: Call) => Reply;

interface Route {
  readonly method: string;
  readonly parts: readonly string[];
  readonly needsKey: boolean;
  readonly handle: Handler;
}

export interface RestOptions {
  readonly world: World;
  readonly credentials: Credentials;
  readonly spotTrades: SpotTrades;
}

const KALSHI_PREFIX = "/trade-api/v2";
const COINBASE_PREFIX = "/api/v3/brokerage";
const ORDER_WRITES = ["POST", "PUT", "DELETE"];

const PUBLIC_ROUTES: Readonly<Record<string, Handler>> = {
  "/exchange/status": account.getStatus,
  "/exchange/schedule": account.getSchedule,
  "/exchange/user_data_timestamp": account.getUserDataTimestamp,
  "/historical/cutoff": account.getHistoricalCutoff,
  "/account/endpoint_costs": account.getEndpointCosts,
  "/series": markets.listSeries,
  "/series/fee_changes": account.noFeeChanges,
  "/series/:ticker": markets.getSeries,
  "/events": markets.listEvents,
  "/events/fee_changes": account.noEventFeeChanges,
  "/events/:ticker": markets.getEvent,
  "/markets": markets.listMarkets,
  "/markets/trades": markets.listTrades,
  "/markets/orderbooks": markets.listOrderbooks,
  "/markets/:ticker": markets.getMarket,
  "/markets/:ticker/orderbook": markets.getOrderbook,
};

const KEY_ROUTES: Readonly<Record<string, Handler>> = {
  "/account/limits": account.getLimits,
  "/portfolio/balance": account.getBalance,
  "/portfolio/positions": account.listPositions,
  "/portfolio/fills": account.listFills,
  "/portfolio/orders": account.listOrders,
  "/portfolio/orders/queue_positions": account.noQueuePositions,
  "/portfolio/orders/:order": account.orderNotFound,
  "/portfolio/settlements": account.listSettlements,
};

/** REST of both venues by path; a pure function of the world's present state. */
export function createRestHandler(
  options: RestOptions,
): (request: ExchangeRequest) => ExchangeResponse {
  const { world, credentials } = options;
  const kalshi = kalshiRoutes();
  const coinbase = coinbaseRoutes(options.spotTrades);
  return (request) => {
    const nowMs = world.nowMs();
    const [path = "", search = ""] = request.path.split("?", 2);
    const call = { world, nowMs, query: new URLSearchParams(search), params: {} };
    const respond = (reply: Reply): ExchangeResponse => ({
      status: reply.status,
      headers: { "content-type": "application/json", date: httpDateText(nowMs) },
      body: reply.body,
    });
    if (path.startsWith(`${COINBASE_PREFIX}/`)) {
      const match = matchRoute(coinbase, request.method, path.slice(COINBASE_PREFIX.length));
      return respond(match?.route.handle({ ...call, params: match.params }) ?? NOT_FOUND);
    }
    const match = path.startsWith(`${KALSHI_PREFIX}/`)
      ? matchRoute(kalshi, request.method, path.slice(KALSHI_PREFIX.length))
      : undefined;
    if (match === undefined) return respond(NOT_FOUND);
    // A public endpoint can be called unsigned, but a signature that is there has to be right.
    const mustVerify = match.route.needsKey || isSigned(request.headers);
    const denied = mustVerify ? authError(credentials, { ...request, nowMs }) : null;
    if (denied !== null) return respond({ status: 401, body: denied });
    return respond(match.route.handle({ ...call, params: match.params }));
  };
}

const NOT_FOUND = failed(404, "not_found");

function routesOf(table: Readonly<Record<string, Handler>>, needsKey: boolean): readonly Route[] {
  return Object.entries(table).map(([path, handle]) => ({
    method: "GET",
    parts: partsOf(path),
    needsKey,
    handle,
  }));
}

function kalshiRoutes(): readonly Route[] {
  const writes = ORDER_WRITES.flatMap((method) =>
    writeRoutes(method, "/portfolio/events/orders", account.refuseOrders).concat(
      writeRoutes(method, "/portfolio/orders", account.refuseLegacyOrders),
    ),
  );
  return [...routesOf(PUBLIC_ROUTES, false), ...routesOf(KEY_ROUTES, true), ...writes];
}

function writeRoutes(method: string, path: string, handle: Handler): readonly Route[] {
  return [path, `${path}/:order`, `${path}/:order/:action`].map((each) => ({
    method,
    parts: partsOf(each),
    needsKey: true,
    handle,
  }));
}

function coinbaseRoutes(spotTrades: SpotTrades): readonly Route[] {
  return routesOf(
    {
      "/time": getTime,
      "/market/products/:product/candles": getCandles,
      "/market/products/:product/ticker": tickerRoute(spotTrades),
    },
    false,
  );
}

function partsOf(path: string): readonly string[] {
  return path.split("/").slice(1);
}

interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

// Tables list fixed paths before those with a `:name` in the same place, so the first match is the right one.
function matchRoute(routes: readonly Route[], method: string, path: string): Match | undefined {
  const parts = partsOf(path);
  for (const route of routes) {
    if (route.method !== method || route.parts.length !== parts.length) continue;
    const params = paramsOf(route.parts, parts);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const params: Record<string, string> = {};
  for (const [at, name] of pattern.entries()) {
    const part = parts[at] ?? "";
    if (name.startsWith(":")) params[name.slice(1)] = decodedPart(part);
    else if (name !== part) return undefined;
  }
  return params;
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

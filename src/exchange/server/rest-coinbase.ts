import type { WorldCandle, WorldSpotTrade } from "../world.ts";
import { tradeJson } from "./coinbase-frames.ts";
import { plainText } from "./number-text.ts";
import { type Call, integerParam, isReply, ok, type Reply } from "./query.ts";
import { utcText } from "./time-text.ts";

const CANDLES_MAX = 350;
const TRADES_DEFAULT = 100;
const GRANULARITIES: ReadonlyMap<string, number> = new Map([
  ["ONE_MINUTE", 60],
  ["FIVE_MINUTE", 300],
  ["FIFTEEN_MINUTE", 900],
  ["THIRTY_MINUTE", 1800],
  ["ONE_HOUR", 3600],
  ["TWO_HOUR", 7200],
  ["SIX_HOUR", 21_600],
  ["ONE_DAY", 86_400],
]);

/** Newest trades of a product, newest first. */
export interface SpotTrades {
  recentTrades(product: string, limit: number): readonly WorldSpotTrade[];
}

function refused(status: number, error: string, message: string): Reply {
  return { status, body: JSON.stringify({ error, error_details: message, message }) };
}

export function getTime(call: Call): Reply {
  const { nowMs } = call;
  return ok({
    iso: utcText(nowMs),
    epochSeconds: `${Math.floor(nowMs / 1000)}`,
    epochMillis: `${nowMs}`,
  });
}

export function getCandles(call: Call): Reply {
  const { world, query } = call;
  const product = knownProduct(call);
  if (product === undefined) return refused(404, "NOT_FOUND", "product not found");
  const start = integerParam(query, "start", "GetCandles");
  const end = integerParam(query, "end", "GetCandles");
  const granularityS = GRANULARITIES.get(query.get("granularity") ?? "");
  if (typeof start !== "number" || typeof end !== "number" || start >= end) {
    return refused(400, "INVALID_ARGUMENT", "start and end must be unix seconds");
  }
  if (granularityS === undefined) {
    return refused(400, "INVALID_ARGUMENT", "granularity is not supported");
  }
  if ((end - start) / granularityS > CANDLES_MAX) {
    return refused(400, "INVALID_ARGUMENT", `at most ${CANDLES_MAX} candles per request`);
  }
  // Both ends are inclusive on the wire.
  const candles = world.candles(product, start, end + 1, granularityS).slice(-CANDLES_MAX);
  return ok({ candles: candles.map(candleJson).toReversed() });
}

function candleJson(candle: WorldCandle): Record<string, string> {
  return {
    start: `${candle.startS}`,
    low: plainText(candle.low),
    high: plainText(candle.high),
    open: plainText(candle.open),
    close: plainText(candle.close),
    volume: plainText(candle.volume),
  };
}

function knownProduct(call: Call): string | undefined {
  const asked = call.params["product"] ?? "";
  const products = call.world.products();
  return [asked, asked.replace(/-USDC$/, "-USD")].find((product) => products.includes(product));
}

/** `…/ticker`: recent trades and the touch. */
export function tickerRoute(trades: SpotTrades): (call: Call) => Reply {
  return (call) => {
    const product = knownProduct(call);
    if (product === undefined) return refused(404, "NOT_FOUND", "product not found");
    const limit = integerParam(call.query, "limit", "GetMarketTrades");
    if (isReply(limit)) return refused(400, "INVALID_ARGUMENT", "limit must be an integer");
    const recent = trades.recentTrades(product, limit ?? TRADES_DEFAULT).map(tradeWithQuotes);
    const spot = call.world.spot(product);
    const touch = `"best_bid":"${sideText(spot?.bid)}","best_ask":"${sideText(spot?.ask)}"`;
    return { status: 200, body: `{"trades":[${recent.join(",")}],${touch}}` };
  };
}

// REST trades are the feed's trades with two quotes, which are empty in practice.
function tradeWithQuotes(trade: WorldSpotTrade): string {
  return `${tradeJson(trade).slice(0, -1)},"bid":"","ask":""}`;
}

function sideText(price: number | null | undefined): string {
  return price === null || price === undefined ? "" : plainText(price);
}

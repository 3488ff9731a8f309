import { KbtError } from "../../../core/errors.ts";
import type { Candle, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock, HttpClient } from "../../../ports.ts";
import { type Fields, isFields, usdOf } from "./fields.ts";
import { byTradeId, mapTrade } from "./frames.ts";

export interface CandleRequest {
  /** `https://api.coinbase.com`, without path. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly product: string;
  /** Unix seconds; candles that open in [startS, endS) are returned. */
  readonly startS: number;
  readonly endS: number;
  /** Stamped on the candles as the time they became known. */
  readonly nowMs: Ms;
}

const MINUTE_S = 60;
// Coinbase gives at most 350 in one answer (spot-feeds.md §1.6).
const PER_CALL = 300;

/** One-minute candles, oldest first; minutes without trades are missing, the running minute is left out. */
export async function fetchCandles(request: CandleRequest, signal: AbortSignal): Promise<Candle[]> {
  const candles = new Map<number, Candle>();
  const startS = Math.floor(request.startS / MINUTE_S) * MINUTE_S;
  for (let fromS = startS; fromS < request.endS; fromS += PER_CALL * MINUTE_S) {
    const toS = Math.min(request.endS, fromS + PER_CALL * MINUTE_S);
    for (const candle of await fetchPage(request, { fromS, toS }, signal)) {
      const isClosed = candle.openMs + MINUTE_S * 1000 <= request.nowMs;
      const isAskedFor = candle.openMs >= startS * 1000 && candle.openMs < request.endS * 1000;
      if (isClosed && isAskedFor) candles.set(candle.openMs, candle);
    }
  }
  return [...candles.values()].toSorted((a, b) => a.openMs - b.openMs);
}

async function fetchPage(
  request: CandleRequest,
  span: { readonly fromS: number; readonly toS: number },
  signal: AbortSignal,
): Promise<Candle[]> {
  const path = `${productPath(request.product)}/candles`;
  const query = `?start=${span.fromS}&end=${span.toS}&granularity=ONE_MINUTE`;
  const { candles: rows } = await getFields(request, { path, query }, signal);
  if (!Array.isArray(rows)) throw changed(path, "candles");
  return rows.map((row, at) => {
    const candle = isFields(row) ? mapCandle(row, request) : undefined;
    if (candle === undefined) throw changed(path, `candles[${at}]`);
    return candle;
  });
}

function mapCandle(row: Fields, { product, nowMs }: CandleRequest): Candle | undefined {
  const startS = usdOf(row["start"]);
  const openUsd = usdOf(row["open"]);
  const highUsd = usdOf(row["high"]);
  const lowUsd = usdOf(row["low"]);
  const closeUsd = usdOf(row["close"]);
  const volume = Number(row["volume"] ?? Number.NaN);
  if (!startS || !openUsd || !highUsd || !lowUsd || !closeUsd || !(volume >= 0)) return undefined;
  const prices = { openUsd, highUsd, lowUsd, closeUsd };
  const openMs = startS * 1000;
  const source = "coinbase";
  const intervalS = MINUTE_S;
  return { type: "candle", source, product, openMs, intervalS, ...prices, volume, recvMs: nowMs };
}

export interface TradesRequest {
  /** `https://api.coinbase.com`, without path. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly product: string;
  /** Trades asked for; Coinbase gives a thousand at most. */
  readonly limit: number;
}

/** The newest trades of a product, oldest first. */
export async function fetchTrades(
  request: TradesRequest,
  signal: AbortSignal,
): Promise<SpotTick[]> {
  const path = `${productPath(request.product)}/ticker`;
  const query = `?limit=${request.limit}`;
  const { trades: rows } = await getFields(request, { path, query }, signal);
  if (!Array.isArray(rows)) throw changed(path, "trades");
  const stamp = { recvMs: request.clock.nowMs(), sentMs: null };
  const trades = rows.map((row, at) => {
    const trade = isFields(row) ? mapTrade(row, stamp) : "not_an_object";
    if (typeof trade === "string") throw changed(path, `trades[${at}] (${trade})`);
    return trade;
  });
  return trades.toSorted(byTradeId);
}

function productPath(product: string): string {
  return `/api/v3/brokerage/market/products/${encodeURIComponent(product)}`;
}

async function getFields(
  from: { readonly baseUrl: string; readonly http: HttpClient },
  at: { readonly path: string; readonly query: string },
  signal: AbortSignal,
): Promise<Fields> {
  const url = `${from.baseUrl}${at.path}${at.query}`;
  // Answers are cached for about a second unless asked otherwise (spot-feeds.md §1.1).
  const headers = { accept: "application/json", "cache-control": "no-cache" };
  const { status, body } = await from.http.request({ method: "GET", url, headers }, signal);
  if (status !== 200) throw refused(at.path, status, body);
  try {
    const parsed: unknown = JSON.parse(body);
    if (isFields(parsed)) return parsed;
  } catch {
    // Reported below like any other body that is no object.
  }
  throw changed(at.path, "the body");
}

function refused(path: string, status: number, body: string): KbtError {
  const isPassing = status === 429 || status >= 500;
  return new KbtError({
    kind: isPassing ? "network" : "protocol",
    code: isPassing ? "COINBASE_UNAVAILABLE" : "COINBASE_REFUSED",
    message: `GET ${path} answered ${status}: ${body.slice(0, 200)}`,
    details: { status },
  });
}

function changed(path: string, where: string): KbtError {
  return new KbtError({
    kind: "protocol",
    code: "PAYLOAD_CHANGED",
    message: `GET ${path}: ${where} is missing or unreadable`,
    details: { path: where },
  });
}

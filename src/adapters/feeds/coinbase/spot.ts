import { KbtError } from "../../../core/errors.ts";
import type { SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { HttpClient } from "../../../ports.ts";
import { usdOf } from "./fields.ts";

export interface SpotRequest {
  /** `https://api.coinbase.com`, without path. */
  readonly baseUrl: string;
  readonly http: HttpClient;
  readonly product: string;
  /** Stamped on the tick as the time it became known. */
  readonly nowMs: Ms;
}

/**
 * The newest trade and touch over REST: one look, for commands that open no socket (spot-feeds.md §1.6). Null when there
 * was no trade and there are no quotes.
 */
export async function fetchSpot(
  request: SpotRequest,
  signal: AbortSignal,
): Promise<SpotTick | null> {
  const { baseUrl, http, nowMs, product } = request;
  const path = `/api/v3/brokerage/market/products/${encodeURIComponent(product)}/ticker?limit=1`;
  const response = await http.request(
    { method: "GET", url: `${baseUrl}${path}`, headers: {} },
    signal,
  );
  const facts = response.status === 200 ? readTicker(response.body) : undefined;
  if (facts === undefined) {
    throw new KbtError({
      kind: response.status >= 500 || response.status === 429 ? "network" : "protocol",
      code: "COINBASE_REFUSED",
      message: `GET ${path} answered ${response.status}: ${response.body.slice(0, 200)}`,
    });
  }
  if (facts === null) return null;
  return {
    type: "spot",
    source: "coinbase",
    product,
    kind: "quote",
    ...facts,
    size: null,
    tradeId: null,
    exchangeMs: null,
    recvMs: nowMs,
  };
}

type Prices = Pick<SpotTick, "priceUsd" | "bidUsd" | "askUsd">;

/** Null for a body without a price, undefined for one that cannot be read. */
function readTicker(body: string): Prices | null | undefined {
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const bidUsd = usdOf(fields.get("best_bid")) ?? null;
  const askUsd = usdOf(fields.get("best_ask")) ?? null;
  const trades: unknown = fields.get("trades");
  const isEmpty = Array.isArray(trades) && trades.length === 0;
  if (isEmpty && fields.get("best_bid") === "" && fields.get("best_ask") === "") return null;
  const priceUsd = lastTrade(trades) ?? midOf(bidUsd, askUsd);
  return priceUsd === undefined ? undefined : { priceUsd, bidUsd, askUsd };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function lastTrade(trades: unknown): number | undefined {
  const newest: unknown = Array.isArray(trades) ? trades[0] : undefined;
  if (typeof newest !== "object" || newest === null || !("price" in newest)) return undefined;
  return usdOf(newest.price);
}

function midOf(bidUsd: number | null, askUsd: number | null): number | undefined {
  return bidUsd === null || askUsd === null ? undefined : (bidUsd + askUsd) / 2;
}

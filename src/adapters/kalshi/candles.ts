import type { MarketCandle, Ohlc } from "../../core/market-candle.ts";
import { parsePrice, parseQty, type Qty } from "../../core/units.ts";
import { countAt, isRecord, type JsonObject, textAt } from "./json.ts";
import { type Place, payloadChanged } from "./rest-body.ts";

/**
 * Candles of either tier: the historical one leaves the unit out of its names, and writes null where the live one leaves
 * a key out (kalshi.md §2.6). Throws PAYLOAD_CHANGED.
 */
export function mapMarketCandles(
  raws: readonly unknown[],
  of: { readonly ticker: string; readonly intervalS: number },
  place: Place,
): MarketCandle[] {
  return raws.map((raw, at) => {
    const here = { ...place, path: `${place.path}[${at}]` };
    if (!isRecord(raw)) throw payloadChanged(here, "", "is no object");
    const endS = countAt(raw, "end_period_ts");
    if (endS === undefined) throw payloadChanged(here, "end_period_ts", "is no time");
    return {
      ...of,
      endMs: endS * 1000,
      bid: ohlcAt(raw, "yes_bid", here),
      ask: ohlcAt(raw, "yes_ask", here),
      price: ohlcAt(raw, "price", here),
      volume: countFp(raw, "volume", here),
      openInterest: countFp(raw, "open_interest", here),
    };
  });
}

const PARTS = ["open", "high", "low", "close"] as const;

/** Null when there is none of the four prices. */
function ohlcAt(candle: JsonObject, name: string, place: Place): Ohlc | null {
  const from = candle[name] ?? {};
  if (!isRecord(from)) throw payloadChanged(place, name, "is no object");
  const texts = PARTS.map((part) => from[`${part}_dollars`] ?? from[part] ?? null);
  if (texts.every((text) => text === null)) return null;
  const [open, high, low, close] = texts.map((text) =>
    typeof text === "string" ? parsePrice(text) : undefined,
  );
  if (open === undefined || high === undefined || low === undefined || close === undefined) {
    throw payloadChanged(place, name, "holds an unreadable price");
  }
  return { open, high, low, close };
}

function countFp(candle: JsonObject, name: string, place: Place): Qty {
  const count = parseQty(textAt(candle, `${name}_fp`) ?? textAt(candle, name) ?? "");
  if (count !== undefined && count >= 0) return count;
  throw payloadChanged(place, name, "is no count");
}

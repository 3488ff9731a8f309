import type { Market } from "../../../core/market.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

export type MarketFacts = Pick<
  Market,
  "ticker" | "strikeType" | "floorUsd" | "capUsd" | "openMs" | "closeMs"
>;

/** What is known of a market by now; null when no run has heard of it. */
export function marketOf(reader: Reader, ticker: string): MarketFacts | null {
  return reading(
    reader,
    () =>
      reader.db
        .prepare<[string], MarketFacts>(
          `SELECT ticker, strike_type AS strikeType, floor_strike_usd AS floorUsd, cap_strike_usd AS capUsd,
             open_ms AS openMs, close_ms AS closeMs FROM kalshi_markets WHERE ticker = ?`,
        )
        .get(ticker) ?? null,
  );
}

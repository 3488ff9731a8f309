import type { Market } from "../../core/market.ts";
import type { Plain } from "../../core/units.ts";
import type { Db } from "./open.ts";

/** Prepares "newest state wins" for kalshi_markets; an older message than the stored one changes nothing. */
export function upsertMarket(db: Db): (market: Plain<Market>, recvMs: number) => void {
  // Socket messages come without the exchange's JSON; the last one that came with it is kept.
  const upsert = db.prepare(
    `INSERT INTO kalshi_markets (ticker, event_ticker, series_ticker, strike_type, floor_strike_usd, cap_strike_usd,
       open_ms, close_ms, status, result, expiration_value, settlement_timer_s, tick_structure, ranges_json,
       exchange_index, raw_json, updated_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (ticker) DO UPDATE SET
       event_ticker = excluded.event_ticker, series_ticker = excluded.series_ticker,
       strike_type = excluded.strike_type, floor_strike_usd = excluded.floor_strike_usd,
       cap_strike_usd = excluded.cap_strike_usd, open_ms = excluded.open_ms, close_ms = excluded.close_ms,
       status = excluded.status, result = excluded.result, expiration_value = excluded.expiration_value,
       settlement_timer_s = excluded.settlement_timer_s, tick_structure = excluded.tick_structure,
       ranges_json = excluded.ranges_json, exchange_index = excluded.exchange_index,
       raw_json = coalesce(excluded.raw_json, raw_json), updated_ms = excluded.updated_ms
     WHERE excluded.updated_ms >= updated_ms`,
  );
  return (market, recvMs) => {
    upsert.run(
      market.ticker,
      market.eventTicker,
      market.seriesTicker,
      market.strikeType,
      market.floorUsd,
      market.capUsd,
      market.openMs,
      market.closeMs,
      market.status,
      market.result,
      market.expirationValue,
      market.settlementTimerS,
      market.tickStructure,
      JSON.stringify(market.ranges),
      market.exchangeIndex,
      market.rawJson,
      recvMs,
    );
  };
}

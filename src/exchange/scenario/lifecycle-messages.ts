// Bodies of the lifecycle messages about what the exchange does to a market besides opening, closing and settling it
// (kalshi.md §3.6).

import type { WorldMarket } from "../world.ts";
import { rangesBody, seriesOf } from "./catalog.ts";

type LifecycleMsg = Readonly<Record<string, unknown>>;

/** Announces an event by one of its markets, which follow one by one. */
export function eventMsg(market: WorldMarket): LifecycleMsg {
  return {
    event_ticker: market.eventTicker,
    series_ticker: market.seriesTicker,
    exchange_index: market.exchangeIndex,
    title: seriesOf(market.seriesTicker).title,
    subtitle: "",
    collateral_return_type: "",
    strike_date: Math.floor(market.closeMs / 1000),
  };
}

export function activationMsg(market: WorldMarket): LifecycleMsg {
  const isDeactivated = market.status === "inactive";
  return {
    event_type: isDeactivated ? "deactivated" : "activated",
    market_ticker: market.ticker,
    is_deactivated: isDeactivated,
  };
}

export function closeDateMsg(market: WorldMarket): LifecycleMsg {
  return {
    event_type: "close_date_updated",
    market_ticker: market.ticker,
    close_ts: Math.floor(market.closeMs / 1000),
  };
}

export function structureMsg(market: WorldMarket): LifecycleMsg {
  return {
    event_type: "price_level_structure_updated",
    market_ticker: market.ticker,
    price_level_structure: market.structure,
    price_ranges: rangesBody(market.ranges),
  };
}

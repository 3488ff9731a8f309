// The EventData object with the field set of kalshi.md §2.3.

import type { WorldMarket } from "../world.ts";
import { updatedMs } from "./market-json.ts";
import type { Records } from "./records.ts";
import type { Call } from "./route.ts";
import { SETTLEMENT_SOURCES } from "./series-json.ts";
import { easternText, utcText } from "./time-text.ts";

type Json = Readonly<Record<string, unknown>>;

/** An EventData from its markets, which all share close time, series and shard. */
export function eventJson(call: Call, markets: readonly WorldMarket[], records: Records): Json {
  const [first] = markets;
  if (first === undefined) return {};
  const { date, clock } = easternText(first.closeMs);
  return {
    event_ticker: first.eventTicker,
    series_ticker: first.seriesTicker,
    title: markets.length === 1 ? first.title : `${seriesTitle(call, first)} on ${date}?`,
    sub_title: `${date} at ${clock.replace(" AM", "am").replace(" PM", "pm")}`,
    collateral_return_type: "",
    mutually_exclusive: markets.some((market) => market.strikeType === "between"),
    strike_date: utcText(first.closeMs),
    settlement_sources: SETTLEMENT_SOURCES,
    category: "Crypto",
    last_updated_ts: utcText(eventUpdatedMs(call, markets, records)),
    ...feeOverride(call, first.eventTicker, records),
    exchange_index: first.exchangeIndex,
  };
}

function feeOverride(call: Call, eventTicker: string, records: Records): Json {
  const { feeType, feeMultiplier } = records.fees.eventOverride(eventTicker, call.nowMs);
  return {
    ...(feeType === null ? {} : { fee_type_override: feeType }),
    ...(feeMultiplier === null ? {} : { fee_multiplier_override: feeMultiplier }),
  };
}

/** When anything about the event last changed other than by trading. */
export function eventUpdatedMs(
  call: Call,
  markets: readonly WorldMarket[],
  records: Records,
): number {
  return Math.max(...markets.map((market) => updatedMs(market, records.log, call.nowMs)));
}

function seriesTitle(call: Call, market: WorldMarket): string {
  const series = call.world.series().find((each) => each.ticker === market.seriesTicker);
  return (series?.title ?? market.title).replace(/\?$/, "");
}

// Market, Event and Series objects with the field sets of kalshi.md §2.2–2.4, checked against the recorded bodies of
// June to August 2026.

import type { WorldMarket, WorldSeries } from "../world.ts";
import { touchOf } from "./kalshi-frames.ts";
import { countText, dollarText, groupedText } from "./number-text.ts";
import type { Call } from "./query.ts";
import { easternText, utcText } from "./time-text.ts";

type Json = Readonly<Record<string, unknown>>;

const EXPECTED_AFTER_MS = 5 * 60_000;
const EXPIRES_AFTER_MS = 7 * 86_400_000;
const SETTLEMENT_SOURCES = [
  { name: "CF Benchmarks", url: "https://www.cfbenchmarks.com/data/indices" },
];
const SECONDARY_RULES =
  "The price used to determine this market is based on CF Benchmarks' corresponding Real Time Index (RTI). At the last minute before expiration, 60 RTI prices are collected. The official and final value is the average of these prices.";

/** A Market as `GET /markets` gives it. */
export function marketJson(call: Call, market: WorldMarket): Json {
  return {
    ticker: market.ticker,
    event_ticker: market.eventTicker,
    market_type: "binary",
    title: market.title,
    ...subtitles(market),
    ...times(market, call.nowMs),
    status: market.status,
    ...quotes(call, market),
    last_price_dollars: dollarText(market.lastCc ?? 0),
    volume_fp: countText(market.volumeCq),
    volume_24h_fp: countText(market.volumeCq),
    open_interest_fp: countText(market.openInterestCq),
    result: market.result,
    can_close_early: true,
    notional_value_dollars: "1.0000",
    previous_yes_bid_dollars: "0.0000",
    previous_yes_ask_dollars: "0.0000",
    previous_price_dollars: "0.0000",
    expiration_value: market.expirationValue,
    ...settlement(market),
    ...strikes(market),
    rules_primary: primaryRules(market),
    rules_secondary: SECONDARY_RULES,
    price_level_structure: market.structure,
    price_ranges: market.ranges.map(({ startCc, endCc, stepCc }) => ({
      start: dollarText(startCc),
      end: dollarText(endCc),
      step: dollarText(stepCc),
    })),
    exchange_index: market.exchangeIndex,
  };
}

function subtitles(market: WorldMarket): Json {
  const text = strikeText(market);
  if (market.strikeType !== "greater_or_equal") {
    return { subtitle: text, yes_sub_title: text, no_sub_title: text };
  }
  return { yes_sub_title: text, no_sub_title: "Target price: TBD" };
}

function strikeText(market: WorldMarket): string {
  const { strikeType, floorUsd, capUsd, roundDigits } = market;
  const step = 10 ** -roundDigits;
  const whole = (usd: number): string => groupedText(usd, Number.isInteger(usd) ? 0 : roundDigits);
  if (strikeType === "less") return `$${groupedText((capUsd ?? 0) - step, roundDigits)} or below`;
  if (floorUsd === null) return "Target price: TBD";
  if (strikeType === "greater_or_equal") {
    return `Target Price: $${groupedText(floorUsd, roundDigits)}`;
  }
  if (strikeType === "between") return `$${whole(floorUsd)} to ${whole(capUsd ?? 0)}`;
  return `$${whole(Number((floorUsd + step).toFixed(roundDigits)))} or above`;
}

function times(market: WorldMarket, nowMs: number): Json {
  const { createdMs, openMs, closeMs, settledMs } = market;
  const expected = utcText(closeMs + EXPECTED_AFTER_MS);
  const expires = utcText(closeMs + EXPIRES_AFTER_MS);
  const changes = [createdMs, openMs, closeMs, settledMs ?? createdMs];
  return {
    created_time: utcText(createdMs),
    updated_time: utcText(Math.max(createdMs, ...changes.filter((at) => at <= nowMs))),
    open_time: utcText(openMs),
    close_time: utcText(closeMs),
    expected_expiration_time: expected,
    expiration_time: expires,
    latest_expiration_time: expires,
    occurrence_datetime: expected,
    settlement_timer_seconds: market.settlementTimerS,
  };
}

function quotes(call: Call, market: WorldMarket): Json {
  const book = call.world.book(market.ticker);
  const { yesBidCc, yesBidCq, yesAskCc, yesAskCq } = touchOf(book);
  // Recorded bodies of markets that never opened have a YES ask of 0, not of 1 as every other empty book has.
  const isUnquoted = market.status === "initialized" && yesAskCq === 0;
  return {
    yes_bid_dollars: dollarText(yesBidCc),
    yes_bid_size_fp: countText(yesBidCq),
    yes_ask_dollars: dollarText(isUnquoted ? 0 : yesAskCc),
    yes_ask_size_fp: countText(yesAskCq),
    no_bid_dollars: dollarText(isUnquoted ? 10_000 : 10_000 - yesAskCc),
    no_ask_dollars: dollarText(10_000 - yesBidCc),
  };
}

function settlement(market: WorldMarket): Json {
  const value =
    market.result === ""
      ? {}
      : { settlement_value_dollars: market.result === "yes" ? "1.0000" : "0.0000" };
  const stamp = market.settledMs === null ? {} : { settlement_ts: utcText(market.settledMs) };
  return { ...value, ...stamp };
}

function strikes(market: WorldMarket): Json {
  const { strikeType, floorUsd, capUsd, roundDigits } = market;
  const isTarget = strikeType === "greater_or_equal";
  return {
    strike_type: strikeType,
    ...(floorUsd === null ? {} : { floor_strike: floorUsd }),
    ...(capUsd === null ? {} : { cap_strike: capUsd }),
    ...(isTarget && floorUsd !== null ? { custom_strike: { round_digits: `${roundDigits}` } } : {}),
  };
}

function primaryRules(market: WorldMarket): string {
  const { strikeType, floorUsd, capUsd, closeMs } = market;
  const { date, clock } = easternText(closeMs);
  const conditions = {
    greater: `is above ${floorUsd}`,
    greater_or_equal: `is at least ${floorUsd ?? "the average of the minute before the open"}`,
    less: `is below ${capUsd}`,
    between: `is between ${floorUsd}-${capUsd}`,
  };
  return `If the simple average of the sixty seconds of CF Benchmarks' Real-Time Index before ${clock} ${conditions[strikeType]} at ${clock} on ${date}, then the market resolves to Yes.`;
}

/** An EventData from its markets, which all share close time, series and shard. */
export function eventJson(call: Call, markets: readonly WorldMarket[], isNested: boolean): Json {
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
    last_updated_ts: utcText(first.createdMs),
    exchange_index: first.exchangeIndex,
    ...(isNested ? { markets: markets.map((market) => marketJson(call, market)) } : {}),
  };
}

function seriesTitle(call: Call, market: WorldMarket): string {
  const series = call.world.series().find((each) => each.ticker === market.seriesTicker);
  return (series?.title ?? market.title).replace(/\?$/, "");
}

/** A Series; its shard only says where new events go. */
export function seriesJson(call: Call, series: WorldSeries): Json {
  return {
    ticker: series.ticker,
    frequency: series.frequency,
    title: series.title,
    category: "Crypto",
    categories: ["Crypto"],
    tags: seriesTags(series),
    settlement_sources: SETTLEMENT_SOURCES,
    contract_url: "https://assets.kalshi.com/regulatory/product-certifications/CRYPTO.pdf",
    contract_terms_url: "https://assets.kalshi.com/contract_terms/CRYPTO.pdf",
    fee_type: series.feeType,
    fee_multiplier: series.feeMultiplier,
    additional_prohibitions: null,
    last_updated_ts: utcText(Math.floor(call.world.startMs / 86_400_000) * 86_400_000),
    exchange_index: 2,
  };
}

export function seriesTags(series: WorldSeries): readonly string[] {
  const coin = series.indexId === "BRTI" ? "BTC" : (series.indexId.split("USD_", 1)[0] ?? "");
  return series.frequency === "fifteen_min" ? [coin, "15 min"] : [coin, "Hourly"];
}

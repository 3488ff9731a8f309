// The Market object with the field set of kalshi.md §2.4, checked against the recorded bodies of June to August 2026.

import type { WorldMarket } from "../world.ts";
import { touchOf } from "./kalshi-frames.ts";
import type { MarketLog } from "./market-log.ts";
import { countText, dollarText, groupedText } from "./number-text.ts";
import type { Records } from "./records.ts";
import type { Call } from "./route.ts";
import { easternText, utcText } from "./time-text.ts";

type Json = Readonly<Record<string, unknown>>;

const EXPECTED_AFTER_MS = 5 * 60_000;
const EXPIRES_AFTER_MS = 7 * 86_400_000;
const SECONDARY_RULES =
  "The price used to determine this market is based on CF Benchmarks' corresponding Real Time Index (RTI). At the last minute before expiration, 60 RTI prices are collected. The official and final value is the average of these prices.";

/** When the market's record last changed other than by trading. */
export function updatedMs(market: WorldMarket, log: MarketLog, nowMs: number): number {
  const { ticker, createdMs, openMs, closeMs, settledMs } = market;
  const changes = [openMs, closeMs, settledMs ?? createdMs, log.changedMs(ticker) ?? createdMs];
  return Math.max(createdMs, ...changes.filter((at) => at <= nowMs));
}

/** A Market as `GET /markets` gives it. */
export function marketJson(call: Call, market: WorldMarket, records: Records): Json {
  const waivedMs = records.fees.waivedUntilMs(market.ticker);
  return {
    ticker: market.ticker,
    event_ticker: market.eventTicker,
    market_type: "binary",
    title: market.title,
    ...subtitles(market),
    ...times(market),
    updated_time: utcText(updatedMs(market, records.log, call.nowMs)),
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
    ...(waivedMs === null ? {} : { fee_waiver_expiration_time: utcText(waivedMs) }),
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

function times(market: WorldMarket): Json {
  const { createdMs, openMs, closeMs } = market;
  const expected = utcText(closeMs + EXPECTED_AFTER_MS);
  const expires = utcText(closeMs + EXPIRES_AFTER_MS);
  return {
    created_time: utcText(createdMs),
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
  const payoutCc = market.payoutCc ?? (market.result === "yes" ? 10_000 : 0);
  const value = market.result === "" ? {} : { settlement_value_dollars: dollarText(payoutCc) };
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

import { groupedText } from "../server/number-text.ts";
import type { WorldMarket, WorldRange, WorldSeries } from "../world.ts";

/** Tick ladder of the 15-minute series: a tenth of a cent in the tails. */
export const TAPERED_RANGES: readonly WorldRange[] = [
  { startCc: 0, endCc: 1000, stepCc: 10 },
  { startCc: 1000, endCc: 9000, stepCc: 100 },
  { startCc: 9000, endCc: 10_000, stepCc: 10 },
];

/** Tick ladder of the hourly series: whole cents. */
export const LINEAR_RANGES: readonly WorldRange[] = [{ startCc: 0, endCc: 10_000, stepCc: 100 }];

const DECI_RANGES: readonly WorldRange[] = [{ startCc: 0, endCc: 10_000, stepCc: 10 }];

const RANGES: Readonly<Record<WorldMarket["structure"], readonly WorldRange[]>> = {
  linear_cent: LINEAR_RANGES,
  deci_cent: DECI_RANGES,
  tapered_deci_cent: TAPERED_RANGES,
};

/** Tick ladder by its name. */
export function rangesOf(structure: WorldMarket["structure"]): readonly WorldRange[] {
  return RANGES[structure];
}

function dollars(cc: number): string {
  return (cc / 10_000).toFixed(4);
}

/** Tick ladder as messages carry it. */
export function rangesBody(
  ranges: readonly WorldRange[],
): { start: string; end: string; step: string }[] {
  return ranges.map(({ startCc, endCc, stepCc }) => ({
    start: dollars(startCc),
    end: dollars(endCc),
    step: dollars(stepCc),
  }));
}

const INDEX_BY_COIN: ReadonlyMap<string, string> = new Map([
  ["BTC", "BRTI"],
  ["ETH", "ETHUSD_RTI"],
  ["SOL", "SOLUSD_RTI"],
]);

function titleOf(coin: string, isQuarterHour: boolean): string {
  return isQuarterHour ? `${coin} price up in next 15 mins?` : `${coin} price at the hour`;
}

/** The series record of a crypto series ticker such as KXBTC15M or KXBTCD. */
export function seriesOf(ticker: string): WorldSeries {
  const isQuarterHour = ticker.endsWith("15M");
  const coin = ticker.slice(2, 5);
  return {
    ticker,
    title: titleOf(coin, isQuarterHour),
    frequency: isQuarterHour ? "fifteen_min" : "hourly",
    feeType: "quadratic",
    feeMultiplier: 1,
    indexId: INDEX_BY_COIN.get(coin) ?? `${coin}USD_RTI`,
  };
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

type LifecycleMsg = Readonly<Record<string, unknown>>;

/** Body of the lifecycle message that announces a market. */
export function createdMsg(market: WorldMarket): LifecycleMsg {
  const isKnown = market.floorUsd !== null || market.capUsd !== null;
  const isQuarterHour = market.strikeType === "greater_or_equal";
  const subTitle = isQuarterHour ? "Target price: TBD" : market.title;
  const strikes = isQuarterHour || !isKnown ? {} : strikeFields(market);
  return {
    event_type: "created",
    market_ticker: market.ticker,
    exchange_index: market.exchangeIndex,
    open_ts: toSeconds(market.openMs),
    close_ts: toSeconds(market.closeMs),
    price_level_structure: market.structure,
    price_ranges: rangesBody(market.ranges),
    additional_metadata: {
      name: market.title,
      title: market.title,
      yes_sub_title: subTitle,
      no_sub_title: subTitle,
      rules_primary: "Settles on the average of the index over the minute before the close.",
      rules_secondary: "",
      can_close_early: true,
      event_ticker: market.eventTicker,
      expected_expiration_ts: toSeconds(market.closeMs) + 300,
      strike_type: market.strikeType,
      ...strikes,
    },
  };
}

function strikeFields(market: WorldMarket): LifecycleMsg {
  const floor = market.floorUsd === null ? {} : { floor_strike: market.floorUsd };
  const cap = market.capUsd === null ? {} : { cap_strike: market.capUsd };
  return { ...floor, ...cap };
}

/** Body of the lifecycle message that publishes the strike of a 15-minute market. */
export function strikeMsg(market: WorldMarket): LifecycleMsg {
  const target = groupedText(market.floorUsd ?? 0, market.roundDigits);
  return {
    event_type: "metadata_updated",
    market_ticker: market.ticker,
    strike_type: market.strikeType,
    floor_strike: market.floorUsd,
    custom_strike: { round_digits: String(market.roundDigits) },
    yes_sub_title: `Target Price: $${target}`,
  };
}

/** Body of the lifecycle message that publishes the result. */
export function determinedMsg(market: WorldMarket, atMs: number): LifecycleMsg {
  return {
    event_type: "determined",
    market_ticker: market.ticker,
    determination_ts: toSeconds(atMs),
    result: market.result,
    settlement_value: dollars(market.payoutCc ?? (market.result === "yes" ? 10_000 : 0)),
  };
}

/** Body of the lifecycle message that says the payouts were made. */
export function settledMsg(market: WorldMarket, atMs: number): LifecycleMsg {
  return { event_type: "settled", market_ticker: market.ticker, settled_ts: toSeconds(atMs) };
}

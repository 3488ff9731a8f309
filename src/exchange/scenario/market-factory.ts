import type { WorldMarket } from "../world.ts";
import { LINEAR_RANGES, TAPERED_RANGES } from "./catalog.ts";
import { hourlyEventTicker, quarterEventTicker, quarterMarketTicker } from "./event-ticker.ts";
import { roundTo } from "./number.ts";
import type { Rng } from "./random.ts";

export const QUARTER_MS = 900_000;
export const HOUR_MS = 3_600_000;

/** Half the number of $100 steps a ladder spans. */
const STEPS_EACH_WAY = 20;
const STEP_USD = 100;
const CRYPTO_SHARD = 2;

export interface MarketTimes {
  readonly createdMs: number;
  readonly closeMs: number;
}

interface Listed {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly title: string;
}

type BlankMarket = Omit<
  WorldMarket,
  "openMs" | "strikeType" | "roundDigits" | "settlementTimerS" | "structure" | "ranges"
>;

function blank(rng: Rng, listed: Listed, times: MarketTimes): BlankMarket {
  return {
    ...listed,
    marketId: rng.split(listed.ticker).uuid(),
    createdMs: times.createdMs,
    closeMs: times.closeMs,
    exchangeIndex: CRYPTO_SHARD,
    status: "initialized",
    floorUsd: null,
    capUsd: null,
    result: "",
    expirationValue: "",
    settledMs: null,
    lastCc: null,
    volumeCq: 0,
    openInterestCq: 0,
  };
}

/** The market of one quarter hour, its strike still unknown. */
export function quarterMarket(
  asset: { readonly coin: string; readonly digits: number },
  times: MarketTimes,
  rng: Rng,
): WorldMarket {
  const seriesTicker = `KX${asset.coin}15M`;
  const listed = {
    ticker: quarterMarketTicker(seriesTicker, times.closeMs),
    eventTicker: quarterEventTicker(seriesTicker, times.closeMs),
    seriesTicker,
    title: `${asset.coin} price up in next 15 mins?`,
  };
  return {
    ...blank(rng, listed, times),
    openMs: times.closeMs - QUARTER_MS,
    strikeType: "greater_or_equal",
    roundDigits: asset.digits,
    settlementTimerS: 1,
    structure: "tapered_deci_cent",
    ranges: TAPERED_RANGES,
  };
}

type HourlyStrike = Pick<WorldMarket, "strikeType" | "floorUsd" | "capUsd"> & {
  readonly suffix: string;
  readonly title: string;
};

function greater(thresholdUsd: number): HourlyStrike {
  // "$72,750 or above" is `> 72749.99` on a value rounded to cents.
  const floorUsd = roundTo(thresholdUsd - 0.01, 2);
  return {
    strikeType: "greater",
    floorUsd,
    capUsd: null,
    suffix: `T${floorUsd.toFixed(2)}`,
    title: `$${thresholdUsd} or above`,
  };
}

function less(capUsd: number): HourlyStrike {
  return {
    strikeType: "less",
    floorUsd: null,
    capUsd,
    suffix: `T${capUsd}`,
    title: `$${roundTo(capUsd - 0.01, 2)} or below`,
  };
}

function between(floorUsd: number): HourlyStrike {
  const capUsd = roundTo(floorUsd + STEP_USD - 0.01, 2);
  return {
    strikeType: "between",
    floorUsd,
    capUsd,
    suffix: `B${floorUsd + STEP_USD / 2}`,
    title: `$${floorUsd} to ${capUsd}`,
  };
}

function ladder(spotUsd: number): number[] {
  const middle = Math.round(spotUsd / STEP_USD) * STEP_USD;
  return Array.from(
    { length: 2 * STEPS_EACH_WAY + 1 },
    (_, step) => middle + (step - STEPS_EACH_WAY) * STEP_USD,
  );
}

/** Thresholds (KXBTCD) and brackets with both tails (KXBTC) of one hour, around the spot price at their creation. */
export function hourlyMarkets(
  seriesTicker: "KXBTCD" | "KXBTC",
  spotUsd: number,
  times: MarketTimes,
  rng: Rng,
): WorldMarket[] {
  const steps = ladder(spotUsd);
  const strikes = seriesTicker === "KXBTCD" ? steps.map(greater) : brackets(steps);
  const eventTicker = hourlyEventTicker(seriesTicker, times.closeMs);
  return strikes.map((strike) => {
    const { title, suffix, strikeType, floorUsd, capUsd } = strike;
    const listed = { ticker: `${eventTicker}-${suffix}`, eventTicker, seriesTicker, title };
    return Object.assign(blank(rng, listed, times), {
      strikeType,
      floorUsd,
      capUsd,
      openMs: times.closeMs - HOUR_MS,
      roundDigits: 2,
      settlementTimerS: 60,
      structure: "linear_cent" as const,
      ranges: LINEAR_RANGES,
    });
  });
}

function brackets(steps: readonly number[]): HourlyStrike[] {
  const lowest = steps[0] ?? 0;
  const highest = steps.at(-1) ?? 0;
  return [less(lowest), ...steps.slice(0, -1).map(between), greater(highest)];
}

/** Whether YES wins at a settlement value already rounded as the market's strike is. */
export function resultAt(market: WorldMarket, value: number): "yes" | "no" {
  const floor = market.floorUsd ?? Number.NEGATIVE_INFINITY;
  const cap = market.capUsd ?? Number.POSITIVE_INFINITY;
  // Each type is the case of one inequality; a strike that is absent lies at infinity.
  const isAbove = market.strikeType === "greater" ? value > floor : value >= floor;
  const isBelow = market.strikeType === "less" ? value < cap : value <= cap;
  return isAbove && isBelow ? "yes" : "no";
}

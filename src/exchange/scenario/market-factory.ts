import type { Rng } from "../random.ts";
import { groupedText } from "../server/number-text.ts";
import type { WorldMarket } from "../world.ts";
import { LINEAR_RANGES, TAPERED_RANGES } from "./catalog.ts";
import { hourlyEventTicker, quarterEventTicker, quarterMarketTicker } from "./event-ticker.ts";
import { roundTo } from "./number.ts";

export const QUARTER_MS = 900_000;
export const HOUR_MS = 3_600_000;

const CRYPTO_SHARD = 2;

/** How the strikes of one event are spread around the spot price at its creation. */
interface Ladder {
  readonly stepUsd: number;
  /** Steps from the middle to either end. */
  readonly reach: number;
}

/** 188, 80 and 50 markets in KXBTC, as in every event of July 2026 on record. */
export const LADDERS = {
  hourly: { stepUsd: 100, reach: 93 },
  daily: { stepUsd: 250, reach: 39 },
  weekly: { stepUsd: 500, reach: 24 },
} as const satisfies Readonly<Record<string, Ladder>>;

export interface MarketTimes {
  readonly createdMs: number;
  readonly closeMs: number;
}

export interface LadderTimes extends MarketTimes {
  readonly openMs: number;
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
    payoutCc: null,
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

type LadderStrike = Pick<WorldMarket, "strikeType" | "floorUsd" | "capUsd"> & {
  readonly suffix: string;
  readonly title: string;
};

function greater(thresholdUsd: number): LadderStrike {
  // "$72,750 or above" is `> 72749.99` on a value rounded to cents.
  const floorUsd = roundTo(thresholdUsd - 0.01, 2);
  return {
    strikeType: "greater",
    floorUsd,
    capUsd: null,
    suffix: `T${floorUsd.toFixed(2)}`,
    title: `$${grouped(thresholdUsd)} or above`,
  };
}

function less(capUsd: number): LadderStrike {
  return {
    strikeType: "less",
    floorUsd: null,
    capUsd,
    suffix: `T${capUsd}`,
    title: `$${grouped(roundTo(capUsd - 0.01, 2))} or below`,
  };
}

function between(floorUsd: number, stepUsd: number): LadderStrike {
  const capUsd = roundTo(floorUsd + stepUsd - 0.01, 2);
  return {
    strikeType: "between",
    floorUsd,
    capUsd,
    suffix: `B${floorUsd + stepUsd / 2}`,
    title: `$${grouped(floorUsd)} to ${grouped(capUsd)}`,
  };
}

function grouped(usd: number): string {
  return groupedText(usd, Number.isInteger(usd) ? 0 : 2);
}

function stepsAround(spotUsd: number, { stepUsd, reach }: Ladder): number[] {
  const middle = Math.round(spotUsd / stepUsd) * stepUsd;
  return Array.from({ length: 2 * reach + 1 }, (_, step) => middle + (step - reach) * stepUsd);
}

/** Thresholds (KXBTCD) or brackets with both tails (KXBTC) of one event around a spot price. */
export function ladderMarkets(
  listed: { readonly seriesTicker: "KXBTCD" | "KXBTC"; readonly ladder: Ladder },
  spotUsd: number,
  times: LadderTimes,
  rng: Rng,
): WorldMarket[] {
  const { seriesTicker, ladder } = listed;
  const steps = stepsAround(spotUsd, ladder);
  const strikes = seriesTicker === "KXBTCD" ? steps.map(greater) : brackets(steps, ladder.stepUsd);
  const eventTicker = hourlyEventTicker(seriesTicker, times.closeMs);
  return strikes.map((strike) => {
    const { title, suffix, strikeType, floorUsd, capUsd } = strike;
    const name = { ticker: `${eventTicker}-${suffix}`, eventTicker, seriesTicker, title };
    return Object.assign(blank(rng, name, times), {
      strikeType,
      floorUsd,
      capUsd,
      openMs: times.openMs,
      roundDigits: 2,
      settlementTimerS: 60,
      structure: "linear_cent" as const,
      ranges: LINEAR_RANGES,
    });
  });
}

function brackets(steps: readonly number[], stepUsd: number): LadderStrike[] {
  const lowest = steps[0] ?? 0;
  const highest = steps.at(-1) ?? 0;
  const middle = steps.slice(0, -1).map((floorUsd) => between(floorUsd, stepUsd));
  return [less(lowest), ...middle, greater(highest)];
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

import type { Settlement } from "./events.ts";
import { hasStrike, type Market, type MarketResult } from "./market.ts";
import type { Ruling } from "./records.ts";
import { type Ms, PRICE_ONE, type Price, price, type Usd } from "./units.ts";

const WITH_RESULT: ReadonlySet<Market["status"]> = new Set(["determined", "amended", "finalized"]);

/**
 * What a market object says about its settlement: null before there is a result, and while one is disputed. Only
 * `finalized` is for good; `determined` and `amended` are provisional (reliability.md I29). A market that is final and
 * has no result is void.
 */
export function settlementOf(
  market: Market,
  seen: {
    readonly source: string;
    readonly recvMs: Ms;
    readonly settledMs: Ms | null;
    readonly yesPayout: Price | null;
  },
): Settlement | null {
  const isFinal = market.status === "finalized";
  if (!WITH_RESULT.has(market.status) || (market.result === "" && !isFinal)) return null;
  return {
    type: "settlement",
    ticker: market.ticker,
    eventTicker: market.eventTicker,
    result: market.result,
    yesPayout: seen.yesPayout,
    expirationValue: market.expirationValue,
    settledMs: seen.settledMs ?? seen.recvMs,
    final: isFinal,
    source: seen.source,
    recvMs: seen.recvMs,
  };
}

/**
 * What one YES contract is paid; null when it is not known. A YES or NO needs no number, and the number beside it is not
 * asked: the result is the only truth (kalshi.md §4.3).
 */
export function yesPayoutOf({
  result,
  yesPayout,
}: {
  readonly result: MarketResult;
  readonly yesPayout: Price | null;
}): Price | null {
  if (result === "yes") return PRICE_ONE;
  return result === "no" ? price(0) : yesPayout;
}

/** What a settlement is to a position; null while it is not known what it pays. */
export function rulingOf(
  said: Pick<
    Settlement,
    "ticker" | "result" | "yesPayout" | "final" | "source" | "expirationValue"
  >,
  atMs: Ms,
): Ruling | null {
  const { expirationValue, final: isFinal, result, source, ticker } = said;
  const yesPayout = yesPayoutOf(said);
  return yesPayout === null
    ? null
    : { ticker, result, yesPayout, isFinal, source, expirationValue, atMs };
}

/** What a result is called where people read it. */
export function resultWord(result: MarketResult): string {
  return result === "" ? "void" : result;
}

/** The settlement value that an average of index prints makes, as the exchange rounds it. */
export function settlementValue(market: Market, averageUsd: Usd): Usd {
  // The dust of adding sixty floats must not decide which way a half is rounded.
  const clean = roundTo(averageUsd, market.valueDigits + 4);
  return roundTo(clean, market.valueDigits);
}

/** What a settlement value makes of a market, by its own comparison (kalshi.md §4.3); null while its strike is unknown. */
export function resultAt(market: Market, valueUsd: Usd): "yes" | "no" | null {
  if (!hasStrike(market)) return null;
  const { capUsd, floorUsd, strikeType } = market;
  const hasFloor = strikeType !== "less" && strikeType !== "less_or_equal";
  const hasCap = strikeType === "between" || !hasFloor;
  // Each type is the case of one inequality; the end that a type does not have lies at infinity.
  const floor = hasFloor ? (floorUsd ?? Number.NaN) : Number.NEGATIVE_INFINITY;
  const cap = hasCap ? (capUsd ?? Number.NaN) : Number.POSITIVE_INFINITY;
  const isAbove = strikeType === "greater" ? valueUsd > floor : valueUsd >= floor;
  const isBelow = strikeType === "less" ? valueUsd < cap : valueUsd <= cap;
  return isAbove && isBelow ? "yes" : "no";
}

/** Rounds a positive dollar value half up to a number of decimals. */
export function roundTo(value: number, digits: number): number {
  return Number(`${Math.round(Number(`${value}e${digits}`))}e-${digits}`);
}

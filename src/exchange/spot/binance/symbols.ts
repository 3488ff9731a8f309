import { formatDecimal } from "../../../core/units.ts";
import type { PairSpec } from "../../scenario/venue-spec.ts";

/** Every decimal of spot is written with eight digits. */
const WIRE_DIGITS = 8;

export function symbolOf(coin: string): string {
  return `${coin}USDT`;
}

export function priceText(units: number, pair: PairSpec): string {
  return formatDecimal(units * 10 ** (WIRE_DIGITS - pair.priceDigits), WIRE_DIGITS);
}

/** Turnover in quote currency from price × size units. */
export function turnoverText(turnover: number, pair: PairSpec): string {
  return (turnover / 10 ** (8 + pair.priceDigits)).toFixed(WIRE_DIGITS);
}

/** Length of a candle in seconds by its name; `1s`, days and longer are not kept here. */
export const INTERVALS: ReadonlyMap<string, number> = new Map([
  ["1m", 60],
  ["3m", 180],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1h", 3600],
  ["2h", 7200],
  ["4h", 14_400],
  ["6h", 21_600],
  ["8h", 28_800],
  ["12h", 43_200],
  ["1d", 86_400],
]);

import type { Candle, SpotTick } from "../core/events.ts";
import { type Market, seriesOfTicker, underlyingOf } from "../core/market.ts";
import type { Ms } from "../core/units.ts";
import { blockLine } from "./block-line.ts";

// Spot now, how high and low it was within the hour, and that hour as a line of block characters.

const HOUR_MS = 3_600_000;

export interface PreviewSpot {
  readonly product: string;
  readonly price_usd: string;
  readonly hour_low_usd: string;
  readonly hour_high_usd: string;
  /** A character a minute, the price of now the last. */
  readonly line: string;
}

export function spotLines(facts: {
  readonly candles: readonly Candle[];
  readonly markets: readonly Market[];
  readonly spots: readonly SpotTick[];
  readonly nowMs: Ms;
}): PreviewSpot[] {
  const { candles, markets, nowMs, spots } = facts;
  const products = new Set(
    markets.flatMap(({ ticker }) => underlyingOf(seriesOfTicker(ticker))?.product ?? []),
  );
  return [...products].flatMap((product) => {
    const spot = spots.find((each) => each.product === product);
    if (spot === undefined) return [];
    const hour = candles.filter(
      (candle) => candle.product === product && candle.openMs >= nowMs - HOUR_MS,
    );
    const { priceUsd } = spot;
    return [
      {
        product,
        price_usd: String(priceUsd),
        hour_low_usd: String(Math.min(priceUsd, ...hour.map(({ lowUsd }) => lowUsd))),
        hour_high_usd: String(Math.max(priceUsd, ...hour.map(({ highUsd }) => highUsd))),
        line: blockLine([...hour.map(({ closeUsd }) => closeUsd), priceUsd]),
      },
    ];
  });
}

/** The line in at most so many characters: each stands for as many minutes, the last one for now. */
export function shortened(line: string, room: number): string {
  if (line.length <= room) return line;
  return Array.from({ length: room }, (_, at) =>
    line.charAt(Math.floor(((at + 1) * line.length) / room) - 1),
  ).join("");
}

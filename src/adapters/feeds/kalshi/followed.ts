import type { Market } from "../../../core/market.ts";
import type { Ms } from "../../../core/units.ts";
import type { LifecycleFact } from "../../kalshi/map.ts";
import type { KalshiFeedConfig } from "./discovery.ts";

// What follows from the markets that are followed: whose fees must be known, and how long their books are listened to.

/** The empty snapshot that ends a book came 25 s after the close at the latest (kalshi.md §3.4). */
const LINGER_MS = 30_000;

/** Whose fees are to be known: the followed series, and the events of markets that are not over. */
export function chargedOf(
  markets: readonly Market[],
  config: KalshiFeedConfig,
  nowMs: Ms,
): { readonly series: ReadonlySet<string>; readonly events: ReadonlySet<string> } {
  const alive = markets.filter(({ closeMs }) => closeMs > nowMs);
  const isNamed = config.tickers.length > 0 || config.eventTicker !== null;
  const series = alive.map(({ seriesTicker }) => seriesTicker);
  return {
    series: new Set([...(isNamed ? [] : config.series), ...series]),
    events: new Set(alive.map(({ eventTicker }) => eventTicker)),
  };
}

/** Whether a message is about a market or event of ours, or about one that may become one. */
export function concerns(
  { seriesTicker, ticker }: Pick<LifecycleFact, "seriesTicker" | "ticker">,
  followed: readonly Market[],
  { series, tickers }: KalshiFeedConfig,
): boolean {
  const isFollowed = followed.some(
    (market) => market.ticker === ticker || market.eventTicker === ticker,
  );
  return isFollowed || series.includes(seriesTicker) || tickers.includes(ticker);
}

/** To the close, and a moment longer on a connection that saw it: a new one would only send the empty book again. */
export function isStreamed({ closeMs }: Market, connectedMs: Ms, nowMs: Ms): boolean {
  return closeMs > nowMs || (closeMs > connectedMs && closeMs + LINGER_MS > nowMs);
}

/** When the first of these markets has been listened to long enough; infinite without any. */
export function lingerEndMs(streamed: readonly Market[]): Ms {
  return Math.min(Number.POSITIVE_INFINITY, ...streamed.map(({ closeMs }) => closeMs + LINGER_MS));
}

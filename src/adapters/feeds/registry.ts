import { binanceSpec } from "./binance.ts";
import { bitstampSpec } from "./bitstamp.ts";
import { coinbaseSpec } from "./coinbase.ts";
import { geminiSpec } from "./gemini.ts";
import { krakenSpec } from "./kraken.ts";
import type { SpotFeedSpec } from "./spot-feed.ts";

/** Every spot venue that can be recorded: one line each. Kalshi is built by itself, because it wants much more. */
export const SPOT_FEEDS: readonly SpotFeedSpec[] = [
  coinbaseSpec,
  krakenSpec,
  binanceSpec,
  bitstampSpec,
  geminiSpec,
];

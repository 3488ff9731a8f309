import { binanceSpec } from "../binance/feed.ts";
import { bitstampSpec } from "../bitstamp/feed.ts";
import { coinbaseSpec } from "../coinbase/feed.ts";
import { geminiSpec } from "../gemini/feed.ts";
import { krakenSpec } from "../kraken/feed.ts";
import type { SpotFeedSpec } from "./feed.ts";

/** Every spot venue that can be recorded: one line each. Kalshi is built by itself, because it wants much more. */
export const SPOT_FEEDS: readonly SpotFeedSpec[] = [
  coinbaseSpec,
  krakenSpec,
  binanceSpec,
  bitstampSpec,
  geminiSpec,
];

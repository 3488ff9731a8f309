// Binance market data: spot prices and candles, and the funding rate of the perpetuals. All prices are in USDT, which is
// not USD, so products are `BTC-USDT`. Binance is no constituent of the settlement index: `--level2` adds nothing here.
//
// | message                     | what we do with it                                                              |
// |-----------------------------|---------------------------------------------------------------------------------|
// | bookTicker                  | `spot` event of kind quote at the mid; it has no time; a lower update id is a `duplicate` |
// | trade                       | `spot` event of kind trade, each id once                                        |
// | kline_1m, kline_15m, closed | `candle` event, each once                                                       |
// | kline, still running        | counted as control                                                              |
// | serverShutdown              | counted as control; the next connection begins while this one still delivers    |
// | answer to a command, error  | counted as control; an error shows in the status                                |
// | depthUpdate, partial depth, aggTrade, tickers, avgPrice | counted as control: not subscribed                  |
// | empty side, crossed prices  | rejected as `one_sided`, `crossed`: no price can be read from them              |
// | anything else               | rejected as `unknown_type` and counted                                          |
// | hole in a product's trade ids | `gap` event `trade_id`                                                        |
// | lost connection             | `gap` event without numbers                                                     |
// | klines (REST)               | `candle` events of those that the socket did not bring, and of a while before the start |
// | premiumIndex (REST)         | `funding` event, an estimate, once a minute                                     |
// | fundingRate (REST)          | `funding` events of what was paid, at the start and after each interval         |
// | HTTP 451 or 403             | `gap` event `geo_blocked`, once; that host is not asked again, the others are |
import type { Rng } from "../../../core/rng.ts";
import type { Clock, Feed, HttpClient, OpenSocket } from "../../../ports.ts";
import { DriftWatch } from "../../platform/drift.ts";
import { createFeedStats } from "../../platform/feed-stats.ts";
import { runTogether, type Task, untilAborted } from "../../platform/scope.ts";
import type { SpotFeedSpec, SpotUrls } from "../spot/feed.ts";
import { BinanceCandles, CANDLE_SHAPES } from "./candles.ts";
import { BINANCE, BINANCE_SHAPES } from "./frames.ts";
import { BinanceFunding, FUNDING_SHAPES } from "./funding.ts";
import { BinanceOrder } from "./order.ts";
import { BinanceSocket } from "./socket.ts";

export interface BinanceFeedOptions {
  readonly urls: SpotUrls;
  /** As Coinbase writes them; `BTC-USD` is recorded as `BTC-USDT`. */
  readonly products: readonly string[];
  readonly openSocket: OpenSocket;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly rng: Rng;
}

export function createBinanceFeed(options: BinanceFeedOptions): Feed {
  const { urls } = options;
  const stats = createFeedStats();
  const drift = new DriftWatch(BINANCE, { ...BINANCE_SHAPES, ...FUNDING_SHAPES, ...CANDLE_SHAPES });
  const products = symbolsOf(options.products);
  const shared = { ...options, stats, drift, products, order: new BinanceOrder() };
  const socket = new BinanceSocket({ ...shared, url: urls.ws });
  const polls: Part[] = [];
  if (urls.rest !== "") polls.push(new BinanceCandles({ ...shared, baseUrl: urls.rest }));
  if (urls.futures !== "") polls.push(new BinanceFunding({ ...shared, baseUrl: urls.futures }));
  const parts: readonly Part[] = [socket, ...polls];
  return {
    name: BINANCE,
    stats,
    status() {
      const texts = parts.map((part) => part.status());
      return texts.filter((text) => text !== "").join("; ");
    },
    async run(sink, signal) {
      const begin = (part: Part): Task => {
        return (until) => part.run(sink, until);
      };
      // A host that refuses this place ends its own part, not the feed.
      await runTogether(signal, [...parts.map(begin), untilAborted]);
    },
  };
}

export const binanceSpec: SpotFeedSpec = {
  name: BINANCE,
  create: createBinanceFeed,
};

/** What runs beside the others and fails by itself. */
type Part = Pick<Feed, "status" | "run">;

/** Our products by the symbols of their pairs with USDT. */
function symbolsOf(products: readonly string[]): ReadonlyMap<string, string> {
  const coins = products.map((product) => product.split("-")[0] ?? product);
  return new Map(coins.map((coin) => [`${coin}USDT`, `${coin}-USDT`]));
}

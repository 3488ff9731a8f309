// Coinbase Advanced Trade market data: the spot price, and the whole books with `--level2`.
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | ticker (snapshot, update)   | `spot` event of kind quote, stamped with the envelope's time                   |
// | market_trades update        | `spot` events of kind trade, oldest first, each trade id once                  |
// | market_trades snapshot      | counted as control; the trades that an earlier connection missed become `spot` |
// | l2_data snapshot            | `depth` event with the whole book; its product's changes are believed from here |
// | l2_data update              | `depth` event with the levels that changed and their new sizes                 |
// | heartbeats                  | counted as control; missed ones show in the status                             |
// | subscriptions               | counted as control; compared with what was asked for                           |
// | error                       | counted as control and shown in the status                                     |
// | candles, status, ticker_batch | counted as control: not subscribed                                           |
// | anything else               | rejected as `unknown_type` and counted by name                                 |
// | a known channel in another shape | `drift` event with the frame                                              |
// | hole in sequence_num        | `gap` seq; books are asked for anew, trades are fetched over REST              |
// | hole in trade_id            | fetched over REST; what nobody has any more is a `gap` trade_id with the ids    |
// | best bid at or over best offer | `gap` crossed; that book is asked for anew                                  |
// | lost connection             | `gap` with the reason; books start cold, trades are fetched over REST          |

import type { Rng } from "../../../core/rng.ts";
import type { Clock, Feed, HttpClient, OpenSocket, Sink } from "../../../ports.ts";
import {
  type ConnectionEnd,
  type ConnectionOptions,
  keepConnected,
} from "../../platform/connection.ts";
import { DriftWatch } from "../../platform/drift.ts";
import { createFeedStats } from "../../platform/feed-stats.ts";
import { assertFirstConnection } from "../../platform/first-connection.ts";
import { hostOf } from "../../platform/network-error.ts";
import { runTogether } from "../../platform/scope.ts";
import type { SpotFeedSpec } from "../spot/feed.ts";
import { TradeBackfill } from "./backfill.ts";
import { SOURCE } from "./fields.ts";
import { CoinbaseOutput } from "./output.ts";
import { type CoinbaseChannel, CoinbaseSession } from "./session.ts";
import { COINBASE_SHAPES } from "./shapes.ts";
import { TradeLog } from "./trades.ts";

export { fetchCandles } from "./rest.ts";

export interface CoinbaseFeedOptions {
  readonly url: string;
  /** `https://api.coinbase.com`, without path: for trades that the socket lost. */
  readonly restUrl: string;
  readonly products: readonly string[];
  /** The whole books too. */
  readonly level2: boolean;
  readonly openSocket: OpenSocket;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly rng: Rng;
}

const SILENCE_MS = 5000;

export function createCoinbaseFeed(options: CoinbaseFeedOptions): Feed {
  const { clock, http, level2, products, restUrl, url } = options;
  // `heartbeats` keeps quiet channels open and the watchdog fed.
  const books: readonly CoinbaseChannel[] = level2 ? ["level2"] : [];
  const channels: readonly CoinbaseChannel[] = ["ticker", "market_trades", ...books, "heartbeats"];
  const stats = createFeedStats();
  const trades = new TradeLog();
  const drift = new DriftWatch(SOURCE, COINBASE_SHAPES);
  let session: CoinbaseSession | null = null;
  let line = "not started";

  const ended = (end: ConnectionEnd, failures: number): void => {
    session = null;
    assertFirstConnection(url, stats, failures, end);
  };

  const connection = (output: CoinbaseOutput, backfill: TradeBackfill): ConnectionOptions => ({
    ...options,
    silenceMs: SILENCE_MS,
    headers: () => ({}),
    open: (socket) => {
      stats.connects++;
      session = new CoinbaseSession(socket, {
        clock,
        output,
        products,
        channels,
        trades,
        backfill,
        drift,
      });
      return session;
    },
    ended,
    waiting: (delayMs, end) => {
      line = `not connected (${end.error}), next try in ${(delayMs / 1000).toFixed(1)} s`;
    },
  });

  return {
    name: SOURCE,
    stats,
    status: () => (session === null ? line : session.status()),
    async run(sink: Sink, signal) {
      line = `connecting to ${hostOf(url)}`;
      const output = new CoinbaseOutput(stats, sink);
      const backfill = new TradeBackfill({ baseUrl: restUrl, http, clock, log: trades, output });
      await runTogether(signal, [
        (scope) => keepConnected(connection(output, backfill), scope),
        (scope) => backfill.run(scope),
      ]);
      session = null;
      line = "stopped";
    },
  };
}

export const coinbaseSpec: SpotFeedSpec = {
  name: SOURCE,
  create: ({ urls, ...context }) =>
    createCoinbaseFeed({ ...context, url: urls.ws, restUrl: urls.rest }),
};

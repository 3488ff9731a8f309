// Kraken WebSocket v2: spot prices, trades, and whole books on request (spot-feeds.md §2).
//
// | message                     | what we do with it                                                             |
// |-----------------------------|--------------------------------------------------------------------------------|
// | ticker (snapshot, update)   | `spot` event of kind quote; zeros and times of 1970 are refused                |
// | trade update                | `spot` events of kind trade, each trade id once                                |
// | trade snapshot              | counted as control: trades of the past, not asked for                          |
// | book snapshot               | `depth` event of kind snapshot, once its checksum is right                     |
// | book update                 | `depth` event of kind update, with size 0 for what it pushed out of view       |
// | instrument                  | counted as control; digits of each pair, which the checksums are made of       |
// | status                      | counted as control; anything but `online` is shown in the status               |
// | heartbeat, pong, ohlc       | counted as control                                                             |
// | answer to a request         | counted as control; refusals, and none within 5 s, are shown in the status     |
// | anything else               | rejected as `unknown_type` and counted                                         |
// | hole in a symbol's trade ids| `gap` event with the ids, reason `trade_id`                                    |
// | checksum that differs       | rejected; `gap` event naming the book, which is asked for again                |
// | unreadable book frame       | the same with reason `bad_book`, for every book: it may have been of any       |
// | no word of a book for 5 s while quotes differ from it | the same with reason `stall`                         |
// | more than 3 new snapshots a minute | the connection is given up                                              |
// | lost connection             | `gap` event naming the books that are invalid until their next snapshot        |

import type { Feed } from "../../../ports.ts";
import { type ConnectionEnd, keepConnected } from "../../platform/connection.ts";
import { DriftWatch } from "../../platform/drift.ts";
import { createFeedStats } from "../../platform/feed-stats.ts";
import { assertFirstConnection } from "../../platform/first-connection.ts";
import { hostOf } from "../../platform/network-error.ts";
import type { SpotFeedSpec } from "../spot/feed.ts";
import { TradeIds } from "../spot/trade-ids.ts";
import { KRAKEN_SHAPES } from "./frames.ts";
import { KrakenSession } from "./session.ts";

export const krakenSpec: SpotFeedSpec = { name: "kraken", create: createKrakenFeed };

/** Kraken's heartbeats come once a second when nothing else does (spot-feeds.md §2.1). */
const SILENCE_MS = 5000;

function createKrakenFeed(context: Parameters<SpotFeedSpec["create"]>[0]): Feed {
  const { clock, level2, products } = context;
  const url = `${context.urls.ws}/v2`;
  const stats = createFeedStats();
  const trades = new TradeIds();
  const drift = new DriftWatch("kraken", KRAKEN_SHAPES);
  let session: KrakenSession | null = null;
  let line = "not started";

  const ended = (end: ConnectionEnd, failures: number): void => {
    session = null;
    assertFirstConnection(url, stats, failures, end);
  };

  return {
    name: "kraken",
    stats,
    status: () => (session === null ? line : session.status()),
    async run(sink, signal) {
      line = `connecting to ${hostOf(url)}`;
      await keepConnected(
        {
          ...context,
          url,
          silenceMs: SILENCE_MS,
          headers: () => ({}),
          open: (socket) => {
            const links = { stats, clock, sink, trades, drift, products, level2 };
            session = new KrakenSession(socket, links);
            return session;
          },
          ended,
          waiting: (delayMs, end) => {
            line = `not connected (${end.error}), next try in ${(delayMs / 1000).toFixed(1)} s`;
          },
        },
        signal,
      );
      session = null;
      line = "stopped";
    },
  };
}

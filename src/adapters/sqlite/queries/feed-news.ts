import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** When something of a feed arrived last in a run, by the run's clock. */
export interface FeedNews {
  readonly feed: string;
  readonly newestMs: Ms;
}

/** A feed that is silent for so many prices of all others together is left out. */
const SPOTS_READ = 500;

/** The newest sign of each feed that is on file; read from the end, so it costs the same however long the run is. */
export function feedNews(reader: Reader, runId: number): FeedNews[] {
  return reading(reader, () => {
    const newest = (sql: string): Ms | null =>
      reader.db.prepare<[number], Ms>(sql).pluck().get(runId) ?? null;
    const books = [
      newest(
        "SELECT recv_ms FROM kalshi_orderbook_deltas WHERE run_id = ? ORDER BY ev DESC LIMIT 1",
      ),
      newest("SELECT recv_ms FROM kalshi_tickers WHERE run_id = ? ORDER BY ev DESC LIMIT 1"),
      newest(
        "SELECT recv_ms FROM kalshi_orderbook_snapshots WHERE run_id = ? ORDER BY ev DESC LIMIT 1",
      ),
    ].filter((ms) => ms !== null);
    const index = newest(
      "SELECT recv_ms FROM index_ticks WHERE run_id = ? ORDER BY ev DESC LIMIT 1",
    );
    const spots = reader.db
      .prepare<[number, number], FeedNews>(
        `SELECT source AS feed, max(recv_ms) AS newestMs FROM
           (SELECT source, recv_ms FROM spot_ticks WHERE run_id = ? ORDER BY ev DESC LIMIT ?)
         GROUP BY source ORDER BY source`,
      )
      .all(runId, SPOTS_READ);
    return [
      ...(books.length === 0 ? [] : [{ feed: "kalshi", newestMs: Math.max(...books) }]),
      ...spots,
      ...(index === null ? [] : [{ feed: "index", newestMs: index }]),
    ];
  });
}

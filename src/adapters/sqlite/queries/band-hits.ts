import type { Ms, Price, Side } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading, seriesRange } from "./read.ts";

/** How often a side was worth its dollar in markets where it was once asked for within a band. */
export interface BandHits {
  /** Settled markets that were seen in the band. */
  readonly markets: number;
  readonly hits: number;
  /** Distinct settlement instants among them: strikes of one event win and lose together. */
  readonly windows: number;
}

/** Reads every evaluation since a time, which takes a second for some millions. */
export function bandHits(
  reader: Reader,
  band: {
    readonly series: string;
    readonly side: Side;
    readonly askMin: Price;
    readonly askMax: Price;
    readonly sinceMs: Ms;
  },
): BandHits {
  const { askMax, askMin, series, side, sinceMs } = band;
  // The ask of NO is a dollar less the bid of YES.
  const quoted = side === "yes" ? "e.yes_ask_cc" : "10000 - e.yes_bid_cc";
  const [from, to] = seriesRange(series);
  return reading(reader, () => {
    const found = reader.db
      .prepare<Record<string, number | string | undefined>, BandHits>(
        `WITH seen AS (
           SELECT DISTINCT e.market_id FROM runs r CROSS JOIN evaluations e
             ON e.opportunity_id >= r.run_id * 10000000000 AND e.opportunity_id < (r.run_id + 1) * 10000000000
           WHERE r.started_ms + e.dt_ms >= :since AND ${quoted} BETWEEN :min AND :max
             AND e.market_id IN (SELECT market_id FROM market_ids WHERE ticker > :from AND ticker < :to))
         SELECT count(*) AS markets, coalesce(sum(s.result = :side), 0) AS hits, count(DISTINCT k.close_ms) AS windows
         FROM seen JOIN market_ids i USING (market_id) JOIN settlements s ON s.ticker = i.ticker
         JOIN kalshi_markets k ON k.ticker = i.ticker
         WHERE s.final = 1 AND s.result IN ('yes', 'no')`,
      )
      .get({ since: sinceMs, min: askMin, max: askMax, from, to, side });
    return found ?? { markets: 0, hits: 0, windows: 0 };
  });
}

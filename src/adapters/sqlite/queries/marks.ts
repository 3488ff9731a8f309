import type { Ms, Price } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** The touch of a market as it was last seen. */
export interface Mark {
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  readonly atMs: Ms;
}

/** What is held is looked at every second; further back than this nobody looks at it any more. */
const LOOKS_BACK = 50_000;

/** Finds the newest touch of a market up to a time, by the evaluations of a mode and by what `collect` has stored beside. */
export function marks(
  reader: Reader,
  untilMs: Ms,
): (mode: TradingMode, ticker: string) => Mark | null {
  const evaluated = reader.db.prepare<[string, string, Ms], Mark>(
    `SELECT e.yes_bid_cc AS yesBid, e.yes_ask_cc AS yesAsk, r.started_ms + e.dt_ms AS atMs
     FROM (SELECT opportunity_id, market_id, dt_ms, yes_bid_cc, yes_ask_cc FROM evaluations
           ORDER BY opportunity_id DESC LIMIT ${LOOKS_BACK}) e
     JOIN runs r ON r.run_id = e.opportunity_id / 10000000000
     WHERE r.mode = ? AND e.market_id = (SELECT market_id FROM market_ids WHERE ticker = ?)
       AND r.started_ms + e.dt_ms <= ? LIMIT 1`,
  );
  const told = reader.db.prepare<[string, Ms], Mark>(
    `SELECT t.yes_bid_cc AS yesBid, t.yes_ask_cc AS yesAsk, r.started_ms + t.dt_ms AS atMs
     FROM (SELECT ev, stream_id, dt_ms, yes_bid_cc, yes_ask_cc FROM tickers ORDER BY ev DESC LIMIT ${LOOKS_BACK}) t
     JOIN runs r ON r.run_id = t.ev / 10000000000
     JOIN streams s ON s.stream_id = t.stream_id JOIN market_ids m ON m.market_id = s.market_id
     WHERE m.ticker = ? AND r.started_ms + t.dt_ms <= ? LIMIT 1`,
  );
  return (mode, ticker) =>
    reading(reader, () => {
      const own = evaluated.get(mode, ticker, untilMs);
      const heard = mode === "backtest" ? undefined : told.get(ticker, untilMs);
      if (own === undefined) return heard ?? null;
      return heard === undefined || heard.atMs < own.atMs ? own : heard;
    });
}

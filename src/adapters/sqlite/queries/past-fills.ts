import { seriesOfTicker } from "../../../core/market.ts";
import { type MeasuredFill, touchOf } from "../../../core/slippage.ts";
import type { Price } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** Older fills hardly count any more. */
const FILLS_MAX = 20_000;

type Row = Omit<MeasuredFill, "series" | "touch"> & {
  readonly ticker: string;
  readonly side: "yes" | "no";
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
};

/**
 * Taker fills of a mode beside the touch of the evaluation that led to each, in the order in which they became known. Later
 * orders of an exit are left out: the touch that they meant to meet is not on file, and what the price has moved since the
 * exit began is no slippage.
 */
export function pastFills(reader: Reader, mode: TradingMode): MeasuredFill[] {
  const rows = reading(reader, () =>
    reader.db
      .prepare<[string, number], Row>(
        `SELECT i.strategy, i.ticker, i.side, i.action, f.price_cc AS price, f.qty_cq AS qty,
           e.yes_bid_cc AS yesBid, e.yes_ask_cc AS yesAsk
         FROM fills f JOIN order_intents i ON i.order_id = f.order_id
         JOIN evaluations e ON e.opportunity_id = i.opportunity_id JOIN runs r ON r.run_id = i.run_id
           AND i.created_ms = r.started_ms + e.dt_ms
         WHERE f.mode = ? AND f.is_taker = 1 ORDER BY f.rowid DESC LIMIT ?`,
      )
      .all(mode, FILLS_MAX),
  );
  return rows.toReversed().flatMap(({ side, ticker, yesAsk, yesBid, ...fill }) => {
    const touch = touchOf({ action: fill.action, side }, { yesAsk, yesBid });
    if (touch === null) return [];
    return [{ ...fill, series: seriesOfTicker(ticker), touch }];
  });
}

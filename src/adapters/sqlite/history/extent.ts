import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "../queries/read.ts";
import type { HistorySpan } from "./reads.ts";

/** From the first open to the last close of fetched markets with candles; null without any. */
export function historyExtent(
  reader: Reader,
  series: readonly string[],
): { readonly fromMs: Ms; readonly toMs: Ms } | null {
  const found = reading(reader, () =>
    reader.db
      .prepare<[string], { readonly fromMs: Ms | null; readonly toMs: Ms | null }>(
        `SELECT min(k.open_ms) AS fromMs, max(k.close_ms) AS toMs
         FROM kalshi_markets k JOIN market_ids m ON m.ticker = k.ticker
         WHERE k.series_ticker IN (SELECT value FROM json_each(?))
           AND EXISTS (SELECT 1 FROM market_candles c WHERE c.market_id = m.market_id)`,
      )
      .get(JSON.stringify(series)),
  );
  const { fromMs = null, toMs = null } = found ?? {};
  return fromMs === null || toMs === null ? null : { fromMs, toMs };
}

/** About as many events as a replay of it has: for progress. */
export function historyEventCount(reader: Reader, { fromMs, toMs }: HistorySpan): number {
  const rows = reading(reader, () =>
    reader.db
      .prepare<{ fromMs: Ms; toMs: Ms }, number>(
        `SELECT (SELECT count(*) FROM market_candles WHERE end_ms > :fromMs AND end_ms <= :toMs)
           + (SELECT count(*) FROM kalshi_trades WHERE exchange_ms > :fromMs AND exchange_ms <= :toMs)`,
      )
      .pluck()
      .get({ fromMs, toMs }),
  );
  return (rows ?? 0) + Math.ceil((2 * (toMs - fromMs)) / 60_000);
}

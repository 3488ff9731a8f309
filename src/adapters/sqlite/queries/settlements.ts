import type { MarketResult } from "../../../core/market.ts";
import type { Price } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { limitOf } from "./ledger.ts";
import { reading, seriesRange, type TimeRange, where } from "./read.ts";

export interface SettlementFilter extends TimeRange {
  readonly series?: string | undefined;
  readonly ticker?: string | undefined;
  /** Only markets that a run evaluated or traded. */
  readonly seenOnly?: boolean | undefined;
  readonly limit?: number | undefined;
}

export interface SettlementRow {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly result: MarketResult;
  /** What one YES contract is paid; null when the exchange does not say. */
  readonly yesPayout: Price | null;
  readonly expirationValue: string | null;
  readonly settledMs: number;
  readonly final: boolean;
  readonly source: string;
  /** 1 for the first word; higher after corrections. */
  readonly revision: number;
}

/** Newest settlement of each market, newest first. */
export function listSettlements(reader: Reader, filter: SettlementFilter = {}): SettlementRow[] {
  const { sql, values } = where([
    ["ticker = ?", filter.ticker],
    ["ticker > ? AND ticker < ?", ...seriesRange(filter.series)],
    ["settled_ms >= ?", filter.since],
    ["settled_ms <= ?", filter.until],
    [`ticker IN (${SEEN_TICKERS}) AND ?`, filter.seenOnly === true ? 1 : undefined],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], StoredSettlement>(
        `SELECT ticker, event_ticker AS eventTicker, result, expiration_value AS expirationValue,
           yes_payout_cc AS yesPayout, settled_ms AS settledMs, final AS finalized, source, revision
         FROM settlements ${sql} ORDER BY settled_ms DESC, ticker LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  ).map(settlementRow);
}

type StoredSettlement = Omit<SettlementRow, "final"> & { readonly finalized: number };

function settlementRow({ finalized, ...row }: StoredSettlement): SettlementRow {
  return { ...row, final: finalized === 1 };
}

export interface UnsettledMarket {
  readonly ticker: string;
  readonly eventTicker: string | null;
  readonly seriesTicker: string | null;
  /** Null for a traded market whose description was never stored. */
  readonly closeMs: number | null;
  readonly filled: boolean;
}

const SEEN_TICKERS = `SELECT m.ticker FROM run_markets r JOIN market_ids m ON m.market_id = r.market_id
   UNION SELECT ticker FROM fills`;

/** Markets that a run followed, evaluated or traded, that are closed by `nowMs`, and that have no final settlement yet. */
export function unsettledMarkets(reader: Reader, nowMs: number): UnsettledMarket[] {
  return reading(reader, () =>
    reader.db
      .prepare<[number], StoredUnsettled>(
        `WITH seen AS (${SEEN_TICKERS} UNION SELECT ticker FROM kalshi_markets)
         SELECT seen.ticker, k.event_ticker AS eventTicker, k.series_ticker AS seriesTicker, k.close_ms AS closeMs,
           EXISTS (SELECT 1 FROM fills f WHERE f.ticker = seen.ticker) AS fills
         FROM seen
         LEFT JOIN kalshi_markets k ON k.ticker = seen.ticker
         LEFT JOIN settlements s ON s.ticker = seen.ticker
         WHERE (k.close_ms IS NULL OR k.close_ms <= ?) AND coalesce(s.final, 0) = 0
         ORDER BY k.close_ms, seen.ticker`,
      )
      .all(nowMs),
  ).map(unsettledRow);
}

/** Traded markets that settled for good since a time: their results may have been amended. */
export function recentlyFinal(reader: Reader, sinceMs: number): string[] {
  return reading(reader, () =>
    reader.db
      .prepare<[number], string>(
        `SELECT ticker FROM settlements WHERE final = 1 AND settled_ms >= ?
           AND ticker IN (SELECT ticker FROM fills) ORDER BY settled_ms, ticker`,
      )
      .pluck()
      .all(sinceMs),
  );
}

type StoredUnsettled = Omit<UnsettledMarket, "filled"> & { readonly fills: number };

function unsettledRow({ fills, ...row }: StoredUnsettled): UnsettledMarket {
  return { ...row, filled: fills === 1 };
}

import type { Ms, Usd } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading, type TimeRange, where } from "./read.ts";

export interface CandleStock {
  readonly source: string;
  readonly product: string;
  readonly intervalS: number;
  /** Different candles, however often each was received. */
  readonly count: number;
}

export interface CandleFilter extends TimeRange {
  readonly source: string;
  readonly product: string;
  readonly intervalS: number;
}

export interface StoredCandle {
  readonly openMs: Ms;
  readonly openUsd: Usd;
  readonly highUsd: Usd;
  readonly lowUsd: Usd;
  readonly closeUsd: Usd;
  readonly volume: number;
}

/** Which candles there are; the time range is that of their openings. */
export function candleStocks(reader: Reader, range: TimeRange): CandleStock[] {
  const { sql, values } = where([
    ["open_ms >= ?", range.since],
    ["open_ms <= ?", range.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], CandleStock>(
        `SELECT source, product, interval_s AS intervalS, count(DISTINCT open_ms) AS count FROM candle_values ${sql}
         GROUP BY source, product, interval_s ORDER BY source, product, interval_s`,
      )
      .all(...values),
  );
}

/** Candles in the order of time, of each the newest answer. */
export function spotCandles(reader: Reader, filter: CandleFilter): StoredCandle[] {
  const { sql, values } = where([
    ["source = ?", filter.source],
    ["product = ?", filter.product],
    ["interval_s = ?", filter.intervalS],
    ["open_ms >= ?", filter.since],
    ["open_ms <= ?", filter.until],
  ]);
  // SQLite takes the bare columns from the row that holds max(ev).
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], StoredCandle>(
        `SELECT open_ms AS openMs, open_usd AS openUsd, high_usd AS highUsd, low_usd AS lowUsd,
           close_usd AS closeUsd, volume FROM candle_values ${sql} GROUP BY open_ms HAVING max(ev) ORDER BY open_ms`,
      )
      .all(...values),
  );
}

export interface FundingPayment {
  readonly atMs: Ms;
  readonly rate: number;
}

/** What the perpetual of an asset paid, from the source that knows the most of it, in the order of time; no estimates. */
export function paidFunding(reader: Reader, asset: string): FundingPayment[] {
  return reading(reader, () => {
    const rows = reader.db
      .prepare<[string, string], FundingPayment & { readonly of: string }>(
        `SELECT source || ' ' || product AS "of", at_ms AS atMs, rate FROM funding_rates
         WHERE product >= ? AND product < ? AND is_estimate = 0 ORDER BY at_ms`,
      )
      .all(`${asset}-`, `${asset}.`);
    const bySource = new Map<string, FundingPayment[]>();
    for (const { of, ...payment } of rows) {
      const payments = bySource.get(of) ?? [];
      payments.push(payment);
      bySource.set(of, payments);
    }
    const [most = []] = [...bySource.values()].toSorted((a, b) => b.length - a.length);
    return most;
  });
}

import { DAY_MS } from "../../../core/iso-time.ts";
import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "../queries/read.ts";
import { type HistorySpan, productsOf, SPOT_SOURCE } from "./reads.ts";

/** What is on file of the days that were asked for. */
export interface HistoryCoverage {
  /** One for each series and UTC day, by the close of its markets; a day without markets is one of nothing. */
  readonly markets: readonly MarketDay[];
  /** One for each product and UTC day. */
  readonly spot: readonly SpotDay[];
  /** Where the fees of each series come from: what a run stored of the exchange's word, or the usual terms. */
  readonly fees: readonly { readonly series: string; readonly source: "stored" | "assumed" }[];
  /** Markets of which something is not on file, the first to close first; at most a hundred are named. */
  readonly missing: readonly MissingPart[];
}

interface MarketDay {
  readonly series: string;
  readonly dayMs: Ms;
  /** Markets that are on file. How many there were the exchange alone knows. */
  readonly found: number;
  readonly withCandles: number;
  /** All their trades are on file, or there were none. */
  readonly withTrades: number;
  readonly settled: number;
  /** Minutes from open to close, and those of them that have a candle. */
  readonly minutes: number;
  readonly minutesFound: number;
}

interface SpotDay {
  readonly product: string;
  readonly dayMs: Ms;
  readonly minutes: number;
  readonly minutesFound: number;
}

interface MissingPart {
  readonly ticker: string;
  readonly closeMs: Ms;
  readonly what: "candles" | "trades" | "settlement";
}

const MINUTE_MS = 60_000;
const NAMED_MAX = 100;

/** Counts what a replay of fetched days would find. Throws `store` errors. */
export function historyCoverage(reader: Reader, span: HistorySpan): HistoryCoverage {
  return reading(reader, () => ({
    markets: marketDays(reader, span),
    spot: spotDays(reader, span),
    fees: feeSources(reader, span.series),
    missing: missingParts(reader, span),
  }));
}

// Of each market: what of it is there. `volume_fp` is the exchange's own count, so 0 says that there is nothing to have.
const PARTS = `
SELECT k.ticker, k.series_ticker AS series, k.close_ms AS closeMs,
  (k.close_ms - k.open_ms) / ${MINUTE_MS} AS minutes,
  (SELECT count(*) FROM market_candles c WHERE c.market_id = m.market_id AND c.interval_s = 60
     AND c.end_ms > k.open_ms AND c.end_ms <= k.close_ms) AS minutesFound,
  (EXISTS (SELECT 1 FROM backfill_progress b WHERE b.what = 'trades' AND b.key = k.ticker)
     OR CAST(json_extract(k.raw_json, '$.volume_fp') AS REAL) = 0) AS hasTrades,
  EXISTS (SELECT 1 FROM settlement_revisions s WHERE s.ticker = k.ticker AND s.final = 1) AS isSettled
FROM kalshi_markets k LEFT JOIN market_ids m ON m.ticker = k.ticker
WHERE k.close_ms > :fromMs AND k.close_ms <= :toMs AND k.series_ticker IN (SELECT value FROM json_each(:series))`;

function valuesOf({ fromMs, series, toMs }: HistorySpan) {
  return { fromMs, toMs, series: JSON.stringify(series) };
}

function marketDays(reader: Reader, span: HistorySpan): MarketDay[] {
  const rows = reader.db
    .prepare<unknown[], MarketDay>(
      // A close at midnight ends the day before.
      `SELECT series, (closeMs - 1) / ${DAY_MS} * ${DAY_MS} AS dayMs, count(*) AS found,
         sum(minutesFound > 0) AS withCandles, sum(coalesce(hasTrades, 0)) AS withTrades, sum(isSettled) AS settled,
         sum(minutes) AS minutes, sum(minutesFound) AS minutesFound
       FROM (${PARTS}) GROUP BY 1, 2`,
    )
    .all(valuesOf(span));
  const byDay = new Map(rows.map((row) => [`${row.series} ${row.dayMs}`, row]));
  return span.series.flatMap((series) =>
    daysOf(span).map((dayMs) => byDay.get(`${series} ${dayMs}`) ?? { ...NOTHING, series, dayMs }),
  );
}

const NOTHING = {
  found: 0,
  withCandles: 0,
  withTrades: 0,
  settled: 0,
  minutes: 0,
  minutesFound: 0,
} as const;

/** Midnights of the UTC days that a span touches. */
function daysOf({ fromMs, toMs }: HistorySpan): Ms[] {
  const days: Ms[] = [];
  for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
    days.push(dayMs);
  }
  return days;
}

function spotDays(reader: Reader, span: HistorySpan): SpotDay[] {
  const products = productsOf(span.series);
  const rows = reader.db
    .prepare<unknown[], { readonly product: string; readonly dayMs: Ms; readonly n: number }>(
      `SELECT product, open_ms / ${DAY_MS} * ${DAY_MS} AS dayMs, count(DISTINCT open_ms) AS n FROM candle_values
       WHERE source = :source AND interval_s = 60 AND open_ms + ${MINUTE_MS} > :fromMs AND open_ms + ${MINUTE_MS} <= :toMs
         AND product IN (SELECT value FROM json_each(:products)) GROUP BY 1, 2`,
    )
    .all({
      source: SPOT_SOURCE,
      products: JSON.stringify(products),
      fromMs: span.fromMs,
      toMs: span.toMs,
    });
  const found = new Map(rows.map(({ dayMs, n, product }) => [`${product} ${dayMs}`, n]));
  return products.flatMap((product) =>
    daysOf(span).map((dayMs) => ({
      product,
      dayMs,
      minutes: minutesEnding(Math.max(dayMs, span.fromMs), Math.min(dayMs + DAY_MS, span.toMs)),
      minutesFound: found.get(`${product} ${dayMs}`) ?? 0,
    })),
  );
}

/** Minutes that end in (fromMs, toMs]. */
function minutesEnding(fromMs: Ms, toMs: Ms): number {
  return Math.floor(toMs / MINUTE_MS) - Math.floor(fromMs / MINUTE_MS);
}

function feeSources(reader: Reader, series: readonly string[]): HistoryCoverage["fees"] {
  const stored = reader.db.prepare(
    "SELECT 1 FROM fee_reports WHERE scope = 'series' AND ticker = ? LIMIT 1",
  );
  return series.map((one) => ({
    series: one,
    source: stored.get(one) === undefined ? "assumed" : "stored",
  }));
}

function missingParts(reader: Reader, span: HistorySpan): MissingPart[] {
  return reader.db
    .prepare<unknown[], MissingPart>(
      `WITH parts AS (${PARTS})
       SELECT ticker, closeMs, 'candles' AS what FROM parts WHERE minutesFound = 0
       UNION ALL SELECT ticker, closeMs, 'trades' FROM parts WHERE coalesce(hasTrades, 0) = 0
       UNION ALL SELECT ticker, closeMs, 'settlement' FROM parts WHERE NOT isSettled
       ORDER BY closeMs, ticker, what LIMIT ${NAMED_MAX}`,
    )
    .all(valuesOf(span));
}

import type { FeeTerms } from "../../../core/fees.ts";
import {
  type Market,
  type MarketResult,
  type StrikeType,
  underlyingOf,
  usualDigits,
} from "../../../core/market.ts";
import type { Ms, Price, Qty, Side, Usd } from "../../../core/units.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Db, Reader } from "../open.ts";
import { reading } from "../queries/read.ts";

// Rows of fetched days in the order of their own time. Candles and trades lie in the order in which they were fetched, so
// that of trades and of spot a sorted list is made first: one pass over the table, kept by SQLite and not in memory.

export interface HistorySpan {
  readonly series: readonly string[];
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

/** A market before anything of its end was known, and how it ended. */
export interface HistoryMarket {
  readonly market: Market;
  /** Null where no final result is on file. */
  readonly settled: HistorySettlement | null;
  /** Null where nothing else of the market was stored under a number. */
  readonly marketId: number | null;
}

interface HistorySettlement {
  readonly result: MarketResult;
  readonly expirationValue: string | null;
  readonly yesPayout: Price | null;
  readonly settledMs: Ms;
  readonly source: string;
}

/** Last quotes of one minute, and what traded in it. */
export interface HistoryCandle {
  readonly endMs: Ms;
  readonly bid: Price | null;
  readonly ask: Price | null;
  readonly volume: Qty;
}

export interface HistoryTrade {
  readonly ticker: string;
  readonly tradeId: string;
  readonly yesPrice: Price;
  readonly qty: Qty;
  readonly takerSide: Side;
  readonly atMs: Ms;
}

export interface HistorySpot {
  readonly product: string;
  readonly openMs: Ms;
  readonly openUsd: Usd;
  readonly highUsd: Usd;
  readonly lowUsd: Usd;
  readonly closeUsd: Usd;
  readonly volume: number;
}

/** The venue whose candles a backfill fetches. */
export const SPOT_SOURCE = "coinbase";
const MINUTE_MS = 60_000;
/** Of prices from before the first event, for the volatility: as much as a run that starts now asks for. */
export const WARM_UP_MS = 86_400_000;

export interface HistoryReads {
  /** Markets that open in (fromMs, toMs] and close in the span, the first to open first. */
  markets(fromMs: Ms, toMs: Ms): HistoryMarket[];
  /** Minutes of one market that end in (fromMs, toMs], the oldest first. */
  candles(marketId: number, fromMs: Ms, toMs: Ms): HistoryCandle[];
  /** Trades of (fromMs, toMs], the oldest first. */
  trades(fromMs: Ms, toMs: Ms): HistoryTrade[];
  /** Spot candles that end in (fromMs, toMs], the oldest first. */
  spots(fromMs: Ms, toMs: Ms): HistorySpot[];
  /** What was last told of the fees of a series or an event; null when nothing was. */
  fees(scope: "series" | "event", ticker: string): readonly FeeTerms[] | null;
  close(): void;
}

/** Opens the days of a file for reading; one at a time on a connection. Throws `store` errors. */
export function openHistoryReads(reader: Reader, span: HistorySpan): HistoryReads {
  const { db } = reader;
  const series = JSON.stringify(span.series);
  return reading(reader, () => {
    dropLists(db);
    db.exec(LISTS);
    db.prepare(FILL_TRADES).run({ ...bounds(span), series });
    db.prepare(FILL_SPOTS).run({
      ...bounds(span),
      source: SPOT_SOURCE,
      products: JSON.stringify(productsOf(span.series)),
      fromMs: span.fromMs - WARM_UP_MS,
    });
    return {
      ...listReads(reader),
      ...marketReads(reader, span),
      fees: feeReads(reader),
      close: () => dropLists(db),
    };
  });
}

/** Spot products that the markets of some series settle on. */
export function productsOf(series: readonly string[]): readonly string[] {
  return [...new Set(series.flatMap((one) => underlyingOf(one)?.product ?? []))];
}

function bounds({ fromMs, toMs }: HistorySpan): { readonly fromMs: Ms; readonly toMs: Ms } {
  return { fromMs, toMs };
}

// Temporary tables lie in a file of their own; the database is open for reading only.
const LISTS = `
CREATE TEMP TABLE history_trades (at_ms INTEGER, ev INTEGER, PRIMARY KEY (at_ms, ev)) WITHOUT ROWID;
CREATE TEMP TABLE history_spots (open_ms INTEGER, product TEXT, ev INTEGER, PRIMARY KEY (open_ms, product)) WITHOUT ROWID`;

function dropLists(db: Db): void {
  db.exec("DROP TABLE IF EXISTS temp.history_trades; DROP TABLE IF EXISTS temp.history_spots");
}

/** A trade without a time of the exchange counts from when it was heard. */
const FILL_TRADES = `
INSERT INTO temp.history_trades
SELECT r.started_ms + d.dt_ms - coalesce(d.lag_ms, 0) AS at_ms, d.ev
FROM main.trades d
JOIN main.runs r ON r.run_id = d.ev / ${EV_PER_RUN}
JOIN main.market_ids m ON m.market_id = d.market_id
WHERE at_ms > :fromMs AND at_ms <= :toMs
  AND (instr(m.ticker, '-') > 0 AND substr(m.ticker, 1, instr(m.ticker, '-') - 1) IN (SELECT value FROM json_each(:series)))
ORDER BY at_ms, d.ev`;

// Each answer replaces what an earlier one said of the same minute.
const FILL_SPOTS = `
INSERT INTO temp.history_spots
SELECT open_ms, product, max(ev) FROM main.candle_values
WHERE source = :source AND interval_s = 60 AND product IN (SELECT value FROM json_each(:products))
  AND open_ms >= :fromMs AND open_ms + ${MINUTE_MS} <= :toMs
GROUP BY open_ms, product`;

function listReads(reader: Reader): Pick<HistoryReads, "trades" | "spots" | "candles"> {
  const { db } = reader;
  const trades = db.prepare<[Ms, Ms], HistoryTrade>(
    `SELECT m.ticker, d.trade_id AS tradeId, d.yes_price_cc AS yesPrice, d.qty_cq AS qty, d.taker_side AS takerSide,
       h.at_ms AS atMs
     FROM temp.history_trades h JOIN main.trades d ON d.ev = h.ev JOIN main.market_ids m ON m.market_id = d.market_id
     WHERE h.at_ms > ? AND h.at_ms <= ? ORDER BY h.at_ms, h.ev`,
  );
  const spots = db.prepare<[Ms, Ms], HistorySpot>(
    `SELECT h.product, h.open_ms AS openMs, c.open_usd AS openUsd, c.high_usd AS highUsd, c.low_usd AS lowUsd,
       c.close_usd AS closeUsd, c.volume
     FROM temp.history_spots h JOIN main.candle_values c ON c.ev = h.ev
     WHERE h.open_ms > ? AND h.open_ms <= ? ORDER BY h.open_ms, h.product`,
  );
  const candles = db.prepare<[number, Ms, Ms], HistoryCandle>(
    `SELECT end_ms AS endMs, bid_close_cc AS bid, ask_close_cc AS ask, volume_cq AS volume
     FROM main.market_candles WHERE market_id = ? AND interval_s = 60 AND end_ms > ? AND end_ms <= ?
     ORDER BY end_ms`,
  );
  return {
    trades: (fromMs, toMs) => reading(reader, () => trades.all(fromMs, toMs)),
    spots: (fromMs, toMs) => reading(reader, () => spots.all(fromMs - MINUTE_MS, toMs - MINUTE_MS)),
    candles: (marketId, fromMs, toMs) => reading(reader, () => candles.all(marketId, fromMs, toMs)),
  };
}

/** A row of `kalshi_markets` with its final settlement. */
interface MarketRow {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly strikeType: StrikeType;
  readonly floorUsd: Usd | null;
  readonly capUsd: Usd | null;
  readonly openMs: Ms;
  readonly closeMs: Ms;
  readonly settlementTimerS: number;
  readonly tickStructure: string;
  readonly rangesJson: string;
  readonly exchangeIndex: number | null;
  readonly waiver: string | null;
  readonly marketId: number | null;
  readonly result: MarketResult | null;
  readonly expirationValue: string | null;
  readonly yesPayout: Price | null;
  readonly settledMs: Ms | null;
  readonly source: string | null;
}

function marketReads(reader: Reader, span: HistorySpan): Pick<HistoryReads, "markets"> {
  const { db } = reader;
  const series = JSON.stringify(span.series);
  const ofSeries = "k.series_ticker IN (SELECT value FROM json_each(:series))";
  // The index is on the close: with the longest life it also finds what opens in a stretch.
  const longestMs = Number(
    db
      .prepare(`SELECT max(close_ms - open_ms) FROM kalshi_markets k WHERE ${ofSeries}`)
      .pluck()
      .get({ series }),
  );
  const opening = db.prepare<
    { series: string; afterMs: Ms; fromMs: Ms; toMs: Ms; untilMs: Ms },
    MarketRow
  >(
    `SELECT k.ticker, k.event_ticker AS eventTicker, k.series_ticker AS seriesTicker, k.strike_type AS strikeType,
       k.floor_strike_usd AS floorUsd, k.cap_strike_usd AS capUsd, k.open_ms AS openMs, k.close_ms AS closeMs,
       k.settlement_timer_s AS settlementTimerS, k.tick_structure AS tickStructure, k.ranges_json AS rangesJson,
       k.exchange_index AS exchangeIndex, json_extract(k.raw_json, '$.fee_waiver_expiration_time') AS waiver,
       m.market_id AS marketId, s.result, s.expiration_value AS expirationValue,
       s.yes_payout_cc AS yesPayout, s.settled_ms AS settledMs, s.source
     FROM kalshi_markets k
     LEFT JOIN market_ids m ON m.ticker = k.ticker
     LEFT JOIN settlement_revisions s ON s.ticker = k.ticker AND s.final = 1
       AND s.revision = (SELECT max(revision) FROM settlement_revisions WHERE ticker = k.ticker)
     WHERE k.close_ms > :afterMs AND k.close_ms <= :untilMs AND k.open_ms > :fromMs AND k.open_ms <= :toMs AND ${ofSeries}
     ORDER BY k.open_ms, k.ticker`,
  );
  return {
    markets: (fromMs, toMs) => {
      const untilMs = Math.min(span.toMs, toMs + longestMs);
      const afterMs = span.fromMs;
      return reading(reader, () =>
        opening.all({ series, afterMs: Math.max(afterMs, fromMs), fromMs, toMs, untilMs }),
      ).map(historyMarket);
    },
  };
}

/** Everything that only became known later is left out of the market: its result, its value, its last status. */
function historyMarket(row: MarketRow): HistoryMarket {
  const {
    expirationValue,
    marketId,
    rangesJson,
    result,
    settledMs,
    source,
    waiver,
    yesPayout,
    ...facts
  } = row;
  const ranges: Market["ranges"] = JSON.parse(rangesJson);
  const feeWaiverMs = waiver === null ? null : (parseRfc3339(waiver) ?? null);
  const market: Market = {
    ...facts,
    ranges,
    feeWaiverMs,
    status: "active",
    result: "",
    expirationValue: null,
    rawJson: null,
    valueDigits: usualDigits(facts.seriesTicker),
  };
  const isSettled = result !== null && settledMs !== null && source !== null;
  const settled = isSettled ? { result, expirationValue, yesPayout, settledMs, source } : null;
  return { market, marketId, settled };
}

function feeReads(reader: Reader): HistoryReads["fees"] {
  const newest = reader.db.prepare<[string, string], { readonly terms: string }>(
    "SELECT terms_json AS terms FROM fee_reports WHERE scope = ? AND ticker = ? ORDER BY ev DESC LIMIT 1",
  );
  return (scope, ticker) => {
    const found = reading(reader, () => newest.get(scope, ticker));
    if (found === undefined) return null;
    const terms: readonly FeeTerms[] = JSON.parse(found.terms);
    return terms;
  };
}

import type { MarketCandle, Ohlc } from "../../core/market-candle.ts";
import type { Ms } from "../../core/units.ts";
import { retryBusy } from "./busy.ts";
import { storeError } from "./errors.ts";
import { createNames, type Names } from "./names.ts";
import { type Db, type DbEnv, openWriter } from "./open.ts";

type HistoryPart = "candles" | "trades" | "spot";

/** What of the past is on file already, and the rows that no run's events are. Each write is committed on return. */
export interface HistoryStore {
  isDone(what: HistoryPart, key: string): boolean;
  /** Call only once everything that belongs to it is committed. */
  setDone(what: HistoryPart, key: string, nowMs: Ms): void;
  /** A market whose final state and result are on file. */
  isSettled(ticker: string): boolean;
  hasTrade(tradeId: string): boolean;
  /** Opening times of the candles of a product that are on file, from a time on. */
  spotCandles(source: string, product: string, fromMs: Ms): Set<Ms>;
  /** Number of candles that were not on file. */
  addCandles(candles: readonly MarketCandle[]): number;
  close(): void;
}

/** Two seconds of patience: nothing trades, and somebody else may be recording. */
const BUSY_ATTEMPTS = 40;

export function createHistoryStore(options: {
  readonly path: string;
  readonly env: DbEnv;
}): HistoryStore {
  const writer = openWriter(options.path, options);
  const db = writer.bulk;
  const names = createNames(db);
  const commit = <T>(work: () => T): T => {
    try {
      return retryBusy(() => db.transaction(work).immediate(), BUSY_ATTEMPTS);
    } catch (error) {
      names.forget();
      throw storeError(error, options.path);
    }
  };
  const done = db.prepare(
    "INSERT INTO backfill_progress (what, key, done_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const addCandle = candleWriter(db, names);
  return {
    ...known(db),
    setDone: (what, key, nowMs) => {
      commit(() => done.run(what, key, nowMs));
    },
    addCandles: (candles) => commit(() => candles.filter(addCandle).length),
    close: () => writer.close(),
  };
}

type Known = Pick<HistoryStore, "isDone" | "isSettled" | "hasTrade" | "spotCandles">;

function known(db: Db): Known {
  const isDone = db.prepare("SELECT 1 FROM backfill_progress WHERE what = ? AND key = ?");
  const settled = db.prepare(
    `SELECT 1 FROM kalshi_markets k WHERE k.ticker = ? AND k.status = 'finalized'
     AND EXISTS (SELECT 1 FROM settlement_revisions r WHERE r.ticker = k.ticker AND r.final = 1)`,
  );
  const trade = db.prepare("SELECT 1 FROM trades WHERE trade_id = ?");
  const spot = db
    .prepare<[string, string, Ms], number>(
      "SELECT open_ms FROM candle_values WHERE source = ? AND product = ? AND interval_s = 60 AND open_ms >= ?",
    )
    .pluck();
  return {
    isDone: (what, key) => isDone.get(what, key) !== undefined,
    isSettled: (ticker) => settled.get(ticker) !== undefined,
    hasTrade: (tradeId) => trade.get(tradeId) !== undefined,
    spotCandles: (source, product, fromMs) => new Set(spot.all(source, product, fromMs)),
  };
}

function candleWriter(db: Db, names: Names): (candle: MarketCandle) => boolean {
  const insert = db.prepare(
    `INSERT INTO market_candles (market_id, interval_s, end_ms,
       bid_open_cc, bid_high_cc, bid_low_cc, bid_close_cc, ask_open_cc, ask_high_cc, ask_low_cc, ask_close_cc,
       price_open_cc, price_high_cc, price_low_cc, price_close_cc, volume_cq, open_interest_cq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  return (candle) => {
    const market = names.marketId(candle.ticker);
    const { changes } = insert.run(
      market,
      candle.intervalS,
      candle.endMs,
      ...fields(candle.bid),
      ...fields(candle.ask),
      ...fields(candle.price),
      candle.volume,
      candle.openInterest,
    );
    return changes === 1;
  };
}

function fields(ohlc: Ohlc | null): readonly (number | null)[] {
  return ohlc === null ? [null, null, null, null] : [ohlc.open, ohlc.high, ohlc.low, ohlc.close];
}

import type { Statement } from "better-sqlite3";
import type { DepthLevel, Level, MarketEvent, Settlement } from "../../core/events.ts";
import type { FeeTerms } from "../../core/fees.ts";
import { type Market, usualDigits } from "../../core/market.ts";
import { type Price, price, type Qty, type Side } from "../../core/units.ts";
import type { Db } from "./open.ts";
import { packedDeltas } from "./segments/replay.ts";
import { slowReader } from "./slow-rows.ts";
import { PROXY_METHODS } from "./spot-rows.ts";

// Rows of the event tables as the events they were.

/** Puts the events of one table whose number lies in [low, high) where their number says. */
export type ReadTable = (
  low: number,
  high: number,
  put: (ev: number, event: MarketEvent) => void,
) => void;

/** Rows of earlier versions lack what later ones added. */
type StoredMarket = Omit<Market, "feeWaiverMs" | "valueDigits"> &
  Partial<Pick<Market, "feeWaiverMs" | "valueDigits">>;
type StoredSettlement = Omit<Settlement, "yesPayout"> & Partial<Pick<Settlement, "yesPayout">>;

interface Context {
  readonly db: Db;
  readonly startedMs: number;
  readonly streams: ReadonlyMap<number, { readonly sid: number; readonly ticker: string }>;
}

/** Readers of every event table of one run; none when there is no such run. */
export function tablesOf(db: Db, runId: number): ReadTable[] {
  const context = contextOf(db, runId);
  if (context === null) return [];
  return [
    ...bothDeltas(context),
    snapshots(context),
    tickers(context),
    trades(context),
    spots(context),
    depths(context),
    indexes(context),
    candles(context),
    gaps(context),
    rareTables(context),
    slowReader(db, context.startedMs),
  ];
}

/** The same for order-book changes alone. */
export function deltaTablesOf(db: Db, runId: number): ReadTable[] {
  const context = contextOf(db, runId);
  return context === null ? [] : bothDeltas(context);
}

// Packed ones after the rows: what is packed in between is then seen twice and not missed.
function bothDeltas(context: Context): ReadTable[] {
  return [deltas(context), packedDeltas(context)];
}

function contextOf(db: Db, runId: number): Context | null {
  const run = db
    .prepare<[number], { startedMs: number }>(
      "SELECT started_ms AS startedMs FROM runs WHERE run_id = ?",
    )
    .get(runId);
  if (run === undefined) return null;
  const streams = db
    .prepare<[], { id: number; sid: number; ticker: string }>(
      `SELECT s.stream_id AS id, s.sid, m.ticker FROM streams s JOIN market_ids m ON m.market_id = s.market_id`,
    )
    .all();
  return {
    db,
    startedMs: run.startedMs,
    streams: new Map(streams.map(({ id, sid, ticker }) => [id, { sid, ticker }])),
  };
}

// One shape for all tables: a statement over a range of numbers, raw rows, and a mapper to the event.
function readTable<Row extends [ev: number, ...rest: unknown[]]>(
  statement: Statement<[number, number], Row>,
  map: (row: Row) => MarketEvent,
): ReadTable {
  statement.raw();
  return (low, high, put) => {
    for (const row of statement.all(low, high)) put(row[0], map(row));
  };
}

function minus(recvMs: number, lagMs: number | null): number | null {
  return lagMs === null ? null : recvMs - lagMs;
}

function stream(
  { streams }: Context,
  id: number,
): { readonly sid: number; readonly ticker: string } {
  const found = streams.get(id);
  if (found === undefined) throw new Error(`stream ${id} has no name`);
  return found;
}

function deltas(context: Context): ReadTable {
  type Row = [number, number, number, number, Qty, number, number | null];
  return readTable(
    context.db.prepare<[number, number], Row>(
      "SELECT ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms FROM deltas WHERE ev >= ? AND ev < ?",
    ),
    ([, id, seq, code, delta, dtMs, lagMs]) => {
      const { sid, ticker } = stream(context, id);
      const recvMs = context.startedMs + dtMs;
      const side: Side = code < 0 ? "no" : "yes";
      const at = price(code < 0 ? -1 - code : code);
      const exchangeMs = minus(recvMs, lagMs);
      return { type: "delta", ticker, sid, seq, side, price: at, delta, exchangeMs, recvMs };
    },
  );
}

function snapshots(context: Context): ReadTable {
  return readTable(
    context.db.prepare<[number, number], [number, number, number, number, string, string]>(
      "SELECT ev, stream_id, seq, dt_ms, yes_levels, no_levels FROM snapshots WHERE ev >= ? AND ev < ?",
    ),
    ([, id, seq, dtMs, yesJson, noJson]) => {
      const { sid, ticker } = stream(context, id);
      const yes: readonly Level[] = JSON.parse(yesJson);
      const no: readonly Level[] = JSON.parse(noJson);
      return { type: "snapshot", ticker, sid, seq, yes, no, recvMs: context.startedMs + dtMs };
    },
  );
}

function tickers(context: Context): ReadTable {
  type Amount = Qty | null;
  type Row = [
    ...[ev: number, stream: number, yesBid: Price, yesAsk: Price, last: Price | null],
    ...[yesBidQty: Amount, yesAskQty: Amount, volume: Amount, openInterest: Amount],
    ...[dtMs: number, lagMs: number | null],
  ];
  return readTable(
    context.db.prepare<
      [number, number],
      Row
    >(`SELECT ev, stream_id, yes_bid_cc, yes_ask_cc, last_cc, yes_bid_qty_cq, yes_ask_qty_cq, volume_cq,
       open_interest_cq, dt_ms, lag_ms FROM tickers WHERE ev >= ? AND ev < ?`),
    ([, id, yesBid, yesAsk, last, yesBidQty, yesAskQty, volume, openInterest, dtMs, lagMs]) => {
      const recvMs = context.startedMs + dtMs;
      return {
        type: "ticker",
        ...stream(context, id),
        yesBid,
        yesAsk,
        last,
        yesBidQty,
        yesAskQty,
        volume,
        openInterest,
        exchangeMs: minus(recvMs, lagMs),
        recvMs,
      };
    },
  );
}

// First receipts and repeats alike: the run saw an event for each.
function trades({ db, startedMs }: Context): ReadTable {
  type Row = [number, string, string, Price, Qty, Side, number, number | null];
  const facts = "d.yes_price_cc, d.qty_cq, d.taker_side, d.dt_ms, d.lag_ms";
  const market = "JOIN market_ids m ON m.market_id = d.market_id WHERE d.ev >= ? AND d.ev < ?";
  const firsts = `SELECT d.ev, m.ticker, d.trade_id, ${facts} FROM trades d ${market}`;
  const repeats = `SELECT d.ev, m.ticker, t.trade_id, ${facts}
    FROM trade_repeats d JOIN trades t ON t.ev = d.first_ev ${market}`;
  const map = ([, ticker, tradeId, yesPrice, qty, takerSide, dtMs, lagMs]: Row): MarketEvent => {
    const recvMs = startedMs + dtMs;
    const exchangeMs = minus(recvMs, lagMs);
    return { type: "trade", ticker, tradeId, yesPrice, qty, takerSide, exchangeMs, recvMs };
  };
  const readers = [firsts, repeats].map((sql) =>
    readTable(db.prepare<[number, number], Row>(sql), map),
  );
  return (low, high, put) => {
    for (const read of readers) read(low, high, put);
  };
}

function spots({ db, startedMs }: Context): ReadTable {
  type Row = [
    ...[ev: number, source: string, product: string, kind: "quote" | "trade"],
    ...[priceUsd: number, bidUsd: number | null, askUsd: number | null],
    ...[size: number | null, tradeId: string | null, dtMs: number, lagMs: number | null],
  ];
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT d.ev, s.source, s.product, s.kind, d.price_usd, d.bid_usd, d.ask_usd, d.size, d.trade_id, d.dt_ms, d.lag_ms
     FROM spots d JOIN spot_streams s ON s.spot_stream_id = d.spot_stream_id WHERE d.ev >= ? AND d.ev < ?`),
    ([, source, product, kind, priceUsd, bidUsd, askUsd, size, tradeId, dtMs, lagMs]) => {
      const recvMs = startedMs + dtMs;
      return {
        type: "spot",
        source,
        product,
        kind,
        priceUsd,
        bidUsd,
        askUsd,
        size,
        tradeId,
        exchangeMs: minus(recvMs, lagMs),
        recvMs,
      };
    },
  );
}

function depths({ db, startedMs }: Context): ReadTable {
  type Row = [number, string, string, number, string, string, number, number | null];
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT d.ev, s.source, s.product, d.is_snapshot, d.bids, d.asks, d.dt_ms, d.lag_ms
     FROM depths d JOIN depth_streams s ON s.depth_stream_id = d.depth_stream_id WHERE d.ev >= ? AND d.ev < ?`),
    ([, source, product, isSnapshot, bidsJson, asksJson, dtMs, lagMs]) => {
      const recvMs = startedMs + dtMs;
      const bids: readonly DepthLevel[] = JSON.parse(bidsJson);
      const asks: readonly DepthLevel[] = JSON.parse(asksJson);
      const kind = isSnapshot === 1 ? "snapshot" : "update";
      const exchangeMs = minus(recvMs, lagMs);
      return { type: "depth", source, product, kind, bids, asks, exchangeMs, recvMs };
    },
  );
}

function indexes({ db, startedMs }: Context): ReadTable {
  type Known = number | null;
  type Row = [
    ...[ev: number, indexId: string, valueUsd: number, avg60Usd: Known],
    ...[windowAvgUsd: Known, windowCount: Known],
    ...[method: Known, venues: Known, maxAgeMs: Known, dispersionBp: Known],
    ...[dtMs: number, lagMs: number],
  ];
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT d.ev, n.index_id, d.value_usd, d.avg60_usd, d.window_avg_usd, d.window_count, d.proxy_method, d.venues,
       d.max_age_ms, d.dispersion_bp, d.dt_ms, d.lag_ms
     FROM index_values d JOIN index_names n ON n.index_name_id = d.index_name_id WHERE d.ev >= ? AND d.ev < ?`),
    ([, indexId, valueUsd, avg60Usd, windowAvgUsd, windowCount, code, ...rest]) => {
      const [venues, maxAgeMs, dispersionBp, dtMs, lagMs] = rest;
      const recvMs = startedMs + dtMs;
      const method = code === null ? undefined : PROXY_METHODS[code - 1];
      const facts = {
        venues: venues ?? 0,
        maxAgeMs: maxAgeMs ?? 0,
        dispersionBp: dispersionBp ?? 0,
      };
      return {
        type: "index",
        indexId,
        valueUsd,
        avg60Usd,
        windowAvgUsd,
        windowCount,
        proxy: method === undefined ? null : { method, ...facts },
        exchangeMs: recvMs - lagMs,
        recvMs,
      };
    },
  );
}

function candles({ db, startedMs }: Context): ReadTable {
  type Ohlc = [openUsd: number, highUsd: number, lowUsd: number, closeUsd: number, volume: number];
  type Row = [number, string, string, number, number, ...Ohlc, number];
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT ev, source, product, open_ms, interval_s, open_usd, high_usd, low_usd, close_usd, volume, dt_ms
     FROM candle_values WHERE ev >= ? AND ev < ?`),
    ([, source, product, openMs, intervalS, openUsd, highUsd, lowUsd, closeUsd, volume, dtMs]) => ({
      type: "candle",
      source,
      product,
      openMs,
      intervalS,
      openUsd,
      highUsd,
      lowUsd,
      closeUsd,
      volume,
      recvMs: startedMs + dtMs,
    }),
  );
}

function gaps({ db, startedMs }: Context): ReadTable {
  type Known = number | null;
  type Row = [number, string, string, string, Known, Known, Known, Known, number, number];
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT ev, source, reason, tickers_json, sid, from_seq, to_seq, from_ms, to_ms, dt_ms
     FROM gaps WHERE ev >= ? AND ev < ?`),
    ([, source, reason, json, sid, fromSeq, toSeq, fromMs, toMs, dtMs]) => {
      const affected: readonly string[] = JSON.parse(json);
      const recvMs = startedMs + dtMs;
      return {
        type: "gap",
        source,
        reason,
        tickers: affected,
        sid,
        fromSeq,
        toSeq,
        fromMs,
        toMs,
        recvMs,
      };
    },
  );
}

// A few rows a second at most.
function rareTables({ db, startedMs }: Context): ReadTable {
  const wakes = readTable(
    db.prepare<[number, number], [number, number]>(
      "SELECT ev, dt_ms FROM wakes WHERE ev >= ? AND ev < ?",
    ),
    ([, dtMs]) => ({ type: "wake", recvMs: startedMs + dtMs }),
  );
  const markets = readTable(
    db.prepare<
      [number, number],
      [number, string, number]
    >(`SELECT u.ev, s.facts_json, u.dt_ms FROM market_updates u JOIN market_states s ON s.state_id = u.state_id
     WHERE u.ev >= ? AND u.ev < ?`),
    ([, json, dtMs]) => {
      const stored: StoredMarket = JSON.parse(json);
      const valueDigits = usualDigits(stored.seriesTicker);
      const market: Market = { feeWaiverMs: null, valueDigits, ...stored };
      return { type: "market", market, recvMs: startedMs + dtMs };
    },
  );
  const fees = readTable(
    db.prepare<[number, number], [number, "series" | "event", string, string, number]>(
      "SELECT ev, scope, ticker, terms_json, dt_ms FROM fee_reports WHERE ev >= ? AND ev < ?",
    ),
    ([, scope, ticker, json, dtMs]) => {
      const terms: readonly FeeTerms[] = JSON.parse(json);
      return { type: "fees", scope, ticker, terms, recvMs: startedMs + dtMs };
    },
  );
  const settlements = readTable(
    db.prepare<[number, number], [number, string]>(
      "SELECT ev, event_json FROM settlement_receipts WHERE ev >= ? AND ev < ?",
    ),
    ([, json]) => {
      const stored: StoredSettlement = JSON.parse(json);
      return { yesPayout: null, ...stored };
    },
  );
  const funding = readTable(
    db.prepare<
      [number, number],
      [number, string, string, number, number, number, number]
    >(`SELECT ev, source, product, at_ms, rate, is_estimate, dt_ms FROM funding_values
     WHERE ev >= ? AND ev < ?`),
    ([, source, product, atMs, rate, estimate, dtMs]) => {
      const recvMs = startedMs + dtMs;
      return { type: "funding", source, product, rate, atMs, isEstimate: estimate === 1, recvMs };
    },
  );
  const drifts = readTable(
    db.prepare<[number, number], [number, string, string, string, string, number, number]>(
      "SELECT ev, source, message_type, path, raw, halts, dt_ms FROM drifts WHERE ev >= ? AND ev < ?",
    ),
    ([, source, messageType, path, raw, halts, dtMs]) => {
      const recvMs = startedMs + dtMs;
      return { type: "drift", source, messageType, path, raw, halts: halts === 1, recvMs };
    },
  );
  return (low, high, put) => {
    funding(low, high, put);
    drifts(low, high, put);
    wakes(low, high, put);
    markets(low, high, put);
    fees(low, high, put);
    settlements(low, high, put);
  };
}

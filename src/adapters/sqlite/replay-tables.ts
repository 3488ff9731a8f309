import type { DepthLevel, Level, MarketEvent } from "../../core/events.ts";
import { type Price, price, type Qty, type Side } from "../../core/units.ts";
import type { EventTable } from "./event-tables.ts";
import type { Db } from "./open.ts";
import {
  type ReadTable,
  type ReplayContext,
  readTable,
  replayContext,
  sentMs,
  streamOf,
} from "./replay-context.ts";
import {
  accounts,
  drifts,
  fees,
  forecasts,
  funding,
  markets,
  news,
  settlements,
  wakes,
} from "./replay-rare-tables.ts";
import { PackedDeltas } from "./segments/replay.ts";
import { PROXY_METHODS } from "./spot-rows.ts";

// Rows of the event tables as the events they were.

const READERS: Readonly<Record<EventTable, (context: ReplayContext) => ReadTable>> = {
  deltas,
  snapshots,
  tickers,
  trades,
  trade_repeats: tradeRepeats,
  spots,
  depths,
  funding_values: funding,
  drifts,
  news_values: news,
  forecast_values: forecasts,
  index_values: indexes,
  candle_values: candles,
  gaps,
  wakes,
  market_updates: markets,
  fee_reports: fees,
  settlement_receipts: settlements,
  account_receipts: accounts,
};

/** What one run left behind. */
export interface ReplaySources {
  readonly tables: readonly ReadTable[];
  /** Null when no deltas are asked for. */
  readonly packed: PackedDeltas | null;
}

/** Readers of some tables of one run; null when there is no such run. */
export function sourcesOf(
  db: Db,
  runId: number,
  names: readonly EventTable[],
): ReplaySources | null {
  const context = replayContext(db, runId);
  if (context === null) return null;
  return {
    tables: names.map((name) => READERS[name](context)),
    packed: names.includes("deltas") ? new PackedDeltas(context) : null,
  };
}

// Nearly every row is one: its mapper is in the loop, because a call through a variable takes as long as the rest of it.
function deltas(context: ReplayContext): ReadTable {
  type Row = [number, number, number, number, Qty, number, number | null];
  const select = context.db
    .prepare<[number, number], Row>(
      "SELECT ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms FROM deltas WHERE ev >= ? AND ev < ?",
    )
    .raw();
  return (low, high, events) => {
    for (const [ev, id, seq, code, delta, dtMs, lagMs] of select.all(low, high)) {
      const { sid, ticker } = streamOf(context, id);
      const recvMs = context.startedMs + dtMs;
      const side: Side = code < 0 ? "no" : "yes";
      const at = price(code < 0 ? -1 - code : code);
      const exchangeMs = sentMs(recvMs, lagMs);
      events[ev - low] = {
        type: "delta",
        ticker,
        sid,
        seq,
        side,
        price: at,
        delta,
        exchangeMs,
        recvMs,
      };
    }
  };
}

function snapshots(context: ReplayContext): ReadTable {
  return readTable(
    context.db.prepare<[number, number], [number, number, number, number, string, string]>(
      "SELECT ev, stream_id, seq, dt_ms, yes_levels, no_levels FROM snapshots WHERE ev >= ? AND ev < ?",
    ),
    ([, id, seq, dtMs, yesJson, noJson]) => {
      const { sid, ticker } = streamOf(context, id);
      const yes: readonly Level[] = JSON.parse(yesJson);
      const no: readonly Level[] = JSON.parse(noJson);
      return { type: "snapshot", ticker, sid, seq, yes, no, recvMs: context.startedMs + dtMs };
    },
  );
}

function tickers(context: ReplayContext): ReadTable {
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
        ...streamOf(context, id),
        yesBid,
        yesAsk,
        last,
        yesBidQty,
        yesAskQty,
        volume,
        openInterest,
        exchangeMs: sentMs(recvMs, lagMs),
        recvMs,
      };
    },
  );
}

// First receipts and repeats alike: the run saw an event for each.
type TradeRow = [number, string, string, Price, Qty, Side, number, number | null];
const TRADE_FACTS = "d.yes_price_cc, d.qty_cq, d.taker_side, d.dt_ms, d.lag_ms";
const TRADE_MARKET = "JOIN market_ids m ON m.market_id = d.market_id WHERE d.ev >= ? AND d.ev < ?";

function trades({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], TradeRow>(
      `SELECT d.ev, m.ticker, d.trade_id, ${TRADE_FACTS} FROM trades d ${TRADE_MARKET}`,
    ),
    (row) => tradeOf(row, startedMs),
  );
}

function tradeRepeats({ db, startedMs }: ReplayContext): ReadTable {
  return readTable(
    db.prepare<[number, number], TradeRow>(`SELECT d.ev, m.ticker, t.trade_id, ${TRADE_FACTS}
     FROM trade_repeats d JOIN trades t ON t.ev = d.first_ev ${TRADE_MARKET}`),
    (row) => tradeOf(row, startedMs),
  );
}

function tradeOf(row: TradeRow, startedMs: number): MarketEvent {
  const [, ticker, tradeId, yesPrice, qty, takerSide, dtMs, lagMs] = row;
  const recvMs = startedMs + dtMs;
  const exchangeMs = sentMs(recvMs, lagMs);
  return { type: "trade", ticker, tradeId, yesPrice, qty, takerSide, exchangeMs, recvMs };
}

// The second most frequent rows: what they share is read once, and not as three new strings for each.
function spots({ db, startedMs }: ReplayContext): ReadTable {
  type Row = [
    ...[ev: number, stream: number, priceUsd: number, bidUsd: number | null],
    ...[askUsd: number | null, size: number | null, tradeId: string | null],
    ...[dtMs: number, lagMs: number | null],
  ];
  const streams = spotStreams(db);
  return readTable(
    db.prepare<
      [number, number],
      Row
    >(`SELECT ev, spot_stream_id, price_usd, bid_usd, ask_usd, size, trade_id, dt_ms, lag_ms
     FROM spots WHERE ev >= ? AND ev < ?`),
    ([, id, priceUsd, bidUsd, askUsd, size, tradeId, dtMs, lagMs]) => {
      const recvMs = startedMs + dtMs;
      const stream = streams.get(id);
      if (stream === undefined) throw new Error(`spot stream ${id} has no name`);
      const { kind, product, source } = stream;
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
        exchangeMs: sentMs(recvMs, lagMs),
        recvMs,
      };
    },
  );
}

interface SpotStream {
  readonly id: number;
  readonly source: string;
  readonly product: string;
  readonly kind: "quote" | "trade";
}

function spotStreams(db: Db): ReadonlyMap<number, SpotStream> {
  const all = db
    .prepare<[], SpotStream>("SELECT spot_stream_id AS id, source, product, kind FROM spot_streams")
    .all();
  return new Map(all.map((stream) => [stream.id, stream]));
}

function depths({ db, startedMs }: ReplayContext): ReadTable {
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
      const exchangeMs = sentMs(recvMs, lagMs);
      return { type: "depth", source, product, kind, bids, asks, exchangeMs, recvMs };
    },
  );
}

function indexes({ db, startedMs }: ReplayContext): ReadTable {
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

function candles({ db, startedMs }: ReplayContext): ReadTable {
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

function gaps({ db, startedMs }: ReplayContext): ReadTable {
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

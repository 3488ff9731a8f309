import type {
  BookDelta,
  BookSnapshot,
  Candle,
  FeedGap,
  IndexTick,
  MarketEvent,
  MarketInfo,
  PublicTrade,
  SpotTick,
  TickerQuote,
} from "../../core/events.ts";
import { upsertMarket } from "./market-rows.ts";
import type { Names } from "./names.ts";
import type { Db } from "./open.ts";

/** Writes one event under its number; false when the row was a duplicate of one already stored. */
export type WriteEvent = (ev: number, event: MarketEvent) => boolean;

interface Context {
  readonly db: Db;
  readonly names: Names;
  readonly startedMs: number;
}

/** Prepares the statements of all event tables. The caller owns the transaction. */
export function createEventWriter(context: Context): WriteEvent {
  const delta = deltaWriter(context);
  const snapshot = snapshotWriter(context);
  const ticker = tickerWriter(context);
  const trade = tradeWriter(context);
  const spot = spotWriter(context);
  const index = indexWriter(context);
  const candle = candleWriter(context);
  const gap = gapWriter(context);
  const market = marketWriter(context);
  const settlement = context.db.prepare<[number, string]>(
    "INSERT INTO settlement_receipts (ev, event_json) VALUES (?, ?)",
  );
  const wake = context.db.prepare<[number, number]>("INSERT INTO wakes (ev, dt_ms) VALUES (?, ?)");

  return (ev, event) => {
    let stored = true;
    switch (event.type) {
      case "delta":
        delta(ev, event);
        break;
      case "spot":
        spot(ev, event);
        break;
      case "index":
        index(ev, event);
        break;
      case "ticker":
        ticker(ev, event);
        break;
      case "trade":
        stored = trade(ev, event);
        break;
      case "snapshot":
        snapshot(ev, event);
        break;
      case "candle":
        candle(ev, event);
        break;
      case "market":
        market(ev, event);
        break;
      case "gap":
        gap(ev, event);
        break;
      case "settlement":
        settlement.run(ev, JSON.stringify(event));
        break;
      case "wake":
        wake.run(ev, event.recvMs - context.startedMs);
        break;
    }
    return stored;
  };
}

function lag(event: {
  readonly recvMs: number;
  readonly exchangeMs: number | null;
}): number | null {
  return event.exchangeMs === null ? null : event.recvMs - event.exchangeMs;
}

function deltaWriter({ db, names, startedMs }: Context): (ev: number, e: BookDelta) => void {
  const insert = db.prepare(
    "INSERT INTO deltas (ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.streamId(e.sid, e.ticker),
      e.seq,
      e.side === "yes" ? e.price : -1 - e.price,
      e.delta,
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function snapshotWriter({ db, names, startedMs }: Context): (ev: number, e: BookSnapshot) => void {
  const insert = db.prepare(
    "INSERT INTO snapshots (ev, stream_id, seq, dt_ms, yes_levels, no_levels) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    const stream = names.streamId(e.sid, e.ticker);
    const yes = JSON.stringify(e.yes);
    insert.run(ev, stream, e.seq, e.recvMs - startedMs, yes, JSON.stringify(e.no));
  };
}

function tickerWriter({ db, names, startedMs }: Context): (ev: number, e: TickerQuote) => void {
  const insert = db.prepare(
    `INSERT INTO tickers (ev, stream_id, yes_bid_cc, yes_ask_cc, last_cc, yes_bid_qty_cq, yes_ask_qty_cq, volume_cq,
       open_interest_cq, dt_ms, lag_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.streamId(e.sid, e.ticker),
      e.yesBid,
      e.yesAsk,
      e.last,
      e.yesBidQty,
      e.yesAskQty,
      e.volume,
      e.openInterest,
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function tradeWriter({ db, names, startedMs }: Context): (ev: number, e: PublicTrade) => boolean {
  const insert = db.prepare(
    `INSERT INTO trades (ev, trade_id, market_id, yes_price_cc, qty_cq, taker_side, dt_ms, lag_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trade_id) DO NOTHING`,
  );
  const repeat = db.prepare(
    `INSERT INTO trade_repeats (ev, first_ev, market_id, yes_price_cc, qty_cq, taker_side, dt_ms, lag_ms)
     SELECT ?, ev, ?, ?, ?, ?, ?, ? FROM trades WHERE trade_id = ?`,
  );
  return (ev, e) => {
    const market = names.marketId(e.ticker);
    const facts = [market, e.yesPrice, e.qty, e.takerSide, e.recvMs - startedMs, lag(e)];
    if (insert.run(ev, e.tradeId, ...facts).changes === 1) return true;
    repeat.run(ev, ...facts, e.tradeId);
    return false;
  };
}

function spotWriter({ db, names, startedMs }: Context): (ev: number, e: SpotTick) => void {
  const insert = db.prepare(
    `INSERT INTO spots (ev, spot_stream_id, price_usd, bid_usd, ask_usd, size, trade_id, dt_ms, lag_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.spotStreamId(e.source, e.product, e.kind),
      e.priceUsd,
      e.bidUsd,
      e.askUsd,
      e.size,
      e.tradeId,
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function indexWriter({ db, names, startedMs }: Context): (ev: number, e: IndexTick) => void {
  const insert = db.prepare(
    "INSERT INTO index_values (ev, index_name_id, value_usd, avg60_usd, dt_ms, lag_ms) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.indexNameId(e.indexId),
      e.valueUsd,
      e.avg60Usd,
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function candleWriter({ db, startedMs }: Context): (ev: number, e: Candle) => void {
  const insert = db.prepare(
    `INSERT INTO candle_values (ev, source, product, open_ms, interval_s, open_usd, high_usd, low_usd, close_usd, volume,
       dt_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    insert.run(
      ev,
      e.source,
      e.product,
      e.openMs,
      e.intervalS,
      e.openUsd,
      e.highUsd,
      e.lowUsd,
      e.closeUsd,
      e.volume,
      e.recvMs - startedMs,
    );
  };
}

function gapWriter({ db, startedMs }: Context): (ev: number, e: FeedGap) => void {
  const insert = db.prepare(
    `INSERT INTO gaps (ev, source, reason, tickers_json, sid, from_seq, to_seq, from_ms, to_ms, dt_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    insert.run(
      ev,
      e.source,
      e.reason,
      JSON.stringify(e.tickers),
      e.sid,
      e.fromSeq,
      e.toSeq,
      e.fromMs,
      e.toMs,
      e.recvMs - startedMs,
    );
  };
}

function marketWriter({ db, names, startedMs }: Context): (ev: number, e: MarketInfo) => void {
  const newest = upsertMarket(db);
  const insertState = db.prepare<[string]>("INSERT INTO market_states (facts_json) VALUES (?)");
  const insert = db.prepare<[number, number, number]>(
    "INSERT INTO market_updates (ev, state_id, dt_ms) VALUES (?, ?, ?)",
  );
  const findState = db.prepare<[number], { facts_json: string }>(
    "SELECT facts_json FROM market_states WHERE state_id = ?",
  );
  // Polls repeat the same facts every few seconds. An id is trusted only if the row is still there with these facts:
  // a rolled back transaction takes its rows along and leaves this map behind.
  const states = new Map<string, { readonly facts: string; readonly stateId: number }>();
  return (ev, { market, recvMs }) => {
    names.marketId(market.ticker);
    newest(market, recvMs);
    const facts = JSON.stringify({ ...market, rawJson: null });
    let state = states.get(market.ticker);
    if (state?.facts !== facts || findState.get(state.stateId)?.facts_json !== facts) {
      state = { facts, stateId: Number(insertState.run(facts).lastInsertRowid) };
      states.set(market.ticker, state);
    }
    insert.run(ev, state.stateId, recvMs - startedMs);
  };
}

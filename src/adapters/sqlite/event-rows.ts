import type {
  BookSnapshot,
  FeedDrift,
  FeedGap,
  FeeReport,
  MarketInfo,
  PublicTrade,
  TickerQuote,
} from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import type { DeltaRows } from "./delta-rows.ts";
import { upsertMarket } from "./market-rows.ts";
import { forecastWriter, newsWriter } from "./slow-rows.ts";
import { createSpotWriter, lag, type RowContext } from "./spot-rows.ts";

/** Writes one event under its number; false when the row was a duplicate of one already stored. */
export type WriteEvent = (ev: number, event: EventRow) => boolean;

/** What comes seldom, or passes by. */
type RareEvent = Extract<
  EventRow,
  {
    type:
      | "snapshot"
      | "market"
      | "fees"
      | "gap"
      | "drift"
      | "news"
      | "forecast"
      | "settlement"
      | "account"
      | "wake";
  }
>;

const RARE: ReadonlySet<EventRow["type"]> = new Set<RareEvent["type"]>([
  "snapshot",
  "market",
  "fees",
  "gap",
  "drift",
  "news",
  "forecast",
  "settlement",
  "account",
  "wake",
]);

function isRare(event: EventRow): event is RareEvent {
  return RARE.has(event.type);
}

/** Prepares the statements of all event tables. The caller owns the transaction. */
export function createEventWriter(context: RowContext, deltas: DeltaRows): WriteEvent {
  const snapshot = snapshotWriter(context);
  const ticker = tickerWriter(context);
  const trade = tradeWriter(context);
  const spot = createSpotWriter(context);
  const drift = driftWriter(context);
  const gap = gapWriter(context);
  const market = marketWriter(context);
  const fees = feesWriter(context);
  const news = newsWriter(context);
  const forecast = forecastWriter(context);
  const receipt = receiptWriter(context);

  const writeRare = (ev: number, event: RareEvent): void => {
    switch (event.type) {
      case "snapshot":
        snapshot(ev, event);
        break;
      case "market":
        market(ev, event);
        break;
      case "fees":
        fees(ev, event);
        break;
      case "gap":
        gap(ev, event);
        break;
      case "drift":
        drift(ev, event);
        break;
      case "news":
        news(ev, event);
        break;
      case "forecast":
        forecast(ev, event);
        break;
      case "settlement":
      case "account":
      case "wake":
        receipt(ev, event);
        break;
    }
  };

  return (ev, event) => {
    if (isRare(event)) {
      writeRare(ev, event);
      return true;
    }
    switch (event.type) {
      case "delta":
        deltas.one(ev, event);
        return true;
      case "ticker":
        ticker(ev, event);
        return true;
      case "trade":
        return trade(ev, event);
      case "spot":
      case "depth":
      case "index":
      case "candle":
      case "funding":
        spot(ev, event);
        return true;
    }
  };
}

/** For replay alone: the facts, where there are any, are in tables of their own. */
function receiptWriter({
  db,
  startedMs,
}: RowContext): (
  ev: number,
  e: Extract<RareEvent, { type: "settlement" | "account" | "wake" }>,
) => void {
  const settlement = db.prepare<[number, string]>(
    "INSERT INTO settlement_receipts (ev, event_json) VALUES (?, ?)",
  );
  const account = db.prepare<[number, number, string]>(
    "INSERT INTO account_receipts (ev, dt_ms, what_json) VALUES (?, ?, ?)",
  );
  const wake = db.prepare<[number, number]>("INSERT INTO wakes (ev, dt_ms) VALUES (?, ?)");
  return (ev, e) => {
    if (e.type === "settlement") settlement.run(ev, JSON.stringify(e));
    else if (e.type === "account") account.run(ev, e.recvMs - startedMs, JSON.stringify(e.what));
    else wake.run(ev, e.recvMs - startedMs);
  };
}

function snapshotWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<BookSnapshot>) => void {
  const insert = db.prepare(
    "INSERT INTO snapshots (ev, stream_id, seq, dt_ms, yes_levels, no_levels) VALUES (?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    const stream = names.streamId(e.sid, e.ticker);
    const yes = JSON.stringify(e.yes);
    insert.run(ev, stream, e.seq, e.recvMs - startedMs, yes, JSON.stringify(e.no));
  };
}

function tickerWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<TickerQuote>) => void {
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

function tradeWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<PublicTrade>) => boolean {
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

function driftWriter({ db, startedMs }: RowContext): (ev: number, e: Plain<FeedDrift>) => void {
  const insert = db.prepare(
    "INSERT INTO drifts (ev, source, message_type, path, raw, halts, dt_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    const halts = e.halts ? 1 : 0;
    insert.run(ev, e.source, e.messageType, e.path, e.raw, halts, e.recvMs - startedMs);
  };
}

function gapWriter({ db, startedMs }: RowContext): (ev: number, e: Plain<FeedGap>) => void {
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

function feesWriter({ db, startedMs }: RowContext): (ev: number, e: Plain<FeeReport>) => void {
  const insert = db.prepare(
    "INSERT INTO fee_reports (ev, scope, ticker, terms_json, dt_ms) VALUES (?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    insert.run(ev, e.scope, e.ticker, JSON.stringify(e.terms), e.recvMs - startedMs);
  };
}

function marketWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<MarketInfo>) => void {
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

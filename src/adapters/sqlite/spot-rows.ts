import type { Candle, FundingRate, IndexTick, SpotDepth, SpotTick } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import type { Names } from "./names.ts";
import type { Db } from "./open.ts";

export interface RowContext {
  readonly db: Db;
  readonly names: Names;
  readonly startedMs: number;
}

type SpotEvent = Extract<EventRow, { type: "spot" | "depth" | "index" | "candle" | "funding" }>;

/** Writes what the underlying did: spot, books, index, candles, funding. The caller owns the transaction. */
export function createSpotWriter(context: RowContext): (ev: number, event: SpotEvent) => void {
  const spot = spotWriter(context);
  const depth = depthWriter(context);
  const index = indexWriter(context);
  const candle = candleWriter(context);
  const funding = fundingWriter(context);
  return (ev, event) => {
    switch (event.type) {
      case "spot":
        spot(ev, event);
        break;
      case "depth":
        depth(ev, event);
        break;
      case "index":
        index(ev, event);
        break;
      case "candle":
        candle(ev, event);
        break;
      case "funding":
        funding(ev, event);
        break;
    }
  };
}

/** Receive minus exchange time; null when the exchange gave none. */
export function lag(event: {
  readonly recvMs: number;
  readonly exchangeMs: number | null;
}): number | null {
  return event.exchangeMs === null ? null : event.recvMs - event.exchangeMs;
}

/** In the order of their codes, from 1; never reordered. */
export const PROXY_METHODS = ["books", "mids"] as const;

function spotWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<SpotTick>) => void {
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

function depthWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<SpotDepth>) => void {
  const insert = db.prepare(
    "INSERT INTO depths (ev, depth_stream_id, is_snapshot, bids, asks, dt_ms, lag_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.depthStreamId(e.source, e.product),
      e.kind === "snapshot" ? 1 : 0,
      JSON.stringify(e.bids),
      JSON.stringify(e.asks),
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function indexWriter({
  db,
  names,
  startedMs,
}: RowContext): (ev: number, e: Plain<IndexTick>) => void {
  const insert = db.prepare(
    `INSERT INTO index_values (ev, index_name_id, value_usd, avg60_usd, window_avg_usd, window_count, proxy_method, venues,
       max_age_ms, dispersion_bp, dt_ms, lag_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (ev, e) => {
    insert.run(
      ev,
      names.indexNameId(e.indexId),
      e.valueUsd,
      e.avg60Usd,
      e.windowAvgUsd,
      e.windowCount,
      e.proxy === null ? null : PROXY_METHODS.indexOf(e.proxy.method) + 1,
      e.proxy?.venues ?? null,
      e.proxy?.maxAgeMs ?? null,
      e.proxy?.dispersionBp ?? null,
      e.recvMs - startedMs,
      lag(e),
    );
  };
}

function candleWriter({ db, startedMs }: RowContext): (ev: number, e: Plain<Candle>) => void {
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

function fundingWriter({ db, startedMs }: RowContext): (ev: number, e: Plain<FundingRate>) => void {
  const insert = db.prepare(
    "INSERT INTO funding_values (ev, source, product, at_ms, rate, is_estimate, dt_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return (ev, e) => {
    const isEstimate = e.isEstimate ? 1 : 0;
    insert.run(ev, e.source, e.product, e.atMs, e.rate, isEstimate, e.recvMs - startedMs);
  };
}

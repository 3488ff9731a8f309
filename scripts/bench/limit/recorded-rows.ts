import Database from "better-sqlite3";
import type { Level } from "../../../src/core/events.ts";
import { qty } from "../../../src/core/units.ts";
import { START_MS } from "../frames.ts";
import type { ModelInput } from "../replay-model.ts";

type DeltaRow = [
  ...[ev: number, streamId: number, seq: number, priceCode: number, deltaCq: number],
  ...[dtMs: number, lagMs: number | null],
];
type SnapshotRow = [ev: number, streamId: number, yes: string, no: string, dtMs: number];
type SpotRow = [ev: number, priceUsd: number];

export interface RecordedRows {
  /** Hands over every row in the order in which it was received. */
  replay(input: ModelInput): void;
  close(): void;
}

/** The rows of the only run of a file by `raw().iterate()`, merged by hand. */
export function openRows(path: string, tickers: readonly string[]): RecordedRows {
  const db = new Database(path, { readonly: true });
  const placeOf = streamPlaces(db, tickers);
  const deltas = db
    .prepare<[], DeltaRow>(
      "SELECT ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms FROM deltas ORDER BY ev",
    )
    .raw();
  return {
    replay(input) {
      const others = rareRows(db, placeOf, input);
      for (const [ev, stream, , code, delta, dtMs] of deltas.iterate()) {
        others.until(ev);
        input.delta(placeOf[stream] ?? -1, code, qty(delta), START_MS + dtMs);
      }
      others.until(Number.POSITIVE_INFINITY);
    },
    close: () => db.close(),
  };
}

interface RareRows {
  /** Hands over the rows before a number. */
  until(end: number): void;
}

function rareRows(db: Database.Database, placeOf: readonly number[], input: ModelInput): RareRows {
  const snapshots = db
    .prepare<[], SnapshotRow>(
      "SELECT ev, stream_id, yes_levels, no_levels, dt_ms FROM snapshots ORDER BY ev",
    )
    .raw()
    .iterate();
  const spots = db
    .prepare<[], SpotRow>("SELECT ev, price_usd FROM spots ORDER BY ev")
    .raw()
    .iterate();
  let snapshot = snapshots.next();
  let spot = spots.next();
  let nearest = Number.NEGATIVE_INFINITY;
  const handOver = (): void => {
    if (spot.done !== true && spot.value[0] === nearest) {
      input.spot(spot.value[1]);
      spot = spots.next();
    } else if (snapshot.done !== true && snapshot.value[0] === nearest) {
      const [, stream, yes, no, dtMs] = snapshot.value;
      input.snapshot(placeOf[stream] ?? -1, levels(yes), levels(no), START_MS + dtMs);
      snapshot = snapshots.next();
    }
  };
  return {
    until(end) {
      while (nearest < end) {
        handOver();
        nearest = Math.min(
          snapshot.done === true ? Number.POSITIVE_INFINITY : snapshot.value[0],
          spot.done === true ? Number.POSITIVE_INFINITY : spot.value[0],
        );
      }
    },
  };
}

/** Places of the markets by the number of their stream. */
function streamPlaces(db: Database.Database, tickers: readonly string[]): readonly number[] {
  const places: number[] = [];
  const streams = db
    .prepare<[], [id: number, ticker: string]>(
      "SELECT s.stream_id, m.ticker FROM streams s JOIN market_ids m ON m.market_id = s.market_id",
    )
    .raw();
  for (const [id, ticker] of streams.all()) places[id] = tickers.indexOf(ticker);
  return places;
}

function levels(json: string): Level[] {
  const parsed: Level[] = JSON.parse(json);
  return parsed;
}

import type { Statement } from "better-sqlite3";
import type { MarketEvent } from "../../core/events.ts";
import type { Db } from "./open.ts";

/**
 * Puts the events of one table whose number lies in [low, high) where their number says: the event `low` at 0. Numbers of
 * a run have no holes, so an array sorts the tables into each other for free.
 */
export type ReadTable = (low: number, high: number, events: (MarketEvent | undefined)[]) => void;

/** What the rows of a run mean. */
export interface ReplayContext {
  readonly db: Db;
  readonly startedMs: number;
  readonly streams: ReadonlyMap<number, Stream>;
}

/** One market on one subscription. */
export interface Stream {
  readonly sid: number;
  readonly ticker: string;
}

/** Null when there is no such run. */
export function replayContext(db: Db, runId: number): ReplayContext | null {
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

/** One shape for most tables: a statement over a range of numbers, raw rows, and a mapper to the event. */
export function readTable<Row extends [ev: number, ...rest: unknown[]]>(
  statement: Statement<[number, number], Row>,
  map: (row: Row) => MarketEvent,
): ReadTable {
  statement.raw();
  return (low, high, events) => {
    for (const row of statement.all(low, high)) events[row[0] - low] = map(row);
  };
}

export function streamOf({ streams }: ReplayContext, id: number): Stream {
  const found = streams.get(id);
  if (found === undefined) throw new Error(`stream ${id} has no name`);
  return found;
}

/** When the exchange sent what came so late; null when it did not say. */
export function sentMs(recvMs: number, lagMs: number | null): number | null {
  return lagMs === null ? null : recvMs - lagMs;
}

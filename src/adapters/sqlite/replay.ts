import type { MarketEvent } from "../../core/events.ts";
import { storeError } from "./errors.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db, Reader } from "./open.ts";
import { reading } from "./queries/read.ts";
import { tablesOf } from "./replay-tables.ts";

const STRETCH = 20_000;

/** Everything a run received, as it received it and in the same order; reads a stretch at a time. */
export function* replayEvents(reader: Reader, runId: number): Generator<MarketEvent> {
  try {
    const tables = tablesOf(reader.db, runId);
    const end = (runId + 1) * EV_PER_RUN;
    let low = runId * EV_PER_RUN;
    for (;;) {
      // Numbers of a run have no holes, so an array sorts the tables into each other for free. Retention may have
      // thinned the beginning: start where there is something.
      const events: (MarketEvent | undefined)[] = [];
      const from = low;
      const high = Math.min(end, from + STRETCH);
      for (const read of tables) {
        read(from, high, (ev, event) => {
          events[ev - from] = event;
        });
      }
      for (const event of events) if (event !== undefined) yield event;
      const next = events.length === 0 ? nextEv(reader.db, high, end) : high;
      if (next === null) return;
      low = next;
    }
  } catch (error) {
    throw storeError(error, reader.path);
  }
}

const EVENT_TABLES = [
  "deltas",
  "snapshots",
  "tickers",
  "trades",
  "trade_repeats",
  "spots",
  "depths",
  "funding_values",
  "drifts",
  "index_values",
  "candle_values",
  "gaps",
  "wakes",
  "market_updates",
  "settlement_receipts",
] as const;

function nextEv(db: Db, from: number, end: number): number | null {
  let next: number | null = null;
  for (const name of EVENT_TABLES) {
    const found = db
      .prepare<[number, number], { ev: number | null }>(
        `SELECT min(ev) AS ev FROM ${name} WHERE ev >= ? AND ev < ?`,
      )
      .get(from, end);
    const ev = found?.ev ?? null;
    if (ev !== null && (next === null || ev < next)) next = ev;
  }
  return next;
}

/** Number of events a run left behind. */
export function countEvents(reader: Reader, runId: number): number {
  const low = runId * EV_PER_RUN;
  return reading(reader, () =>
    EVENT_TABLES.reduce((sum, name) => {
      const count = reader.db
        .prepare(`SELECT count(*) FROM ${name} WHERE ev >= ? AND ev < ?`)
        .pluck()
        .get(low, low + EV_PER_RUN);
      return sum + Number(count);
    }, 0),
  );
}

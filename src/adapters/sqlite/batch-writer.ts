import type { Clock } from "../../ports.ts";
import { type Batch, type EventRow, type Receipt } from "./batch.ts";
import { type Beat, createBeat } from "./beat.ts";
import { createDeltaRows } from "./delta-rows.ts";
import { isBusy, isRefusedRow } from "./errors.ts";
import { createEvaluationWriter } from "./evaluation-rows.ts";
import { createEventWriter } from "./event-rows.ts";
import { createInputSums } from "./input-sums.ts";
import { createNames } from "./names.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db } from "./open.ts";
import { createOutages } from "./outages.ts";
import type { StartedRun } from "./run-start.ts";
import type { RowContext } from "./spot-rows.ts";

/** Of no contract table: time, what is in one already, and what a run was told of itself. */
type Unlisted = "wake" | "settlement" | "account";

const UNLISTED: ReadonlySet<EventRow["type"]> = new Set<Unlisted>([
  "wake",
  "settlement",
  "account",
]);

function isListed(event: EventRow): event is Exclude<EventRow, { readonly type: Unlisted }> {
  return !UNLISTED.has(event.type);
}

const TABLE_OF: Readonly<Record<Exclude<EventRow["type"], Unlisted>, string>> = {
  spot: "spot_ticks",
  depth: "spot_depth",
  funding: "funding_rates",
  drift: "feed_drifts",
  news: "news_items",
  forecast: "forecasts",
  index: "index_ticks",
  candle: "candles",
  market: "kalshi_markets",
  fees: "fee_reports",
  snapshot: "kalshi_orderbook_snapshots",
  delta: "kalshi_orderbook_deltas",
  ticker: "kalshi_tickers",
  trade: "kalshi_trades",
  gap: "feed_gaps",
};

/** Rows between two looks at the clock: about 30 µs of work. */
const ROWS_PER_LOOK = 32;

export interface BatchRun extends StartedRun {
  readonly startedMs: number;
  /** The machine's, whatever time the run has. */
  readonly clock: Pick<Clock, "nowMs" | "monoMs">;
}

/** Puts batches of one run on file, each row under the run's next number. */
export interface BatchWriter {
  /** Looks at an event for the ends of outages; once for each, in their order, before its batch is committed. */
  see(event: EventRow): void;
  /**
   * One transaction with the batch, or with as much of its beginning as `isTimeUp` allows; what is on file leaves the
   * batch. A row that SQLite refuses is taken out, handed to `onRefused`, and the others go on. Throws SQLite's own error
   * with nothing written and everything still in the batch.
   */
  commit(batch: Batch, onRefused: (error: unknown) => void, isTimeUp?: () => boolean): Receipt;
  /** Says that the run lives although it has nothing to write; at most once a second. */
  beat(): void;
  /** The run is over: outages last to here. */
  endOutages(nowMs: number): void;
}

interface Written {
  readonly events: number;
  readonly opportunities: number;
  readonly repeats: number;
  readonly beganMs: number;
}

const NEVER = (): boolean => false;

/** Where a transaction is, so that a refused row can be named and taken out. */
interface Cursor {
  at: number;
  inEvents: boolean;
}

export function createBatchWriter(db: Db, run: BatchRun): BatchWriter {
  const { clock } = run;
  const names = createNames(db);
  const outages = createOutages(db, run);
  const evaluations = createEvaluationWriter(db, names, run);
  const beat = createBeat(db, run.runId, () => clock.nowMs());
  const sums = createInputSums(db, run.runId);
  const cursor: Cursor = { at: 0, inEvents: true };
  const writeEvents = createEventRun({ db, names, startedMs: run.startedMs }, cursor);
  let nextEv = run.runId * EV_PER_RUN;

  const transaction = db.transaction((batch: Batch, isTimeUp: () => boolean): Written => {
    const beganMs = clock.monoMs();
    const { events, opportunities } = batch;
    const isDue = everyFewRows(cursor, isTimeUp);
    cursor.inEvents = true;
    cursor.at = 0;
    const repeats = writeEvents(events, nextEv, isDue);
    const written = cursor.at;
    sums.add(events, written);
    beat.write(events[written - 1]?.recvMs ?? null);
    // The end of an outage may belong to a row that only now has its turn.
    if (written < events.length) return { events: written, opportunities: 0, repeats, beganMs };
    outages.write();
    cursor.inEvents = false;
    cursor.at = 0;
    for (const row of opportunities) {
      evaluations.write(row);
      cursor.at++;
      if (isDue()) break;
    }
    return { events: written, opportunities: cursor.at, repeats, beganMs };
  });

  return {
    see: (event) => outages.see(event),
    commit(batch, onRefused, isTimeUp = NEVER) {
      for (;;) {
        try {
          const written = transaction.immediate(batch, isTimeUp);
          const heldMs = clock.monoMs() - written.beganMs;
          nextEv += written.events;
          sums.committed();
          beat.committed();
          if (written.events === batch.events.length) outages.committed();
          return takeOut(batch, written, heldMs);
        } catch (error) {
          names.forget();
          evaluations.forget();
          sums.forget();
          // One bad row must not take the others with it.
          if (!db.open || !isRefusedRow(error) || !dropCurrent(batch, cursor)) throw error;
          batch.refused++;
          onRefused(error);
        }
      }
    },
    beat: () => beatAlone(beat),
    endOutages: (nowMs) => db.transaction(() => outages.endAll(nowMs)).immediate(),
  };
}

/** Asks for the time once in a while: asking costs as much as a row. */
function everyFewRows(cursor: Cursor, isTimeUp: () => boolean): () => boolean {
  let lookedAt = 0;
  return () => {
    if (cursor.at < lookedAt) lookedAt = 0;
    if (cursor.at - lookedAt < ROWS_PER_LOOK) return false;
    lookedAt = cursor.at;
    return isTimeUp();
  };
}

/** Writes events from the first on until they end or time is up, moving the cursor; gives the repeated trades. */
function createEventRun(
  context: RowContext,
  cursor: Cursor,
): (events: readonly EventRow[], firstEv: number, isDue: () => boolean) => number {
  const deltas = createDeltaRows(context);
  const writeEvent = createEventWriter(context, deltas);
  // A refused row is found by writing them one by one, as if they had never been a group.
  const writeGroup = (events: readonly EventRow[], firstEv: number): boolean => {
    try {
      const written = deltas.group(firstEv + cursor.at, events, cursor.at);
      cursor.at += written;
      return written > 0;
    } catch (error) {
      if (!isRefusedRow(error)) throw error;
      return false;
    }
  };
  return (events, firstEv, isDue) => {
    let repeats = 0;
    deltas.begin(firstEv);
    for (let event = events[0]; event !== undefined && !isDue(); event = events[cursor.at]) {
      if (event.type === "delta" && writeGroup(events, firstEv)) continue;
      if (!writeEvent(firstEv + cursor.at, event)) repeats++;
      cursor.at++;
    }
    return repeats;
  };
}

function dropCurrent(batch: Batch, { at, inEvents }: Cursor): boolean {
  if (!inEvents) return batch.opportunities.splice(at, 1).length === 1;
  batch.feeds.splice(at, 1);
  return batch.events.splice(at, 1).length === 1;
}

function beatAlone(beat: Beat): void {
  try {
    beat.write(null);
    beat.committed();
  } catch (error) {
    // Whoever holds the lock keeps no rows waiting here, and the next beat comes in a second.
    if (!isBusy(error)) throw error;
  }
}

function takeOut(batch: Batch, written: Written, heldMs: number): Receipt {
  const taken = written.events + written.opportunities + batch.refused;
  batch.refused = 0;
  const events = batch.events.splice(0, written.events);
  const feeds = batch.feeds.splice(0, written.events);
  const { length } = batch.opportunities.splice(0, written.opportunities);
  const rows = new RunCount();
  const perFeed = new RunCount();
  const markets = new Set<string>();
  let at = 0;
  for (const event of events) {
    const feed = feeds[at++] ?? null;
    if (feed !== null && event.type !== "gap" && event.type !== "drift") perFeed.add(feed, 1);
    if (!isListed(event)) continue;
    if (event.type === "market") markets.add(event.market.ticker);
    else rows.add(TABLE_OF[event.type], 1);
  }
  rows.add("opportunities", length);
  rows.add("kalshi_trades", -written.repeats);
  return {
    taken,
    rows: rows.totals(),
    feeds: perFeed.totals(),
    markets,
    duplicates: written.repeats,
    heldMs,
  };
}

/** Counts by key; keys come in runs, and a map would be asked for each row. */
class RunCount {
  readonly #totals = new Map<string, number>();
  #key = "";
  #n = 0;

  add(key: string, n: number): void {
    if (key !== this.#key) {
      this.totals();
      this.#key = key;
    }
    this.#n += n;
  }

  totals(): Map<string, number> {
    if (this.#n !== 0) this.#totals.set(this.#key, (this.#totals.get(this.#key) ?? 0) + this.#n);
    this.#n = 0;
    return this.#totals;
  }
}

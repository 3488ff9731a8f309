import type { BookDelta, MarketEvent } from "../../core/events.ts";
import { storeError } from "./errors.ts";
import { EVENT_TABLES } from "./event-tables.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db, Reader } from "./open.ts";
import { reading } from "./queries/read.ts";
import { deltaTablesOf, type ReadTable, tablesOf } from "./replay-tables.ts";
import { SEGMENT_SPAN } from "./segments/read.ts";

const STRETCH = 5_000;

/**
 * Everything a run received, as it received it and in the same order; reads a stretch at a time. A run that is still
 * recorded is read as far as it was at the first.
 */
export function* replayEvents(reader: Reader, runId: number): Generator<MarketEvent> {
  for (const { events } of replayStretches(reader, runId)) {
    // By index: walking an array with holes with for-of takes half as long again, for the whole of a packed replay.
    for (let at = 0; at < STRETCH; at++) {
      const event = events[at];
      if (event !== undefined) yield event;
    }
  }
}

/** The same by stretches of numbers. */
export function replayStretches(reader: Reader, runId: number): Generator<Stretch> {
  const names = EVENT_TABLES;
  const end = endOf(reader, names, runId);
  return stretches(reader, { runId, tables: tablesOf(reader.db, runId), names, end });
}

export interface NumberedDelta {
  readonly ev: number;
  readonly delta: BookDelta;
}

/** The order-book changes of a run alone, packed and plain, in their order; some thousand at a time. */
export function* replayDeltas(reader: Reader, runId: number): Generator<readonly NumberedDelta[]> {
  const names = ["deltas"] as const;
  const end = endOf(reader, names, runId);
  const tables = deltaTablesOf(reader.db, runId);
  for (const { events, from } of stretches(reader, { runId, tables, names, end })) {
    const list: NumberedDelta[] = [];
    for (let at = 0; at < STRETCH; at++) {
      const event = events[at];
      if (event?.type === "delta") list.push({ ev: from + at, delta: event });
    }
    yield list;
  }
}

/** Events by their number: that of `events[0]` is `from`. */
interface Stretch {
  readonly from: number;
  readonly events: readonly (MarketEvent | undefined)[];
}

interface Sources {
  readonly runId: number;
  readonly tables: readonly ReadTable[];
  /** Where to look for the next event behind a hole. */
  readonly names: readonly (typeof EVENT_TABLES)[number][];
  /** The number behind the last one that is read. */
  readonly end: number;
}

// Rows that come while others are read would leave a hole where the end was, and have streams that nobody has heard of.
function endOf(reader: Reader, names: Sources["names"], runId: number): number {
  const low = runId * EV_PER_RUN;
  const within = "WHERE ev >= :low AND ev < :end";
  const newest = [
    ...names.map((name) => `SELECT max(ev) AS ev FROM ${name} ${within}`),
    // Segments overlap, so the last one need not reach the furthest.
    `SELECT max(last_ev) FROM delta_segments WHERE first_ev >= :low AND first_ev < :end AND first_ev >
       (SELECT max(first_ev) FROM delta_segments WHERE first_ev < :end) - ${SEGMENT_SPAN}`,
  ];
  return reading(reader, () => {
    const found = reader.db
      .prepare(`SELECT max(ev) FROM (${newest.join(" UNION ALL ")})`)
      .pluck()
      .get({ low, end: low + EV_PER_RUN });
    return found === null ? low : Number(found) + 1;
  });
}

function* stretches(reader: Reader, { runId, tables, names, end }: Sources): Generator<Stretch> {
  try {
    let low = runId * EV_PER_RUN;
    for (;;) {
      // Numbers of a run have no holes, so an array sorts the tables into each other for free. Retention may have
      // thinned the beginning: start where there is something.
      const events: (MarketEvent | undefined)[] = [];
      events.length = STRETCH;
      const from = low;
      const high = Math.min(end, from + STRETCH);
      let found = 0;
      const put = (ev: number, event: MarketEvent): void => {
        events[ev - from] = event;
        found++;
      };
      for (const read of tables) read(from, high, put);
      if (found > 0) yield { from, events };
      const next = found === 0 ? nextEv(reader.db, names, { from: high, end }) : high;
      if (next === null) return;
      low = next;
    }
  } catch (error) {
    throw storeError(error, reader.path);
  }
}

function nextEv(
  db: Db,
  names: Sources["names"],
  { from, end }: { readonly from: number; readonly end: number },
): number | null {
  let next: number | null = null;
  for (const name of names) {
    const found = db
      .prepare<[number, number], { ev: number | null }>(
        `SELECT min(ev) AS ev FROM ${name} WHERE ev >= ? AND ev < ?`,
      )
      .get(from, end);
    const ev = found?.ev ?? null;
    if (ev !== null && (next === null || ev < next)) next = ev;
  }
  // A packed stretch may begin before `from`; whether one of its deltas lies behind it is seen by reading on.
  const packed = db
    .prepare<[number, number, number, number], { ev: number | null }>(
      `SELECT min(max(first_ev, ?)) AS ev FROM delta_segments
       WHERE first_ev > ? AND first_ev < ? AND last_ev >= ?`,
    )
    .get(from, from - SEGMENT_SPAN, end, from)?.ev;
  const nearest = Math.min(next ?? end, packed ?? end);
  return nearest === end ? null : nearest;
}

/** Number of events a run left behind. */
export function countEvents(reader: Reader, runId: number): number {
  const low = runId * EV_PER_RUN;
  const counts = [
    ...EVENT_TABLES.map((name) => `(SELECT count(*) FROM ${name} WHERE ev >= :low AND ev < :end)`),
    "(SELECT coalesce(sum(n), 0) FROM delta_segments WHERE first_ev >= :low AND first_ev < :end)",
  ];
  // One statement sees one state of the file: nothing is counted twice while it is being packed.
  return reading(reader, () =>
    Number(
      reader.db
        .prepare(`SELECT ${counts.join(" + ")}`)
        .pluck()
        .get({ low, end: low + EV_PER_RUN }),
    ),
  );
}

import type { BookDelta, MarketEvent } from "../../core/events.ts";
import { storeError } from "./errors.ts";
import { EVENT_TABLES, type EventTable } from "./event-tables.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db, Reader } from "./open.ts";
import { reading } from "./queries/read.ts";
import { type ReplaySources, sourcesOf } from "./replay-tables.ts";
import { SEGMENT_SPAN } from "./segments/read.ts";

/** Numbers that are read at once: the more, the fewer statements. */
const STRETCH = 10_000;
/** Numbers of which there are events at once: few enough that they die young. */
const PART = 1_000;

/**
 * Everything a run received, as it received it and in the same order; reads a stretch at a time. A run that is still
 * recorded is read as far as it was at the first.
 */
export function* replayEvents(reader: Reader, runId: number): Generator<MarketEvent> {
  for (const events of replayStretches(reader, runId)) yield* events;
}

/**
 * The same some thousand at a time, which saves a generator's step for each, and only of the tables that are asked for:
 * what replays order books has no use for tickers.
 */
export function* replayStretches(
  reader: Reader,
  runId: number,
  names: readonly EventTable[] = EVENT_TABLES,
): Generator<readonly MarketEvent[]> {
  for (const { events } of stretches(reader, runId, names)) yield dense(events);
}

/** The same with the numbers of the events. */
export function numberedStretches(reader: Reader, runId: number): Generator<Stretch> {
  return stretches(reader, runId, EVENT_TABLES);
}

export interface NumberedDelta {
  readonly ev: number;
  readonly delta: BookDelta;
}

/** The order-book changes of a run alone, packed and plain, in their order; some thousand at a time. */
export function* replayDeltas(reader: Reader, runId: number): Generator<readonly NumberedDelta[]> {
  for (const { events, from } of stretches(reader, runId, ["deltas"])) {
    const list: NumberedDelta[] = [];
    for (let at = 0; at < events.length; at++) {
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

/** Without the holes that tables leave which nobody asked for. By index: walking holes with for-of takes half as long again. */
function dense(events: Stretch["events"]): readonly MarketEvent[] {
  if (isWhole(events)) return events;
  const found: MarketEvent[] = [];
  found.length = events.length;
  let n = 0;
  for (let at = 0; at < events.length; at++) {
    const event = events[at];
    if (event !== undefined) found[n++] = event;
  }
  found.length = n;
  return found;
}

function isWhole(events: Stretch["events"]): events is readonly MarketEvent[] {
  return !events.includes(undefined);
}

// Rows that come while others are read would leave a hole where the end was, and have streams that nobody has heard of.
function endOf(reader: Reader, names: readonly EventTable[], runId: number): number {
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

function* stretches(
  reader: Reader,
  runId: number,
  names: readonly EventTable[],
): Generator<Stretch> {
  const end = endOf(reader, names, runId);
  const sources = sourcesOf(reader.db, runId, names);
  if (sources === null) return;
  try {
    let low: number | null = runId * EV_PER_RUN;
    while (low !== null) {
      const high = Math.min(end, low + STRETCH);
      let isEmpty = true;
      for (const part of partsOf(sources, low, high)) {
        if (part.events.every(isNothing)) continue;
        isEmpty = false;
        yield part;
      }
      // Retention may have thinned the beginning: start where there is something.
      low = isEmpty ? nextEv(reader.db, names, { from: high, end }) : high;
    }
  } catch (error) {
    throw storeError(error, reader.path);
  }
}

// Packed deltas after the rows: what is packed in between is then seen twice and not missed.
function* partsOf(
  { packed, tables }: ReplaySources,
  low: number,
  high: number,
): Generator<Stretch> {
  const rows: (MarketEvent | undefined)[] = [];
  rows.length = high - low;
  for (const read of tables) read(low, high, rows);
  packed?.look(low, high);
  for (let from = low; from < high; from += PART) {
    const to = Math.min(high, from + PART);
    const events = rows.slice(from - low, to - low);
    packed?.read(from, to, events);
    yield { from, events };
  }
}

function isNothing(event: MarketEvent | undefined): boolean {
  return event === undefined;
}

function nextEv(
  db: Db,
  names: readonly EventTable[],
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

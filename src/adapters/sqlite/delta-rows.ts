import type { Statement } from "better-sqlite3";
import type { BookDelta } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import type { Db } from "./open.ts";
import { lag, type RowContext } from "./spot-rows.ts";

/**
 * Rows of one statement: sixteen in one cost half of sixteen by themselves, and 32 a twentieth less. Of a mixed stream a
 * tenth is left over between other events, and goes by fours.
 */
const GROUPS = [32, 16, 4] as const;

type DeltaRow = Plain<BookDelta>;

/** Writes order-book changes, which are nearly all that a day's file holds. The caller owns the transaction. */
export interface DeltaRows {
  /** A transaction begins; its rows get numbers from `ev` on. */
  begin(ev: number): void;
  one(ev: number, delta: DeltaRow): void;
  /**
   * Writes the events from `from` on in one statement, if enough of them in a row are changes of books, and gives how
   * many; 0, and nothing written, when they are not. Throws SQLite's error with none of them written.
   */
  group(ev: number, events: readonly EventRow[], from: number): number;
}

const INTO = "INSERT INTO deltas (ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms) VALUES ";
const ROW = "(?, ?, ?, ?, ?, ?, ?)";
/** The number behind the largest of the table: SQLite finds the place for it without a search, a sixth of what a row takes. */
const NEXT_ROW = "(NULL, ?, ?, ?, ?, ?, ?)";
const COLUMNS = 7;

type Values = (number | null)[];

/** A statement of several rows. */
interface Rows {
  readonly statement: Statement;
  /** Whether each row brings its number, or only the first. */
  readonly isNumbered: boolean;
  /** Values of a row after the first. */
  readonly step: number;
  readonly values: Values;
}

function rowsOf(db: Db, size: number, isNumbered: boolean): Rows {
  const more = Array.from({ length: size - 1 }, () => (isNumbered ? ROW : NEXT_ROW));
  const step = isNumbered ? COLUMNS : COLUMNS - 1;
  return {
    statement: db.prepare(INTO + [ROW, ...more].join(", ")),
    isNumbered,
    step,
    values: Array.from({ length: COLUMNS + (size - 1) * step }, () => null),
  };
}

export function createDeltaRows({ db, names, startedMs }: RowContext): DeltaRows {
  const single = db.prepare(INTO + ROW);
  const groups = GROUPS.map((size) => ({
    size,
    apart: rowsOf(db, size, true),
    behind: rowsOf(db, size, false),
  }));
  const newest = db.prepare<[], number | null>("SELECT max(ev) FROM deltas").pluck();
  // Another run that began later may be writing too: behind its rows there is no place for this one's.
  let isNewest = false;
  const lay = (values: Values, at: number, e: DeltaRow): void => {
    values[at] = names.streamId(e.sid, e.ticker);
    values[at + 1] = e.seq;
    values[at + 2] = e.side === "yes" ? e.price : -1 - e.price;
    values[at + 3] = e.delta;
    values[at + 4] = e.recvMs - startedMs;
    values[at + 5] = lag(e);
  };
  return {
    begin(ev) {
      isNewest = (newest.get() ?? 0) < ev;
    },
    one(ev, delta) {
      const values: Values = [ev];
      lay(values, 1, delta);
      single.run(...values);
    },
    group(ev, events, from) {
      const changes = changesFrom(events, from);
      for (const { apart, behind, size } of groups) {
        if (changes < size) continue;
        const { isNumbered, statement, step, values } = isNewest ? behind : apart;
        values[0] = ev;
        for (let at = 0; at < size; at++) {
          const event = events[from + at];
          if (isNumbered) values[at * step] = ev + at;
          if (event?.type === "delta") lay(values, 1 + at * step, event);
        }
        const { lastInsertRowid } = statement.run(...values);
        if (lastInsertRowid !== ev + size - 1)
          throw new Error(`the change ${ev + size - 1} of a book was put at ${lastInsertRowid}`);
        return size;
      }
      return 0;
    },
  };
}

/** How many events from one on are changes of books, as far as that matters to a statement. */
function changesFrom(events: readonly EventRow[], from: number): number {
  let count = 0;
  while (count < GROUPS[0] && events[from + count]?.type === "delta") count++;
  return count;
}

import type { BookDelta } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import { lag, type RowContext } from "./spot-rows.ts";

/**
 * Rows of one statement: sixteen in one cost half of sixteen by themselves, more gain nothing. Of a mixed stream a tenth
 * is left over between other events, and goes by fours.
 */
const GROUPS = [16, 4] as const;

type DeltaRow = Plain<BookDelta>;

/** Writes order-book changes, which are nearly all that a day's file holds. The caller owns the transaction. */
export interface DeltaRows {
  one(ev: number, delta: DeltaRow): void;
  /**
   * Writes the events from `from` on in one statement, if enough of them in a row are changes of books, and gives how
   * many; 0, and nothing written, when they are not. Throws SQLite's error with none of them written.
   */
  group(ev: number, events: readonly EventRow[], from: number): number;
}

const INTO = "INSERT INTO deltas (ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms) VALUES ";
const ROW = "(?, ?, ?, ?, ?, ?, ?)";
const COLUMNS = 7;

export function createDeltaRows({ db, names, startedMs }: RowContext): DeltaRows {
  const single = db.prepare(INTO + ROW);
  const groups = GROUPS.map((size) => ({
    size,
    statement: db.prepare(INTO + Array.from({ length: size }, () => ROW).join(", ")),
    values: Array.from({ length: size * COLUMNS }, (): number | null => null),
  }));
  const lay = (values: (number | null)[], at: number, ev: number, e: DeltaRow): void => {
    values[at] = ev;
    values[at + 1] = names.streamId(e.sid, e.ticker);
    values[at + 2] = e.seq;
    values[at + 3] = e.side === "yes" ? e.price : -1 - e.price;
    values[at + 4] = e.delta;
    values[at + 5] = e.recvMs - startedMs;
    values[at + 6] = lag(e);
  };
  return {
    one(ev, delta) {
      const values: (number | null)[] = [];
      lay(values, 0, ev, delta);
      single.run(...values);
    },
    group(ev, events, from) {
      const changes = changesFrom(events, from);
      for (const { size, statement, values } of groups) {
        if (changes < size) continue;
        for (let at = 0; at < size; at++) {
          const event = events[from + at];
          if (event?.type === "delta") lay(values, at * COLUMNS, ev + at, event);
        }
        statement.run(...values);
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

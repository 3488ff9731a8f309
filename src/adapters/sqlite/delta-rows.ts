import type { BookDelta } from "../../core/events.ts";
import type { Plain } from "../../core/units.ts";
import type { EventRow } from "./batch.ts";
import { lag, type RowContext } from "./spot-rows.ts";

/** Rows of one statement: sixteen in one cost half of sixteen by themselves, more gain nothing. */
export const DELTA_GROUP = 16;

type DeltaRow = Plain<BookDelta>;

/** Writes order-book changes, which are nearly all that a day's file holds. The caller owns the transaction. */
export interface DeltaRows {
  one(ev: number, delta: DeltaRow): void;
  /**
   * Writes the `DELTA_GROUP` events from `from` in one statement if all of them are changes of books; false, and nothing
   * written, when they are not. Throws SQLite's error with none of them written.
   */
  group(ev: number, events: readonly EventRow[], from: number): boolean;
}

const INTO = "INSERT INTO deltas (ev, stream_id, seq, price_code, delta_cq, dt_ms, lag_ms) VALUES ";
const ROW = "(?, ?, ?, ?, ?, ?, ?)";
const COLUMNS = 7;

export function createDeltaRows({ db, names, startedMs }: RowContext): DeltaRows {
  const single = db.prepare(INTO + ROW);
  const many = db.prepare(INTO + Array.from({ length: DELTA_GROUP }, () => ROW).join(", "));
  const values: (number | null)[] = Array.from({ length: DELTA_GROUP * COLUMNS }, () => null);
  const lay = (at: number, ev: number, e: DeltaRow): void => {
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
      lay(0, ev, delta);
      single.run(...values.slice(0, COLUMNS));
    },
    group(ev, events, from) {
      // All of them first: in a mixed stream most groups end before their sixteenth, and laying one out looks up names.
      for (let at = DELTA_GROUP - 1; at >= 0; at--) {
        if (events[from + at]?.type !== "delta") return false;
      }
      for (let at = 0; at < DELTA_GROUP; at++) {
        const event = events[from + at];
        if (event?.type === "delta") lay(at * COLUMNS, ev + at, event);
      }
      many.run(...values);
      return true;
    },
  };
}

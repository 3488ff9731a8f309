import type { Ms } from "../../../core/units.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";

/**
 * Finds the first evaluation of a run after a time, or where it would be. They have no index on time, but the times of a run
 * never go back: the place is found by halving.
 */
export function evaluationsAfter(reader: Reader): (runId: number, atMs: Ms) => number {
  const place = reader.db.prepare<[number, number], { id: number; atMs: Ms }>(
    `SELECT e.opportunity_id AS id, r.started_ms + e.dt_ms AS atMs FROM evaluations e
     JOIN runs r ON r.run_id = e.opportunity_id / ${EV_PER_RUN}
     WHERE e.opportunity_id >= ? AND e.opportunity_id < ? ORDER BY e.opportunity_id LIMIT 1`,
  );
  const last = reader.db
    .prepare<[number, number], number | null>(
      "SELECT max(opportunity_id) FROM evaluations WHERE opportunity_id >= ? AND opportunity_id < ?",
    )
    .pluck();
  return (runId, atMs) => {
    const start = runId * EV_PER_RUN;
    const end = start + EV_PER_RUN;
    let [low, high] = [start, (last.get(start, end) ?? start) + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = place.get(middle, end);
      if (found === undefined || found.atMs > atMs) high = middle;
      else low = found.id + 1;
    }
    return low;
  };
}

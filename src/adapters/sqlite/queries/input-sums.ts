import type { InputSum } from "../../../core/replay/input-sum.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** Sums of a run's inputs by the number of the first event of their block; empty for a run of before they were kept. */
export function inputSums(reader: Reader, runId: number): ReadonlyMap<number, InputSum> {
  const low = runId * EV_PER_RUN;
  const rows = reading(reader, () =>
    reader.db
      .prepare<[number, number], InputSum & { readonly firstEv: number }>(
        `SELECT first_ev AS firstEv, n, total, weighted FROM input_sums WHERE first_ev >= ? AND first_ev < ?`,
      )
      .all(low, low + EV_PER_RUN),
  );
  return new Map(rows.map(({ firstEv, ...sum }) => [firstEv, sum]));
}

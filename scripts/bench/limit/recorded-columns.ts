import type { Level } from "../../../src/core/events.ts";
import { qty } from "../../../src/core/units.ts";
import type { ModelInput } from "../replay-model.ts";
import type { RecordedRows } from "./recorded-rows.ts";

/** A run in memory, a number in each of four columns for every change and nothing but what the model takes. */
export interface RecordedColumns {
  readonly n: number;
  /** Place of the market; -1 for everything else. */
  readonly places: Int32Array;
  /** Price as it is stored, the side in its sign; of everything else the place in `others`. */
  readonly codes: Int32Array;
  readonly deltas: Float64Array;
  readonly times: Float64Array;
  readonly others: readonly ((input: ModelInput) => void)[];
}

export function loadColumns(rows: RecordedRows, most: number): RecordedColumns {
  const columns = {
    places: new Int32Array(most),
    codes: new Int32Array(most),
    deltas: new Float64Array(most),
    times: new Float64Array(most),
  };
  const others: ((input: ModelInput) => void)[] = [];
  let n = 0;
  const other = (say: (input: ModelInput) => void): void => {
    columns.places[n] = -1;
    columns.codes[n++] = others.push(say) - 1;
  };
  rows.replay({
    spot: (priceUsd) => other((input) => input.spot(priceUsd)),
    snapshot(place: number, yes: readonly Level[], no: readonly Level[], nowMs: number) {
      other((input) => input.snapshot(place, yes, no, nowMs));
    },
    delta(place, priceCode, delta, nowMs) {
      columns.places[n] = place;
      columns.codes[n] = priceCode;
      columns.deltas[n] = delta;
      columns.times[n++] = nowMs;
    },
  });
  return { ...columns, n, others };
}

/** The whole run once more: what a sweep over parameters does for each of them. */
export function replayColumns(columns: RecordedColumns, input: ModelInput): void {
  const { codes, deltas, n, others, places, times } = columns;
  for (let at = 0; at < n; at++) {
    const place = places[at] ?? -1;
    const code = codes[at] ?? 0;
    if (place < 0) {
      others[code]?.(input);
      continue;
    }
    input.delta(place, code, qty(deltas[at] ?? 0), times[at] ?? 0);
  }
}

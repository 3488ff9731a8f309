import type { Happening } from "../world.ts";
import { indexText } from "./number-text.ts";

type IndexTick = Extract<Happening, { type: "index" }>;

const WINDOW = 60;
const QUARTER_S = 900;

/** Bodies of `cfbenchmarks_value` (kalshi.md §3.7), which need the values before the present one. */
export class IndexBodies {
  readonly #before = new Map<string, readonly number[]>();

  /** Body for one tick; call it once per tick, whether anybody listens or not. */
  next(tick: IndexTick): string {
    const { indexId, atMs, last60 } = tick;
    const tickMs = Math.floor(atMs / 1000) * 1000;
    // The rolling average leaves the present value out, so the sixty values up to the tick before are kept.
    const before = this.#before.get(indexId) ?? last60.slice(0, -1);
    this.#before.set(indexId, last60.slice(-WINDOW));
    const value = indexText(tick.value);
    const data = `{\\"type\\":\\"value\\",\\"id\\":\\"${indexId}\\",\\"time\\":${tickMs},\\"value\\":\\"${value}\\"}`;
    return `{"index_id":"${indexId}","received_at":${atMs},"data":"${data}"${rolling(before, tickMs)}${settling(last60, tickMs)}}`;
  }
}

function rolling(values: readonly number[], tickMs: number): string {
  if (values.length === 0) return "";
  return `,"avg_60s_data":{"value":"${meanText(values)}","window_size":${values.length},"window_start_ts_ms":${tickMs - WINDOW * 1000},"window_end_ts_exclusive":${tickMs}}`;
}

// Only the last minute of a quarter hour has it; with the sixtieth value it is the settlement value before rounding.
function settling(last60: readonly number[], tickMs: number): string {
  const intoQuarter = (tickMs / 1000) % QUARTER_S;
  const size = intoQuarter === 0 ? WINDOW : intoQuarter - (QUARTER_S - WINDOW);
  if (size < 1) return "";
  const values = last60.slice(-size);
  return `,"last_60s_windowed_average_15min":{"value":"${meanText(values)}","window_size":${values.length}}`;
}

function meanText(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(8);
}

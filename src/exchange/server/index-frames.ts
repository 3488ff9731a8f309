import type { Happening } from "../world.ts";
import { indexText } from "./number-text.ts";

type IndexTick = Extract<Happening, { type: "index" }>;

const WINDOW = 60;
const WINDOW_MS = WINDOW * 1000;
const QUARTER_S = 900;
const BEAT_MS = 200;
const BEATS = 5;

/** Bodies of `cfbenchmarks_value` (kalshi.md §3.7), which need the values before the present one. */
export class IndexBodies {
  readonly #before = new Map<string, readonly number[]>();

  /** Body for one tick; call it once per tick, whether anybody listens or not. */
  next(tick: IndexTick): string {
    const { indexId, atMs, last60, value } = tick;
    const tickMs = wholeSecond(atMs);
    // The rolling average leaves the present value out, so the sixty values up to the tick before are kept.
    const before = this.#before.get(indexId) ?? last60.slice(0, -1);
    this.#before.set(indexId, last60.slice(-WINDOW));
    const data = upstreamText(indexId, tickMs, value);
    return `{"index_id":"${indexId}","received_at":${atMs},"data":"${data}"${rolling(before, value, tickMs)}${settling(last60, tickMs)}}`;
  }
}

/** The frame of CF Benchmarks, as a JSON string within JSON. */
function upstreamText(indexId: string, atMs: number, value: number): string {
  return `{\\"type\\":\\"value\\",\\"id\\":\\"${indexId}\\",\\"time\\":${atMs},\\"value\\":\\"${indexText(value)}\\"}`;
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

// With nothing before it the average falls back to the present value, and counts none.
function rolling(before: readonly number[], value: number, tickMs: number): string {
  const mean = meanText(before.length === 0 ? [value] : before);
  return `,"avg_60s_data":{"value":"${mean}","window_size":${before.length},"window_start_ts_ms":${tickMs - WINDOW_MS},"window_end_ts_exclusive":${tickMs}}`;
}

// Only the last minute of a quarter hour has it; with the sixtieth value it is the settlement value before rounding.
function settling(last60: readonly number[], tickMs: number): string {
  const intoQuarter = (tickMs / 1000) % QUARTER_S;
  const size = intoQuarter === 0 ? WINDOW : intoQuarter - (QUARTER_S - WINDOW);
  if (size < 1) return "";
  const values = last60.slice(-size);
  const startMs = tickMs - size * 1000;
  return `,"last_60s_windowed_average_15min":{"value":"${meanText(values)}","window_size":${values.length},"window_start_ts_ms":${startMs},"window_end_ts_exclusive":${tickMs}}`;
}

function meanText(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(8);
}

interface Beat {
  readonly atMs: number;
  readonly indexId: string;
  readonly body: string;
}

/**
 * Bodies of `cfbenchmarks_value_5hz`: five a second, without averages. The world's index moves once a second, so the
 * four between two prints repeat the older one under their own source time.
 */
export class FastIndexBodies {
  #due: readonly Beat[] = [];

  /** Takes a tick and plans the five frames of its second, the first of them now. */
  plan(tick: IndexTick): void {
    const { indexId, atMs, value } = tick;
    const tickMs = wholeSecond(atMs);
    const beats = Array.from({ length: BEATS }, (_, beat) => {
      const sourceMs = tickMs + beat * BEAT_MS;
      const receivedMs = atMs + beat * BEAT_MS;
      const data = upstreamText(indexId, sourceMs, value);
      const body = `{"index_id":"${indexId}","value_usd":"${value.toFixed(8)}","source_ts_ms":${sourceMs},"received_at":${receivedMs},"data":"${data}"}`;
      return { atMs: receivedMs, indexId, body };
    });
    // What the next print overtakes is not sent any more: source times only ever rise.
    const others = this.#due.filter((beat) => beat.indexId !== indexId);
    this.#due = [...others, ...beats].toSorted((a, b) => a.atMs - b.atMs);
  }

  get nextMs(): number {
    return this.#due[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** What is due by now, in order. */
  take(nowMs: number): readonly Beat[] {
    const due = this.#due.filter(({ atMs }) => atMs <= nowMs);
    this.#due = this.#due.filter(({ atMs }) => atMs > nowMs);
    return due;
  }
}

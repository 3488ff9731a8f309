import type { WorldCandle } from "../world.ts";

interface OpenCandle {
  readonly startS: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

const KEEP_MINUTES = 30 * 60;

/** One-minute candles of one product, the last thirty hours. */
export class CandleStore {
  readonly #minutes: OpenCandle[] = [];

  add(atMs: number, price: number, volume: number): void {
    const startS = Math.floor(atMs / 60_000) * 60;
    const last = this.#minutes.at(-1);
    if (last === undefined || last.startS !== startS) {
      const fresh = { startS, open: price, high: price, low: price, close: price, volume };
      this.#minutes.push(fresh);
      if (this.#minutes.length > KEEP_MINUTES + 60) this.#minutes.splice(0, 60);
      return;
    }
    last.high = Math.max(last.high, price);
    last.low = Math.min(last.low, price);
    last.close = price;
    last.volume += volume;
  }

  /** Closed candles with `startS` in [fromS, toS); none when the granularity is not whole minutes. */
  read(
    range: { readonly fromS: number; readonly toS: number; readonly granularityS: number },
    nowMs: number,
  ): WorldCandle[] {
    const { fromS, toS, granularityS } = range;
    const out: OpenCandle[] = [];
    if (granularityS <= 0 || granularityS % 60 !== 0) return out;
    for (const minute of this.#minutes) {
      const startS = Math.floor(minute.startS / granularityS) * granularityS;
      if (startS < fromS || startS >= toS || (startS + granularityS) * 1000 > nowMs) continue;
      const last = out.at(-1);
      if (last === undefined || last.startS !== startS) out.push({ ...minute, startS });
      else merge(last, minute);
    }
    return out;
  }
}

function merge(into: OpenCandle, minute: OpenCandle): void {
  into.high = Math.max(into.high, minute.high);
  into.low = Math.min(into.low, minute.low);
  into.close = minute.close;
  into.volume += minute.volume;
}

/** One candle of a venue's product; prices and volumes in the venue's integer units. */
export interface VenueCandle {
  readonly startS: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** Price × volume, in units of both. */
  turnover: number;
  /** Volume and turnover of buyers who crossed the spread. */
  takerVolume: number;
  takerTurnover: number;
  trades: number;
}

const KEEP_MINUTES = 30 * 60;
const MINUTE_S = 60;
const DAY_S = 86_400;

/** One-minute candles of one product, the last thirty hours, and any multiple of a minute made of them. */
export class VenueCandles {
  readonly #minutes: VenueCandle[] = [];
  /** The closed minutes of the last 24 hours, summed once a minute. */
  #closed: { readonly minuteS: number; readonly sum: VenueCandle | null } | null = null;

  add(
    atMs: number,
    trade: { readonly price: number; readonly size: number; isBuy: boolean },
  ): void {
    const { price, size } = trade;
    const startS = Math.floor(atMs / 60_000) * MINUTE_S;
    let minute = this.#minutes.at(-1);
    if (minute === undefined || minute.startS !== startS) {
      minute = empty(startS, price);
      this.#minutes.push(minute);
      if (this.#minutes.length > KEEP_MINUTES + 60) this.#minutes.splice(0, 60);
    }
    minute.high = Math.max(minute.high, price);
    minute.low = Math.min(minute.low, price);
    minute.close = price;
    minute.volume += size;
    minute.turnover += size * price;
    minute.trades++;
    if (!trade.isBuy) return;
    minute.takerVolume += size;
    minute.takerTurnover += size * price;
  }

  /** A whole minute of the time before anybody traded here. */
  addMinute(minute: VenueCandle): void {
    this.#minutes.push(minute);
  }

  /**
   * Candles with `startS` in [fromS, toS), ascending, the running one included; minutes without trades are missing. None
   * when the granularity is not whole minutes.
   */
  read(fromS: number, toS: number, granularityS: number): VenueCandle[] {
    const out: VenueCandle[] = [];
    if (granularityS <= 0 || granularityS % MINUTE_S !== 0) return out;
    for (const minute of this.#minutes) {
      const startS = Math.floor(minute.startS / granularityS) * granularityS;
      if (startS < fromS || startS >= toS) continue;
      const last = out.at(-1);
      if (last === undefined || last.startS !== startS) out.push({ ...minute, startS });
      else merge(last, minute);
    }
    return out;
  }

  /** The last 24 hours as one candle; null when nobody traded. */
  day(nowMs: number): VenueCandle | null {
    const minuteS = Math.floor(nowMs / 60_000) * MINUTE_S;
    if (this.#closed?.minuteS !== minuteS) {
      const sum = sumOf(this.#minutes, minuteS - DAY_S, minuteS);
      this.#closed = { minuteS, sum };
    }
    const { sum } = this.#closed;
    const running = this.#minutes.at(-1);
    if (running === undefined || running.startS !== minuteS) return sum;
    if (sum === null) return running;
    const day = { ...sum };
    merge(day, running);
    return day;
  }

  /** `read` with a flat candle of no volume wherever nobody traded, up to and including the one at `toS`. */
  readFlat(fromS: number, toS: number, granularityS: number): VenueCandle[] {
    const out: VenueCandle[] = [];
    for (const candle of this.read(fromS, toS + 1, granularityS)) {
      fillFlat(out, candle.startS, granularityS);
      out.push(candle);
    }
    fillFlat(out, toS + 1, granularityS);
    return out;
  }
}

function sumOf(minutes: readonly VenueCandle[], fromS: number, toS: number): VenueCandle | null {
  let sum: VenueCandle | null = null;
  for (const minute of minutes) {
    if (minute.startS < fromS || minute.startS >= toS) continue;
    if (sum === null) sum = { ...minute };
    else merge(sum, minute);
  }
  return sum;
}

function fillFlat(candles: VenueCandle[], beforeS: number, granularityS: number): void {
  for (let last = candles.at(-1); last !== undefined; last = candles.at(-1)) {
    const startS = last.startS + granularityS;
    if (startS >= beforeS) return;
    candles.push(empty(startS, last.close));
  }
}

function empty(startS: number, price: number): VenueCandle {
  return {
    startS,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    turnover: 0,
    takerVolume: 0,
    takerTurnover: 0,
    trades: 0,
  };
}

function merge(into: VenueCandle, minute: VenueCandle): void {
  into.high = Math.max(into.high, minute.high);
  into.low = Math.min(into.low, minute.low);
  into.close = minute.close;
  into.volume += minute.volume;
  into.turnover += minute.turnover;
  into.takerVolume += minute.takerVolume;
  into.takerTurnover += minute.takerTurnover;
  into.trades += minute.trades;
}

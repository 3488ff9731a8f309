// Reads a delta frame byte by byte, without a string or an object. Whatever is not exactly as expected is left to
// JSON.parse, so that being fast costs no correctness.

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN = 123;
const CLOSE = 125;
/** `{"type":"orderbook_` is this long, and only a delta goes on with a `d`. */
const TYPE_AT = 19;
const LETTER_D = 100;

/** The fields of the newest delta that was read; one object for all of them. */
export interface ScannedDelta {
  sid: number;
  seq: number;
  /** Place of the market among the tickers the scanner was made with. */
  market: number;
  isYes: boolean;
  price: number;
  delta: number;
  exchangeMs: number;
}

export class DeltaScanner {
  readonly found: ScannedDelta = {
    sid: -1,
    seq: -1,
    market: -1,
    isYes: false,
    price: -1,
    delta: Number.NaN,
    exchangeMs: -1,
  };
  readonly #tickers: readonly Buffer[];
  readonly #places = new Map<number, number>();

  constructor(tickers: readonly string[]) {
    this.#tickers = tickers.map((ticker) => Buffer.from(ticker));
    for (const [place, ticker] of this.#tickers.entries()) {
      this.#places.set(hashOf(ticker, 0, ticker.length), place);
    }
  }

  /** True when the frame was a delta and `found` holds it. */
  scan(bytes: Buffer): boolean {
    if (bytes[TYPE_AT] !== LETTER_D) return false;
    const { found } = this;
    found.sid = found.seq = found.market = found.price = found.exchangeMs = -1;
    found.delta = Number.NaN;
    const isRead = this.#walk(bytes);
    return (
      isRead && found.seq > 0 && found.market >= 0 && found.price > 0 && !Number.isNaN(found.delta)
    );
  }

  /** Visits every field; false at anything unexpected. */
  #walk(bytes: Buffer): boolean {
    const end = bytes.length;
    let at = 1;
    while (at < end) {
      const code = bytes[at];
      if (code === CLOSE || code === COMMA || code === OPEN) {
        at++;
        continue;
      }
      if (code !== QUOTE) return false;
      const keyEnd = endOfText(bytes, at + 1);
      if (bytes[keyEnd + 1] !== COLON) return false;
      const valueAt = keyEnd + 2;
      if (bytes[valueAt] === QUOTE) {
        const valueEnd = endOfText(bytes, valueAt + 1);
        this.#text(bytes, [at + 1, keyEnd - at - 1], [valueAt + 1, valueEnd]);
        at = valueEnd + 1;
      } else if (bytes[valueAt] === OPEN) {
        at = valueAt + 1;
      } else {
        at = this.#number(bytes, [at + 1, keyEnd - at - 1], valueAt);
      }
    }
    return true;
  }

  #text(
    bytes: Buffer,
    [key, length]: readonly [number, number],
    [from, to]: readonly [number, number],
  ): void {
    const { found } = this;
    if (length === 13 && bytes[key] === 109) found.market = this.#placeOf(bytes, from, to);
    else if (length === 13 && bytes[key] === 112) found.price = decimal(bytes, [from, to], 4);
    else if (length === 8 && bytes[key] === 100) found.delta = decimal(bytes, [from, to], 2);
    else if (length === 4 && bytes[key] === 115) found.isYes = to - from === 3;
  }

  #number(bytes: Buffer, [key, length]: readonly [number, number], from: number): number {
    let value = 0;
    let at = from;
    for (; ; at++) {
      const code = bytes[at] ?? 0;
      if (code < ZERO || code > NINE) break;
      value = value * 10 + (code - ZERO);
    }
    const { found } = this;
    if (length === 5 && bytes[key] === 116) found.exchangeMs = value;
    else if (length === 3 && bytes[key + 1] === 105) found.sid = value;
    else if (length === 3 && bytes[key + 1] === 101) found.seq = value;
    return at;
  }

  #placeOf(bytes: Buffer, from: number, to: number): number {
    const place = this.#places.get(hashOf(bytes, from, to));
    const ticker = place === undefined ? undefined : this.#tickers[place];
    if (place === undefined || ticker?.length !== to - from) return -1;
    for (let at = from; at < to; at++) if (bytes[at] !== ticker[at - from]) return -1;
    return place;
  }
}

function endOfText(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE) at++;
  return at;
}

function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = to - from;
  for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

/** A decimal as an integer of its last place; NaN when it has another number of places than `scale`. */
function decimal(bytes: Buffer, [from, to]: readonly [number, number], scale: number): number {
  const isNegative = bytes[from] === MINUS;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    const code = bytes[at] ?? 0;
    if (code === DOT && to - at - 1 === scale) continue;
    if (code < ZERO || code > NINE) return Number.NaN;
    value = value * 10 + (code - ZERO);
  }
  return isNegative ? -value : value;
}

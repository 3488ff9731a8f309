import type { BookDelta } from "../../core/events.ts";
import { internalized } from "../../core/internalized.ts";
import { type Ms, PRICE_ONE, price, qty } from "../../core/units.ts";

// Changes of books are nearly all that the exchange sends, in always the same form, and a string of the frame with an
// object of JSON.parse is most of what one costs. So that form is read from the bytes, and whatever differs from it by a
// character (another key, another order of them, another spelling of a number) is left to the JSON decoder: a frame that
// cannot be read is never judged here. The form, as recorded word for word in August 2026 (kalshi.md §3.4):
// {"type":"orderbook_delta","sid":1,"seq":24,"msg":{"market_ticker":"…","market_id":"…","price_dollars":"0.4300",
// "delta_fp":"-100.00","side":"yes","ts":"…","ts_ms":1786085188978}} and perhaps a line break.

const HEAD = wordOf('{"type":"orderbook_delta","sid":');
const SEQ = wordOf(',"seq":');
const TICKER = wordOf(',"msg":{"market_ticker":"');
const ID = wordOf('","market_id":"');
const PRICE = wordOf('","price_dollars":"');
const SIZE = wordOf('","delta_fp":"');
const YES = wordOf('","side":"yes","ts":"');
const NO = wordOf('","side":"no","ts":"');
/** Where the two differ first. */
const SIDE_AT = 10;
const TS_MS = wordOf('","ts_ms":');
const END = wordOf("}}");

/**
 * Bytes that are compared as one double. Equal doubles have equal bytes here: what is expected is ASCII, and so never one of
 * the zeros, which are equal without being the same, nor anything that is no number, which does not equal itself.
 */
const EIGHT = 8;

const LINE_BREAK = 10;
const QUOTE = 34;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const LETTER_Y = 121;
/** More digits than these may not be a safe integer any more. */
const DIGITS_MAX = 15;
/** Places for markets; of two that want the same one the newer stays, so weeks of markets keep no more than these. */
const MARKETS_MAX = 2048;

/** 1 for each byte that means itself in a text of JSON: no quote, no escape, no part of a longer UTF-8 sequence. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 32 && code < 127 && code !== QUOTE && code !== 92 ? 1 : 0,
);

/** Bytes that are expected somewhere. */
interface Word {
  readonly view: DataView<ArrayBuffer>;
  readonly length: number;
}

/** What one market has in each of its frames: its ticker and id, with all that stands between the ticker and the price. */
interface Market extends Word {
  readonly ticker: string;
}

const NOTHING = new DataView(new ArrayBuffer(0));
/** Bytes from a ticker on by which its market finds its place: all of the ticker, and no more than each frame has. */
const PLACE_BYTES = 48;
/** The first of them are the series and the day, which many have in common. */
const PLACE_FROM = 16;

/** Reads frames of `orderbook_delta` from their bytes. */
export class DeltaScanner {
  // Market and id are compared as a whole with what they were before, and the ticker is one and the same string each time.
  readonly #markets: (Market | undefined)[] = Array.from({ length: MARKETS_MAX }, () => undefined);
  /** The memory that the newest frame is a part of, seen in such a way that eight bytes can be compared at once. */
  #memory: DataView = NOTHING;
  // Places in that memory: asking a view for its own offset and length costs as much as comparing eight bytes.
  #at = 0;
  #frameEnd = 0;
  /** How the newest time began: date, hour and minute are those of the frame before, nearly always. */
  #dateBytes = Number.NaN;
  #hourBytes = Number.NaN;
  /** Something was not as it always is: the frame is none of ours. */
  #isOdd = false;

  /** A change of a book in the usual form, as `decode` would give it; null for anything else, which then needs `decode`. */
  scan(bytes: Uint8Array, recvMs: Ms): BookDelta | null {
    const { buffer, byteOffset } = bytes;
    if (buffer !== this.#memory.buffer) this.#memory = new DataView(buffer);
    this.#at = byteOffset;
    this.#frameEnd = byteOffset + bytes.length;
    this.#isOdd = false;
    this.#expect(HEAD);
    // Nothing else of the exchange's gets as far as this.
    if (this.#isOdd) return null;
    const sid = this.#count();
    this.#expect(SEQ);
    const seq = this.#count();
    this.#expect(TICKER);
    const ticker = this.#market();
    const level = this.#decimal(4);
    this.#expect(SIZE);
    const delta = this.#decimal(2);
    const side = this.#byteAt(this.#at + SIDE_AT) === LETTER_Y ? "yes" : "no";
    this.#expect(side === "yes" ? YES : NO);
    this.#skipTime();
    this.#expect(TS_MS);
    const exchangeMs = this.#count();
    this.#expect(END);
    this.#end();
    // A price that can rest in a book lies strictly between $0 and $1.
    if (this.#isOdd || ticker === "" || !(level > 0 && level < PRICE_ONE)) return null;
    return {
      type: "delta",
      ticker,
      sid,
      seq,
      side,
      price: price(level),
      delta: qty(delta),
      exchangeMs,
      recvMs,
    };
  }

  /** 0 behind the end, where no byte of a frame is. */
  #byteAt(at: number): number {
    return at < this.#frameEnd ? this.#memory.getUint8(at) : 0;
  }

  #expect(word: Word): void {
    if (this.#isAt(word)) this.#at += word.length;
    else this.#isOdd = true;
  }

  /** Compares eight bytes at once, the last eight of a word also where they overlap the ones before. */
  #isAt({ length, view }: Word): boolean {
    const memory = this.#memory;
    const from = this.#at;
    if (from + length > this.#frameEnd) return false;
    if (length < EIGHT) {
      for (let at = 0; at < length; at++) {
        if (memory.getUint8(from + at) !== view.getUint8(at)) return false;
      }
      return true;
    }
    const last = length - EIGHT;
    for (let at = 0; at < last; at += EIGHT) {
      if (memory.getFloat64(from + at, true) !== view.getFloat64(at, true)) return false;
    }
    return memory.getFloat64(from + last, true) === view.getFloat64(last, true);
  }

  /** Goes past everything from the ticker to the price. */
  #market(): string {
    const memory = this.#memory;
    const from = this.#at;
    if (from + PLACE_BYTES > this.#frameEnd) {
      this.#isOdd = true;
      return "";
    }
    let hash = 0;
    for (let at = PLACE_FROM; at < PLACE_BYTES; at += 4) {
      hash = (Math.imul(hash, 31) + memory.getInt32(from + at, true)) | 0;
    }
    hash ^= hash >>> 16;
    const place = (hash ^ (hash >>> 8)) & (MARKETS_MAX - 1);
    const known = this.#markets[place];
    if (known !== undefined && this.#isAt(known)) {
      this.#at += known.length;
      return known.ticker;
    }
    return this.#newMarket(place);
  }

  #newMarket(place: number): string {
    const from = this.#at;
    this.#skipText();
    const end = this.#at;
    this.#expect(ID);
    this.#skipText();
    this.#expect(PRICE);
    if (this.#isOdd) return "";
    // Copies: the frame is a view of what the socket read, and would keep all of that alive.
    const { buffer, length } = Uint8Array.from(
      new Uint8Array(this.#memory.buffer, from, this.#at - from),
    );
    const ticker = internalized(Buffer.from(buffer, 0, end - from).toString("latin1"));
    this.#markets[place] = { view: new DataView(buffer), length, ticker };
    return ticker;
  }

  #skipTime(): void {
    const memory = this.#memory;
    const from = this.#at;
    if (from + 2 * EIGHT > this.#frameEnd) {
      this.#isOdd = true;
      return;
    }
    const date = memory.getFloat64(from, true);
    const hour = memory.getFloat64(from + EIGHT, true);
    if (date === this.#dateBytes && hour === this.#hourBytes) this.#at = from + 2 * EIGHT;
    this.#skipText();
    // Only what has been looked at byte by byte is known to be text.
    if (this.#at < from + 2 * EIGHT) return;
    this.#dateBytes = date;
    this.#hourBytes = hour;
  }

  #skipText(): void {
    const memory = this.#memory;
    const end = this.#frameEnd;
    let at = this.#at;
    while (at < end && IS_PLAIN[memory.getUint8(at)] === 1) at++;
    this.#at = at;
  }

  /** A count as JSON writes it: digits, no leading zero, no more of them than are exact. */
  #count(): number {
    const memory = this.#memory;
    const end = this.#frameEnd;
    const from = this.#at;
    let at = from;
    let value = 0;
    for (; at < end; at++) {
      const code = memory.getUint8(at);
      if (code < ZERO || code > NINE) break;
      value = value * 10 + (code - ZERO);
    }
    const digits = at - from;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && memory.getUint8(from) === ZERO)) {
      this.#isOdd = true;
    }
    this.#at = at;
    return value;
  }

  /** A decimal with exactly so many places, as an integer of the last of them. */
  #decimal(places: number): number {
    const memory = this.#memory;
    const end = this.#frameEnd;
    const isNegative = this.#byteAt(this.#at) === MINUS;
    const from = isNegative ? this.#at + 1 : this.#at;
    let at = from;
    let dotAt = -1;
    let value = 0;
    for (; at < end; at++) {
      const code = memory.getUint8(at);
      if (code === DOT && dotAt < 0) dotAt = at;
      else if (code < ZERO || code > NINE) break;
      else value = value * 10 + (code - ZERO);
    }
    if (dotAt <= from || at - dotAt - 1 !== places || at - from > DIGITS_MAX) this.#isOdd = true;
    this.#at = at;
    // Not `-value`, which makes a minus nothing.
    return isNegative ? 0 - value : value;
  }

  #end(): void {
    const rest = this.#frameEnd - this.#at;
    if (rest === 0 || (rest === 1 && this.#byteAt(this.#at) === LINE_BREAK)) return;
    this.#isOdd = true;
  }
}

function wordOf(text: string): Word {
  const { buffer, length } = Uint8Array.from(Buffer.from(text, "latin1"));
  return { view: new DataView(buffer), length };
}

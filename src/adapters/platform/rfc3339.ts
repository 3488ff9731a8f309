import type { Ms } from "../../core/units.ts";

const SHAPE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-]\d\d):(\d\d))$/;

// The day that was read last and its midnight. Nearly every stamp is of the same day as the one before, and the pattern
// and the calendar cost a microsecond, as much as the JSON of the frame around it.
let knownDay = "none";
let knownMidnight = 0;

/**
 * RFC 3339 text as epoch milliseconds, rounded down; undefined when it is none. Exchanges trim trailing zeros and send up
 * to nine digits of fraction, so any number of digits is read (kalshi.md §7).
 */
export function parseRfc3339(text: string): Ms | undefined {
  if (text.startsWith(knownDay)) {
    const ms = timeOfDay(text);
    if (ms >= 0) return knownMidnight + ms;
  }
  return parseAny(text);
}

const ZERO = 48;
const DOT = 46;
const COLON = 58;
const LETTER_T = 84;
const LETTER_Z = 90;

/** Milliseconds after midnight of `…Thh:mm:ss[.fff…]Z`; NaN when it is written in any other way. */
function timeOfDay(text: string): number {
  const end = text.length - 1;
  if (text.charCodeAt(10) !== LETTER_T || text.charCodeAt(end) !== LETTER_Z) return Number.NaN;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return Number.NaN;
  const hours = digitsAt(text, 11, 2);
  const minutes = digitsAt(text, 14, 2);
  const seconds = digitsAt(text, 17, 2);
  if (!(hours < 24 && minutes < 60 && seconds < 60)) return Number.NaN;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction(text, end);
}

/** Milliseconds of the digits between the seconds and the end; NaN when there is anything else. */
function fraction(text: string, end: number): number {
  if (end === 19) return 0;
  const count = end - 20;
  if (text.charCodeAt(19) !== DOT || count < 1 || Number.isNaN(digitsAt(text, 20, count))) {
    return Number.NaN;
  }
  const digits = Math.min(3, count);
  return digitsAt(text, 20, digits) * 10 ** (3 - digits);
}

function digitsAt(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function parseAny(text: string): Ms | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const part = (at: number): number => Number(match[at] ?? 0);
  const month = part(2) - 1;
  const day = part(3);
  if (part(4) > 23 || part(5) > 59 || part(6) > 60) return undefined;
  const midnight = Date.UTC(part(1), month, day);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  knownDay = text.slice(0, 10);
  knownMidnight = midnight;
  const ms = Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const sign = match[8]?.startsWith("-") === true ? -1 : 1;
  const offset = sign * (Math.abs(part(8)) * 60 + part(9));
  return midnight + ((part(4) * 60 + part(5) - offset) * 60 + part(6)) * 1000 + ms;
}

/** An HTTP `Date` header as epoch milliseconds; undefined when it is none. */
export function parseHttpDate(text: string): Ms | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

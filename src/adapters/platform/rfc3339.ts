import type { Ms } from "../../core/units.ts";

const SHAPE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-]\d\d):(\d\d))$/;

/**
 * RFC 3339 text as epoch milliseconds, rounded down; undefined when it is none. Exchanges trim trailing zeros and send up
 * to nine digits of fraction, so any number of digits is read (kalshi.md §7).
 */
export function parseRfc3339(text: string): Ms | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const part = (at: number): number => Number(match[at] ?? 0);
  const month = part(2) - 1;
  const day = part(3);
  if (part(4) > 23 || part(5) > 59 || part(6) > 60) return undefined;
  const midnight = Date.UTC(part(1), month, day);
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
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

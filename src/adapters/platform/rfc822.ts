import { fromZonedTime } from "date-fns-tz";
import type { Ms } from "../../core/units.ts";

const SHAPE =
  /^(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\.?\s+(\d{4}|\d{2})\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([A-Za-z]{1,5}|[+-]\d{4}|[+-]\d\d:\d\d)?$/;

const MONTHS: ReadonlyMap<string, number> = new Map(
  ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].map(
    (name, month) => [name, month],
  ),
);

const OFFSET_HOURS: ReadonlyMap<string, number> = new Map([
  ["Z", 0],
  ["UT", 0],
  ["UTC", 0],
  ["GMT", 0],
  ["EST", -5],
  ["EDT", -4],
  ["CST", -6],
  ["CDT", -5],
  ["MST", -7],
  ["MDT", -6],
  ["PST", -8],
  ["PDT", -7],
]);

// "ET" is no zone of RFC 822, but newsrooms write it: summer or winter as the date says.
const ZONES: ReadonlyMap<string, string> = new Map([
  ["ET", "America/New_York"],
  ["CT", "America/Chicago"],
  ["MT", "America/Denver"],
  ["PT", "America/Los_Angeles"],
]);

/** `Tue, 19 Aug 2026 12:34:56 GMT` as epoch milliseconds; undefined when it is none, or its zone is unknown. */
export function parseRfc822(text: string): Ms | undefined {
  const match = SHAPE.exec(text.trim().slice(0, 80));
  if (match === null) return undefined;
  const part = (at: number): number => Number(match[at] ?? 0);
  const month = MONTHS.get((match[2] ?? "").toLowerCase());
  if (month === undefined || part(4) > 23 || part(5) > 59) return undefined;
  const midnight = Date.UTC(fullYear(match[3] ?? ""), month, part(1));
  if (new Date(midnight).getUTCDate() !== part(1)) return undefined;
  const seconds = (part(4) * 60 + part(5)) * 60 + part(6);
  return inZone(midnight + seconds * 1000, match[7] ?? "UT");
}

/** RFC 2822 §4.3: years of two digits below 50 are of this century. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 50 ? 2000 + year : 1900 + year;
}

function inZone(localMs: Ms, zone: string): Ms | undefined {
  const name = zone.toUpperCase();
  const hours = OFFSET_HOURS.get(name);
  if (hours !== undefined) return localMs - hours * 3_600_000;
  const place = ZONES.get(name);
  if (place !== undefined) {
    return fromZonedTime(new Date(localMs).toISOString().slice(0, -1), place).getTime();
  }
  const [, sign, hh, mm] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  const offsetMs = (Number(hh) * 60 + Number(mm)) * 60_000;
  return sign === "-" ? localMs + offsetMs : localMs - offsetMs;
}

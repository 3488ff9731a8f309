import type { Ms } from "./units.ts";

/** A day of UTC. */
export const DAY_MS = 86_400_000;
const two = (value: number): string => String(value).padStart(2, "0");

/**
 * Epoch milliseconds as ISO-8601 UTC with milliseconds, years 1970 to 9999. Arithmetic on the civil calendar (Howard
 * Hinnant's days algorithm), because core may not ask `Date`.
 */
export function isoTime(ms: Ms): string {
  const day = Math.floor(ms / DAY_MS);
  const { year, month, dayOfMonth } = civil(day);
  const inDay = ms - day * DAY_MS;
  const seconds = Math.floor(inDay / 1000);
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    two(Math.floor(part)),
  );
  const millis = String(Math.floor(inDay % 1000)).padStart(3, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(dayOfMonth)}T${clock.join(":")}.${millis}Z`;
}

/** `11-02 14:05:30` of an epoch time, UTC: what a table of recent events needs. */
export function shortTime(ms: Ms): string {
  const iso = isoTime(ms);
  return `${iso.slice(5, 10)} ${iso.slice(11, 19)}`;
}

function civil(daysSince1970: number): { year: number; month: number; dayOfMonth: number } {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: ofYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

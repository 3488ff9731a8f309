// Thursdays 03:00–05:00 in New York nothing trades (kalshi.md §4.5).

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_DAYS = 7;
const LENGTH_MS = 2 * HOUR_MS;

const NEW_YORK_HOUR = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  hourCycle: "h23",
  hour: "2-digit",
});

/** The pause that runs at `ms`, or else the next one. */
export function weeklyPause(ms: number): { readonly startMs: number; readonly endMs: number } {
  // Day 0 of the epoch was a Thursday, and 03:00 in New York is still Thursday in UTC.
  const week = Math.floor(ms / DAY_MS / WEEK_DAYS);
  const startMs = startOn(week);
  if (ms < startMs + LENGTH_MS) return { startMs, endMs: startMs + LENGTH_MS };
  const nextMs = startOn(week + 1);
  return { startMs: nextMs, endMs: nextMs + LENGTH_MS };
}

/** 07:00Z in summer, 08:00Z in winter: clocks change on Sundays, never within a Thursday. */
function startOn(week: number): number {
  const summerMs = week * WEEK_DAYS * DAY_MS + 7 * HOUR_MS;
  return NEW_YORK_HOUR.format(summerMs) === "03" ? summerMs : summerMs + HOUR_MS;
}

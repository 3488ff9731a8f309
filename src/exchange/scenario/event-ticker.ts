// Tickers carry the close time on New York's clock (kalshi.md §4.1). In the repeated hour of the autumn night two
// events share one ticker, which is why nobody may read a close time back out of it.

const NEW_YORK = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  hourCycle: "h23",
  year: "2-digit",
  month: "short",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  weekday: "short",
});

interface CloseParts {
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly weekday: string;
}

function closeParts(closeMs: number): CloseParts {
  const parts = new Map(NEW_YORK.formatToParts(closeMs).map((part) => [part.type, part.value]));
  const get = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  const day = `${get("year")}${get("month").toUpperCase()}${get("day")}`;
  return { day, hour: get("hour"), minute: get("minute"), weekday: get("weekday") };
}

/** What kind of ladder closes then: the 17:00 of New York belongs to the day, on Fridays to the week. */
export function ladderKindAt(closeMs: number): "hourly" | "daily" | "weekly" {
  const { hour, weekday } = closeParts(closeMs);
  if (hour !== "17") return "hourly";
  return weekday === "Fri" ? "weekly" : "daily";
}

/** `KXBTCD-26AUG1717`: the hourly event that closes then. */
export function hourlyEventTicker(series: string, closeMs: number): string {
  const { day, hour } = closeParts(closeMs);
  return `${series}-${day}${hour}`;
}

/** `KXBTC15M-26AUG170100`: the quarter-hour event that closes then. */
export function quarterEventTicker(series: string, closeMs: number): string {
  const { day, hour, minute } = closeParts(closeMs);
  return `${series}-${day}${hour}${minute}`;
}

/** `KXBTC15M-26AUG170100-00`: the one market of a quarter-hour event. */
export function quarterMarketTicker(series: string, closeMs: number): string {
  return `${quarterEventTicker(series, closeMs)}-${closeParts(closeMs).minute}`;
}

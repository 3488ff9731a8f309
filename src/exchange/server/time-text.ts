// Calendar text without Date: the exchange's time is given to it, and reading the machine's clock is banned here.

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;
const WEEKDAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// Howard Hinnant's civil_from_days.
function civilOf(days: number): Civil {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function clockText(msOfDay: number): string {
  const s = Math.floor(msOfDay / 1000);
  return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

interface Second {
  readonly date: string;
  readonly clock: string;
}

function secondOf(ms: number): Second {
  const days = Math.floor(ms / DAY_MS);
  const { year, month, day } = civilOf(days);
  return { date: `${year}-${two(month)}-${two(day)}`, clock: clockText(ms - days * DAY_MS) };
}

// The exchange trims trailing zeros of the fraction, and the dot with them.
function fractionText(ms: number): string {
  const rest = ((ms % 1000) + 1000) % 1000;
  if (rest === 0) return "";
  return `.${`${rest}`.padStart(3, "0").replace(/0+$/, "")}`;
}

let cachedSecond = Number.NaN;
let cachedText = "";

/** RFC 3339 UTC with trailing zeros of the fraction trimmed: `2026-06-11T06:29:47.42Z`, `…45:00Z`. */
export function utcText(ms: number): string {
  const second = Math.floor(ms / 1000);
  // Hundreds of deltas share a second; formatting the calendar once per second keeps it off the hot path.
  if (second !== cachedSecond) {
    const { date, clock } = secondOf(second * 1000);
    cachedSecond = second;
    cachedText = `${date}T${clock}`;
  }
  return `${cachedText}${fractionText(ms)}Z`;
}

/**
 * The same with microseconds, as order book frames carry them. The exchange's clock counts milliseconds, so the rest is
 * a fixed function of them: one millisecond has one text, and readers cannot count on three digits.
 */
export function microText(ms: number): string {
  if (ms === microMs) return microCache;
  const rest = ((ms % 1000) + 1000) % 1000;
  const micros = rest * 1000 + ((rest * 919) % 1000);
  const whole = utcText(ms - rest).slice(0, -1);
  const fraction = micros === 0 ? "" : `.${`${micros}`.padStart(6, "0").replace(/0+$/, "")}`;
  microMs = ms;
  microCache = `${whole}${fraction}Z`;
  return microCache;
}

let microMs = Number.NaN;
let microCache = "";

/** Go's `time.String()` with the monotonic reading of a server started `upMs` ago, as Coinbase heartbeats carry it. */
export function goTimeText(ms: number, upMs: number): string {
  const { date, clock } = secondOf(ms);
  return `${date} ${clock}${fractionText(ms)} +0000 UTC m=+${(upMs / 1000).toFixed(9)}`;
}

/** The HTTP `Date` header: clients measure their clock's error against it, so it must be the exchange's time. */
export function httpDateText(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const { year, month, day } = civilOf(days);
  const weekday = WEEKDAYS[((days % 7) + 7) % 7] ?? "";
  const name = MONTHS[month - 1] ?? "";
  return `${weekday}, ${two(day)} ${name} ${year} ${clockText(ms - days * DAY_MS)} GMT`;
}

const EASTERN = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  year: "numeric",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  timeZoneName: "short",
});

const easternTexts = new Map<number, { readonly date: string; readonly clock: string }>();

/** Date and clock in New York as market texts have them: `Aug 17, 2026` and `5 PM EDT`, `1:15 AM EDT`. */
export function easternText(ms: number): { readonly date: string; readonly clock: string } {
  const known = easternTexts.get(ms);
  if (known !== undefined) return known;
  const parts = new Map(EASTERN.formatToParts(ms).map((part) => [part.type, part.value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  const minute = part("minute") === "00" ? "" : `:${part("minute")}`;
  const text = {
    date: `${part("month")} ${part("day")}, ${part("year")}`,
    clock: `${part("hour")}${minute} ${part("dayPeriod")} ${part("timeZoneName")}`,
  };
  easternTexts.set(ms, text);
  return text;
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?Z$/;

// Howard Hinnant's days_from_civil: the exchange has no Date, because time is given to it and never read.
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + dayOfEra + dayOfYear - 719_468;
}

/** Midnight UTC of a calendar day, epoch milliseconds. */
export function utcDayMs(year: number, month: number, day: number): number {
  return daysFromCivil(year, month, day) * 86_400_000;
}

/** `"2026-05-11T12:30:00Z"` → epoch milliseconds; undefined when it is no UTC timestamp. */
export function parseUtcMs(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? "0");
  const clockS = part(4) * 3600 + part(5) * 60 + part(6);
  const fractionMs = Math.floor(Number(match[7] ?? "0") * 1000);
  return utcDayMs(part(1), part(2), part(3)) + clockS * 1000 + fractionMs;
}

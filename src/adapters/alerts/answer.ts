import type { Ms } from "../../core/units.ts";
import type { HttpResponse } from "../../ports.ts";

const PAUSE_MS = 5_000;
const PAUSE_MS_MAX = 3_600_000;
const QUOTED_MAX = 200;

/** The body as an object; empty for anything else, such as the HTML of a gate in front of the service. */
export function objectOf({ body }: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Seconds as milliseconds, rounded up; what is no number of seconds is the usual pause. */
export function pauseOf(seconds: unknown): Ms {
  const value = typeof seconds === "string" ? Number(seconds) : seconds;
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) return PAUSE_MS;
  return Math.min(PAUSE_MS_MAX, Math.ceil(value * 1000));
}

/** What the service said, short enough to be quoted. */
export function quoted(said: unknown, status: number): string {
  return typeof said === "string" && said !== "" ? said.slice(0, QUOTED_MAX) : `status ${status}`;
}

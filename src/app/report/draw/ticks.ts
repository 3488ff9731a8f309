import { DAY_MS, isoTime } from "../../../core/iso-time.ts";
import type { Ms } from "../../../core/units.ts";
import type { Domain } from "./scale.ts";

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** The domain out to whole steps, and a tick at each of them. */
export interface NiceAxis extends Domain {
  readonly step: number;
  readonly ticks: readonly Tick[];
}

/** Steps of 1, 2 or 5 times a power of ten, about as many as asked for. The label of a tick has the decimals of the step. */
export function niceAxis(
  { from, to }: Domain,
  count: number,
  label: (value: number, decimals: number) => string,
): NiceAxis {
  const { decimals, step } = niceStep((to - from) / count);
  // A hair of tolerance: 0.3 / 0.1 must not ask for a fourth step.
  const first = Math.floor(from / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(to / step - 1e-9));
  const at = (k: number): number => Number((k * step).toFixed(decimals));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => at(first + i));
  return {
    from: at(first),
    to: at(last),
    step,
    ticks: ticks.map((value) => ({ at: value, label: label(value, decimals) })),
  };
}

/** Whole powers of ten on an axis of decimal logarithms, which keeps its ends. */
export function powerAxis(
  { from, to }: Domain,
  most: number,
  label: (exponent: number) => string,
): NiceAxis {
  const step = Math.max(1, Math.ceil((to - from) / most));
  const first = Math.ceil(from / step);
  const length = Math.max(0, Math.floor(to / step) - first + 1);
  const ticks = Array.from({ length }, (_, i) => (first + i) * step);
  return { from, to, step, ticks: ticks.map((at) => ({ at, label: label(at) })) };
}

function niceStep(raw: number): { readonly step: number; readonly decimals: number } {
  const power = Math.floor(Math.log10(raw));
  const digit = raw / 10 ** power;
  const [factor, raised] = digit <= 1 ? [1, 0] : digit <= 2 ? [2, 0] : digit <= 5 ? [5, 0] : [1, 1];
  const decimals = Math.max(0, -(power + raised));
  return { step: Number((factor * 10 ** (power + raised)).toFixed(decimals)), decimals };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const TIME_STEPS_MS: readonly Ms[] = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 4, 7, 14, 28, 56, 91, 182, 365].map((days) => days * DAY_MS),
];

/** Whole UTC times within the domain, at most `most` of them; the day is named where it begins, and at the first. */
export function timeTicks({ from, to }: Domain, most: number): readonly Tick[] {
  const stepMs =
    TIME_STEPS_MS.find((step) => Math.floor(to / step) - Math.ceil(from / step) + 1 <= most) ??
    Math.ceil((to - from) / most / DAY_MS) * DAY_MS;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at <= to; at += stepMs) {
    ticks.push({
      at,
      label: timeLabel(at, stepMs < DAY_MS && at % DAY_MS !== 0 && ticks.length > 0),
    });
  }
  return ticks;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function timeLabel(atMs: Ms, isWithinDay: boolean): string {
  const time = isoTime(atMs).slice(11, 16);
  if (isWithinDay) return time;
  return atMs % DAY_MS === 0 ? dayText(atMs) : `${dayText(atMs)} ${time}`;
}

/** `2 Nov`, UTC. */
export function dayText(atMs: Ms): string {
  const iso = isoTime(atMs);
  return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ""}`;
}

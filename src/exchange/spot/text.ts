import { formatDecimal } from "../../core/units.ts";
import { SIZE_DIGITS } from "../scenario/venue-spec.ts";
import { utcText } from "../server/time-text.ts";

/** `0.50000000` → `0.5`, `83254.00` → `83254`. */
export function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A size in 1e-8 coins with all its digits. */
export function sizeText(units: number): string {
  return formatDecimal(units, SIZE_DIGITS);
}

/** RFC 3339 UTC with six digits of fraction. */
export function microText(ms: number, us: number): string {
  const whole = Math.floor(ms / 1000) * 1000;
  return `${utcText(whole).slice(0, -1)}.${three(ms - whole)}${three(us)}Z`;
}

/** RFC 3339 UTC with up to nine digits of fraction, trailing zeros left out, as Go writes it. */
export function nanoText(ms: number, ns: number): string {
  const whole = Math.floor(ms / 1000) * 1000;
  const fraction = `${three(ms - whole)}${`${ns}`.padStart(6, "0")}`.replace(/0+$/, "");
  const second = utcText(whole).slice(0, -1);
  return fraction === "" ? `${second}Z` : `${second}.${fraction}Z`;
}

/** Microseconds since the epoch as text: they pass 2^53 in no lifetime, but clients must not need to know. */
export function microStamp(ms: number, us: number): string {
  return `${ms}${three(us)}`;
}

function three(value: number): string {
  return `${value}`.padStart(3, "0");
}

/** Microseconds inside a millisecond, growing as long as the millisecond is the same. */
export class MicroClock {
  #ms = 0;
  #us = 0;

  next(ms: number): number {
    this.#us = ms === this.#ms ? Math.min(999, this.#us + 1) : (ms * 7919) % 500;
    this.#ms = ms;
    return this.#us;
  }
}

import { isoTime } from "../../core/iso-time.ts";
import type { Ms } from "../../core/units.ts";

// Numbers as the page writes them: a true minus, signs on differences, thin digits in columns of one width.

const MINUS = "−";

export function fixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const text = Math.abs(value).toFixed(decimals);
  const isNought = Number(text) === 0;
  return value < 0 && !isNought ? `${MINUS}${text}` : text;
}

export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

export function percent(share: number, decimals = 0): string {
  return Number.isFinite(share) ? `${fixed(share * 100, decimals)}\u202f%` : "n/a";
}

/** Whole numbers with a thin space between thousands. */
export function count(value: number): string {
  return fixed(value, 0).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `2026-11-02 14:05`, UTC. */
export function minute(atMs: Ms): string {
  return isoTime(atMs).slice(0, 16).replace("T", " ");
}

/** `3 d 4 h`, `4 h 05 min`, `12 min`, `40 s`. */
export function duration(lengthMs: Ms): string {
  const seconds = Math.round(lengthMs / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `−0.0012 to +0.0345`. */
export function range(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  decimals: number,
): string {
  return `${signed(lower, decimals)} to ${signed(upper, decimals)}`;
}

/** Dollars of one contract as `+3.4 ¢`. */
export function cents(amount: number, { isSigned = true } = {}): string {
  return `${isSigned ? signed(amount * 100, 1) : fixed(amount * 100, 1)}\u202f¢`;
}

/** Dollars of an account; `−$12.30`. */
export function dollars(amount: number): string {
  const text = `$${Math.abs(amount).toFixed(2)}`;
  return amount < 0 && text !== "$0.00" ? `${MINUS}${text}` : text;
}

/** A p-value; three digits are as much as resamples give. */
export function chance(p: number): string {
  return p < 0.001 ? "< 0.001" : fixed(p, 3);
}

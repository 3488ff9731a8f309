import type { Money, Qty } from "../core/units.ts";

// Numbers as `preview` writes them for people.

/** `0.041` dollars as `4.1c`. */
export function cents(dollars: number): string {
  const text = (dollars * 100).toFixed(1);
  return text === "-0.0" ? "0.0c" : `${text}c`;
}

/** `"0.5230"` as `52.3c`. */
export function centPrice(price: string | null): string {
  return price === null ? "-" : `${Number((Number(price) * 100).toFixed(2))}c`;
}

/** Micro-dollars as `$7.13`, rounded up: it is what something may cost. */
export function usd(money: Money): string {
  return `$${(Math.ceil(money / 10_000) / 100).toFixed(2)}`;
}

/** Whole contracts; of less than one its hundredths. */
export function contracts(qty: Qty): string {
  return countText(qty / 100);
}

/** `950`, `1.2k`, `3.4m`: never more than is there. */
export function shortCount(count: number): string {
  if (count < 1000) return countText(count);
  const [scale, unit] = count < 1e6 ? [1000, "k"] : [1e6, "m"];
  const scaled = count / scale;
  return scaled < 10 ? `${Math.floor(scaled * 10) / 10}${unit}` : `${Math.floor(scaled)}${unit}`;
}

/** `11m30s`, `1h02m`; nothing is less than `0m00s`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes < 100) return `${minutes}m${two(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

const two = (value: number): string => String(value).padStart(2, "0");

function countText(count: number): string {
  return count >= 1 || count === 0 ? String(Math.floor(count)) : count.toFixed(2);
}

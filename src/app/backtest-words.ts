import { isoTime } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";

// Numbers, times and sentences as the report of a backtest writes them for people: 80 columns, whatever is in them.

export const WIDTH = 80;

/** Below so many windows an interval is narrower than what it does not know: it is left out, and said so. */
export const ENOUGH_WINDOWS = 20;

export interface Range {
  readonly lower: number;
  readonly upper: number;
}

export interface MoneyRange {
  readonly lower: string;
  readonly upper: string;
}

/** `"-3.154000"` as `-$3.15`; without the cents where they would not matter. */
export function dollarText(amount: string): string {
  const size = Math.abs(Number(amount));
  return `${Number(amount) <= -0.005 ? "-" : ""}$${size.toFixed(size < 100_000 ? 2 : 0)}`;
}

/** `"0.012400"` dollars as `1.24`: cents without their unit. */
export function centText(amount: string): string {
  return fixed(Number(amount) * 100, 2);
}

/** `0.5583` as `55.8%`. */
export function percent(share: number): string {
  return `${fixed(share * 100, 1)}%`;
}

/** Rounded, and nothing is less than nothing. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** A p-value or share of cases: `34%`, `2.1%`, `less than 0.1%`. */
export function chance(p: number): string {
  if (p < 0.001) return "less than 0.1%";
  return `${(p * 100).toFixed(p < 0.1 ? 1 : 0)}%`;
}

/** `2026-11-01 00:15`, UTC. */
export function minuteText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

/** A time for programs. */
export function timeData<Name extends string>(
  name: Name,
  ms: Ms,
): { readonly [Key in Name | `${Name}_ms`]: Key extends Name ? string : Ms };
export function timeData(name: string, ms: Ms): Readonly<Record<string, unknown>> {
  return { [name]: isoTime(ms), [`${name}_ms`]: ms };
}

/** `1 gap`, `9 gaps`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `1 window was`, `9 windows were`. */
export function windowsWere(count: number): string {
  return `${counted(count, "window")} ${count === 1 ? "was" : "were"}`;
}

/** The end of a name that is too long: settings differ there. */
export function endOf(name: string, length: number): string {
  return name.length > length ? `…${name.slice(name.length - length + 1)}` : name;
}

/** Words in lines of at most 80 columns, what follows the first set in; a longer word is broken. */
export function wrapped(text: string, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => pieces(each, WIDTH - indent.length))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= WIDTH - (lines.length > 0 ? indent.length : 0)) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return `${[...lines, line].join(`\n${indent}`)}\n`;
}

function pieces(word: string, length: number): readonly string[] {
  const count = Math.max(1, Math.ceil(word.length / length));
  return Array.from({ length: count }, (_, at) => word.slice(at * length, (at + 1) * length));
}

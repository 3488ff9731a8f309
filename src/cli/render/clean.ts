import { printableLines } from "../../core/printable.ts";

const TEXT_MAX = 500;

/** Remote text as one printable line of at most `max` characters; a cut shows as an ellipsis. */
export function clean(text: string, max: number = TEXT_MAX): string {
  // Cut first: what follows then costs the same for a megabyte as for a line.
  const safe = printableLines(text.slice(0, max * 4))
    .replace(/\s+/g, " ")
    .trim();
  return safe.length > max ? `${safe.slice(0, Math.max(0, max - 1))}…` : safe;
}

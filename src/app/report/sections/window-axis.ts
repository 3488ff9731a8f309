import type { Ms } from "../../../core/units.ts";
import type { Axis } from "../draw/marks.ts";
import { dayText, niceAxis } from "../draw/ticks.ts";
import { count } from "../words.ts";

// Evidence grows with windows and not with time, so pictures of it run over windows; their dates are named at the axis.

/** Rows of a table of many windows. */
export const TABLE_ROWS = 40;

export function windowAxis(path: readonly { readonly atMs: Ms }[], name: string): Axis {
  const most = Math.max(1, path.length);
  const { ticks } = niceAxis({ from: 0, to: most }, 5, (value) => count(value));
  return {
    from: 0,
    to: most,
    ticks: ticks.filter(({ at }) => at <= most && Number.isInteger(at)),
    title: `${name}${datesText(path)}`,
  };
}

function datesText(path: readonly { readonly atMs: Ms }[]): string {
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined) return "";
  const [from, to] = [dayText(first.atMs), dayText(last.atMs)];
  return from === to ? `, ${from}` : `, ${from} to ${to}`;
}

/** What a title adds where a table shows some of the rows. */
export function ofAll(length: number): string {
  return length > TABLE_ROWS ? ` (${TABLE_ROWS} of ${count(length)})` : "";
}

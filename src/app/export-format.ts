import { isoTime } from "../core/iso-time.ts";
import { formatMoney, formatPrice, formatQty, money, price, qty } from "../core/units.ts";
import { csvLine } from "./csv.ts";

// Exported rows as text: the columns and units of the tables, or those of a --json document.

type Cell = string | number | null;
type Row = readonly Cell[];

/** How rows become text, and what stands around and between them. */
export interface RowFormat {
  readonly before: string;
  readonly between: string;
  readonly after: string;
  readonly row: (row: Row) => string;
}

/** A header line and a line a row. */
export function csvRows(columns: readonly string[]): RowFormat {
  return { before: csvLine(columns), between: "", after: "", row: csvLine };
}

/** An array of objects with the columns as they are. */
export function jsonRows(columns: readonly string[]): RowFormat {
  const row = (cells: Row): string =>
    JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null])));
  return { before: "[\n", between: ",\n", after: "\n]\n", row };
}

/** The `data` of a --json document: decimal strings for prices, sizes and money, ISO times beside `_ms`. */
export function documentRows(
  columns: readonly string[],
  around: { readonly before: string; readonly after: string },
): RowFormat {
  return {
    before: `${around.before}[\n`,
    between: ",\n",
    after: `\n]${around.after}`,
    row: (cells) => JSON.stringify(documentFields(columns, cells)),
  };
}

/** One row as an object of a --json document. */
export function documentFields(columns: readonly string[], cells: Row): Record<string, Cell> {
  return Object.fromEntries(columns.flatMap((name, at) => fieldsOf(name, cells[at] ?? null)));
}

/** Lengths of time, which are no moments. */
const AGES: ReadonlySet<string> = new Set(["max_age_ms"]);

function fieldsOf(name: string, cell: Cell): readonly (readonly [string, Cell])[] {
  const { bare, unit } = unitOf(name);
  if (unit === "") return [[name, cell]];
  if (unit === "ms") {
    return [
      [bare, typeof cell === "number" ? isoTime(cell) : null],
      [name, cell],
    ];
  }
  return [[bare, typeof cell === "number" ? TEXT[unit](cell) : null]];
}

const TEXT = {
  cc: (value: number) => formatPrice(price(value)),
  cq: (value: number) => formatQty(qty(value)),
  ud: (value: number) => formatMoney(money(value)),
};

function unitOf(name: string): {
  readonly bare: string;
  readonly unit: keyof typeof TEXT | "ms" | "";
} {
  const cut = name.lastIndexOf("_");
  const [bare, end] = [name.slice(0, cut), name.slice(cut + 1)];
  if (end === "cc" || end === "cq" || end === "ud") return { bare, unit: end };
  return { bare, unit: end === "ms" && !AGES.has(name) ? "ms" : "" };
}

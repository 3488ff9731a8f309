import type { Column, Table } from "../../app/context.ts";
import { clean } from "./clean.ts";

export interface TableStyle {
  readonly isTty: boolean;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const NARROWEST = 4;
/** A border and two spaces per cell, and the last border. */
const FRAME_PER_COLUMN = 3;
const NARROWEST_TERMINAL = 20;
const GAP = "  ";

/** A bordered table that fits the terminal, or plain aligned columns, uncut, when nobody looks at a terminal. */
export async function renderTable(table: Table, style: TableStyle): Promise<string> {
  const rows = table.rows.map((row) => row.map((cell) => clean(cell)));
  const widths = widthsOf(table.columns, rows);
  const room = Math.max(style.width, NARROWEST_TERMINAL) - FRAME_PER_COLUMN * widths.length - 1;
  const needed = widths.reduce((sum, width) => sum + width, 0);
  // Without its frame a table is narrower: a cut ticker or time helps nobody.
  const fitsPlain = needed + GAP.length * (widths.length - 1) <= style.width;
  if (!style.isTty || (needed > room && fitsPlain)) {
    return `${plainLines(table.columns, rows, widths).join("\n")}\n`;
  }
  return bordered(table.columns, rows, { widths: shrink(widths, room), color: style.color });
}

/** Takes from the widest column until the sum fits; numbers are short, so it is text that gives way. */
function shrink(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return widths;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

async function bordered(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { widths, color }: { widths: readonly number[]; color: boolean },
): Promise<string> {
  const { default: CliTable } = await import("cli-table3");
  const table = new CliTable({
    // Bold by hand: the library would ask the environment once more whether colours are wanted.
    head: columns.map(({ title }) => (color ? `\u001b[1m${title}\u001b[22m` : title)),
    colWidths: widths.map((width) => width + 2),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push([...row]);
  return `${table.toString()}\n`;
}

/** The same without borders, as lines; spare columns are left out, one after the other, until the rest fits. */
export function alignColumns({ columns, rows }: Table, width: number): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => clean(cell)));
  const widths = widthsOf(columns, cells);
  const needed = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (widths.length - 1);
  const spare = columns.findIndex((column) => column.spare === true);
  if (needed <= width || spare < 0) return plainLines(columns, cells, widths);
  const without = <T>(items: readonly T[]): readonly T[] => items.toSpliced(spare, 1);
  return alignColumns({ columns: without(columns), rows: rows.map(without) }, width);
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
}

function plainLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): string[] {
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? "";
        const width = widths[at] ?? 0;
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(line);
}

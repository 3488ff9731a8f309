import type { Column, Table } from "../context.ts";
import type { Tone } from "./draw/marks.ts";
import { type Markup, markup, NOTHING } from "./draw/markup.ts";

// What the sections of the page are made of.

export function section(id: string, title: string, content: readonly Markup[]): Markup {
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}
</section>
`;
}

export function prose(text: string): Markup {
  return markup`<p>${text}</p>
`;
}

/** A table that scrolls by itself where it is too wide; numbers stand right. */
export function tableOf(caption: string, { columns, rows }: Table): Markup {
  return framed(caption, columns, markup`<tbody>${rowsOf(columns, rows)}</tbody>`);
}

export interface TableGroup {
  readonly title: string;
  readonly beside: string;
  readonly rows: readonly (readonly string[])[];
}

/** The same with a heading over each group of rows. */
export function groupedTable(
  caption: string,
  columns: readonly Column[],
  groups: readonly TableGroup[],
): Markup {
  const bodies = groups.map(
    ({ beside, rows, title }) =>
      markup`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns.length}">${title} <span>${beside}</span></th></tr>
${rowsOf(columns, rows)}</tbody>`,
  );
  return framed(caption, columns, markup`${bodies}`);
}

function framed(caption: string, columns: readonly Column[], body: Markup): Markup {
  const head = columns.map(({ align, title }) =>
    title === ""
      ? markup`<td></td>`
      : markup`<th scope="col" class="${sideOf(align)}">${title}</th>`,
  );
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead>
${body}</table></div>
`;
}

function rowsOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly Markup[] {
  return rows.map((cells) => {
    const tds = cells.map((cell, i) => {
      const side = sideOf(columns[i]?.align);
      return i === 0
        ? markup`<th scope="row" class="${side}">${cell}</th>`
        : markup`<td class="${side}">${cell}</td>`;
    });
    return markup`<tr>${tds}</tr>
`;
  });
}

function sideOf(align: Column["align"]): string {
  return align === "right" ? "num" : "txt";
}

interface LegendEntry {
  readonly tone: Tone;
  readonly shape: "line" | "dot" | "band" | "bar";
  readonly text: string;
}

export interface Figure {
  readonly title: string;
  /** One or two sentences: what to look for. */
  readonly note: string;
  readonly legend: readonly LegendEntry[];
  readonly plot: Markup;
  /** The numbers behind the picture. */
  readonly numbers: Markup;
  /** As wide as the page instead of a column of it. */
  readonly isWide?: boolean;
}

export function figure({ isWide = false, legend, note, numbers, plot, title }: Figure): Markup {
  const entries = legend.map(
    ({ shape, text, tone }) => markup`<li><span class="key ${shape} ${tone}"></span>${text}</li>`,
  );
  const list = entries.length === 0 ? NOTHING : markup`<ul class="legend">${entries}</ul>`;
  return markup`<figure class="${isWide ? "wide-figure" : "figure"}"><figcaption><h3>${title}</h3><p>${note}</p></figcaption>
${list}${plot}
<details><summary>Numbers of “${title}”</summary>${numbers}</details></figure>
`;
}

/** Figures side by side where there is room. */
export function figures(all: readonly Markup[]): Markup {
  return markup`<div class="figures">${all}</div>
`;
}

/** Tables side by side where both fit as they are. */
export function tables(all: readonly Markup[]): Markup {
  return markup`<div class="tables">${all}</div>
`;
}

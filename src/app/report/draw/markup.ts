import { printableLines } from "../../../core/printable.ts";

// HTML and SVG as text. Whatever is put into a template is escaped unless a template made it, so that there is no place at
// which a market's title or a strategy's name could become a tag.

/** Text that is HTML; only `markup` makes it, and `style` of a stylesheet of ours. */
export interface Markup {
  readonly html: string;
}

type Piece = string | number | null | Markup | readonly Markup[];

/** `markup`<td>${name}</td>``: strings are escaped, markup and lists of it stand as they are, null is nothing. */
export function markup(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let html = texts[0] ?? "";
  for (const [i, piece] of pieces.entries()) html += textOf(piece) + (texts[i + 1] ?? "");
  return { html };
}

function textOf(piece: Piece): string {
  if (piece === null) return "";
  if (typeof piece === "number") return String(piece);
  if (typeof piece === "string") return escaped(piece);
  return "html" in piece ? piece.html : piece.map(({ html }) => html).join("");
}

const ENTITY: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text from anywhere, safe inside an element and inside a quoted attribute. */
function escaped(text: string): string {
  return printableLines(text).replace(/[&<>"']/g, (found) => ENTITY[found] ?? "");
}

export const NOTHING: Markup = { html: "" };

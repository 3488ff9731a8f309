import type { Line, Room } from "../../app/context.ts";
import { printableLines } from "../../core/printable.ts";

// A picture as the bytes that put it over the one before. No part of the screen is blank in between, which would be
// seen as flicker: each line is written over the old one and only what the old one had beyond it is erased. Nothing is
// written past the last row or column, so that nothing scrolls.

export interface FrameStyle extends Room {
  readonly color: boolean;
}

const ESC = "\u001b[";
const HOME = `${ESC}H`;
const ERASE_LINE_END = `${ESC}K`;
const ERASE_BELOW = `${ESC}J`;

/** Second screen, no cursor, no wrapping at the right edge. */
export const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l${HOME}${ESC}2J`;
export const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;

export function frameBytes(lines: readonly Line[], style: FrameStyle): string {
  const { rows } = style;
  const shown = lines.slice(0, rows).map((line) => lineBytes(line, style));
  if (shown.length < rows) shown.push(ERASE_BELOW);
  return `${HOME}${shown.join("\r\n")}`;
}

/** The picture as text that ends with a line break, for what remains on the screen. */
export function pictureText(lines: readonly Line[], color: boolean): string {
  return lines.map((line) => `${styled(printable(line.text), line, color)}\n`).join("");
}

function lineBytes(line: Line, { color, columns }: FrameStyle): string {
  const text = printable(line.text);
  const cut = text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
  // In a full line the cursor stays on the last character, which erasing would take with it.
  return `${styled(cut, line, color)}${cut.length < columns ? ERASE_LINE_END : ""}`;
}

function styled(text: string, { strong = false }: Line, color: boolean): string {
  return color && strong ? `${ESC}1m${text}${ESC}22m` : text;
}

function printable(text: string): string {
  return printableLines(text).replaceAll("\n", " ");
}

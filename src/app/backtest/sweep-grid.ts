import { KbtError } from "../../core/errors.ts";

/** One value of one key, as `--set` takes it. */
export interface Setting {
  readonly path: string;
  readonly text: string;
}

/** Every combination is a replay of everything: beyond this it is a mistake, or a search for luck. */
const CELLS_MAX = 500;
const NUMBER = /^-?\d{1,12}(?:\.\d{1,9})?$/;
const RANGE = /^([^:]+):([^:]+):([^:]+)$/;

/**
 * The grid of several `key=from:to:step` or `key=a,b,c`: each combination of their values, in the order given. Throws a
 * usage error for a grid that cannot be meant.
 */
export function sweepGrid(words: readonly string[]): readonly (readonly Setting[])[] {
  let cells: readonly (readonly Setting[])[] = [[]];
  for (const word of words) {
    const { path, values } = axisOf(word);
    cells = cells.flatMap((cell) => values.map((text) => [...cell, { path, text }]));
    if (cells.length > CELLS_MAX) {
      throw bad(word, `makes a grid of more than ${CELLS_MAX} variants`);
    }
  }
  return cells;
}

function axisOf(word: string): { readonly path: string; readonly values: readonly string[] } {
  const at = word.indexOf("=");
  if (at < 1) throw bad(word, "has no key=");
  const path = word.slice(0, at).trim();
  const text = word.slice(at + 1).trim();
  const range = RANGE.exec(text);
  const values =
    range === null ? text.split(",").map((value) => value.trim()) : rangeOf(word, range);
  if (values.includes("")) throw bad(word, "has an empty value");
  if (new Set(values).size < values.length) throw bad(word, "names a value twice");
  return { path, values };
}

/** Decimals are added as integers of their finest digit: 0.01 + 0.02 must be 0.03. */
function rangeOf(
  word: string,
  [, fromText = "", toText = "", stepText = ""]: RegExpExecArray,
): string[] {
  const texts = [fromText, toText, stepText].map((text) => text.trim());
  if (!texts.every((text) => NUMBER.test(text))) throw bad(word, "has an end that is no number");
  const digits = Math.max(...texts.map((text) => text.split(".")[1]?.length ?? 0));
  const [from = 0, to = 0, step = 0] = texts.map((text) => Math.round(Number(text) * 10 ** digits));
  if (step <= 0 || to < from) throw bad(word, "does not go from a value up to another");
  if ((to - from) / step >= CELLS_MAX) throw bad(word, `has more than ${CELLS_MAX} values`);
  const values: string[] = [];
  for (let value = from; value <= to; value += step) {
    values.push((value / 10 ** digits).toFixed(digits));
  }
  return values;
}

function bad(word: string, why: string): KbtError {
  return new KbtError({
    kind: "usage",
    code: "BAD_SWEEP",
    message: `'${word}' ${why}`,
    hint: "use --sweep strategy.threshold-ev.ev_min=0.01:0.05:0.01, or key=a,b,c; repeat it for a grid",
  });
}

/** A combination as its label: `ev_min=0.03 kelly_fraction=0.25`. */
export function cellName(cell: readonly Setting[]): string {
  return cell.map(({ path, text }) => `${path.slice(path.lastIndexOf(".") + 1)}=${text}`).join(" ");
}

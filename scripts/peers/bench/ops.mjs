import { readFileSync } from "node:fs";

/** The bench's book file: both counts, then (side, level, size) of the first book and (side, level, delta, size) of each change. */
export function readOps(file) {
  const bytes = readFileSync(file);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [first, changes] = words;
  const start = words.subarray(2, 2 + 3 * first);
  return { start, ops: words.subarray(2 + 3 * first, 2 + 3 * first + 4 * changes) };
}

/** A no bid rests as the ask of the complement, so that the book has two sides as these libraries know them. */
export const ONE = 10_000;

/** Runs some of the changes through `apply` and sums both bests after each, in the bench's own levels. */
export function follow(book, ops, count) {
  let sum = 0;
  for (let at = 0; at < 4 * count; at += 4) {
    book.apply(ops[at], ops[at + 1], ops[at + 3]);
    sum += 3 * book.bestYes() + book.bestNo();
  }
  return sum;
}

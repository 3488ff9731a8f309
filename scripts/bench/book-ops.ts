import { writeFileSync } from "node:fs";
import { mulberry32 } from "../../src/core/rng.ts";

/** Changes per file; more than any run uses. */
const CHANGES = 500_000;
const PRICE_ONE = 10_000;
/** Levels up to this part of the range, so that the two sides never cross. */
const TOP = 0.45;
const NEAR = 12;

/**
 * A book of about so many levels and how it changes, mostly near its best as in the recordings. The file holds both
 * counts, then (side, level, size) of the first book and (side, level, delta, size) of each change, as 32-bit integers.
 */
export function writeBookOps(file: string, levels: number): void {
  const step = PRICE_ONE / levels;
  const top = Math.floor(levels * TOP);
  const rng = mulberry32(levels);
  const random = (): number => rng.next();
  const size = (): number => 100 + Math.floor(random() * 10_000);
  const sides = [new Int32Array(top + 1), new Int32Array(top + 1)] as const;
  const start: number[] = [];
  for (const [side, sizes] of sides.entries()) {
    for (let level = 1; level <= top; level++) {
      sizes[level] = size();
      start.push(side, level * step, sizes[level] ?? 0);
    }
  }
  const ops = new Int32Array(4 * CHANGES);
  for (let at = 0; at < ops.length; at += 4) {
    const side = random() < 0.5 ? 0 : 1;
    const sizes = sides[side];
    const best = sizes.findLastIndex((resting) => resting > 0);
    const isNear = random() < 0.7;
    const near = Math.min(top, Math.max(1, best + 2 - Math.floor(random() * NEAR)));
    const level = isNear ? near : 1 + Math.floor(random() * top);
    const resting = sizes[level] ?? 0;
    const delta = resting > 0 && random() < 0.5 ? -resting : size();
    sizes[level] = resting + delta;
    ops.set([side, level * step, delta, resting + delta], at);
  }
  writeFileSync(file, Int32Array.from([start.length / 3, CHANGES, ...start, ...ops]));
}

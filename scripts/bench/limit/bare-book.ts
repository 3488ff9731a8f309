const LEVELS = 10_001;

/** Changes of a book as parallel lists; side 0 is yes. */
export interface Changes {
  /** (side, level, size) of each level of the first book. */
  readonly start: Int32Array;
  readonly sides: Uint8Array;
  readonly levels: readonly number[];
  readonly deltas: readonly number[];
}

/** Both sides as bare arrays in one loop without calls. Sums both bests after each change. */
export function prepareBare({ start, sides, levels, deltas }: Changes): (count: number) => number {
  const [yes, no] = [new Float64Array(LEVELS), new Float64Array(LEVELS)];
  let [bestYes, bestNo] = [0, 0];
  for (let at = 0; at < start.length; at += 3) {
    const level = start[at + 1] ?? 0;
    (start[at] === 0 ? yes : no)[level] = start[at + 2] ?? 0;
    if (start[at] === 0) bestYes = Math.max(bestYes, level);
    else bestNo = Math.max(bestNo, level);
  }
  // oxlint-disable-next-line complexity -- one loop without calls is what the product is held against
  return (count) => {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const level = levels[at] ?? 0;
      const isYes = sides[at] === 0;
      const side = isYes ? yes : no;
      const size = (side[level] ?? 0) + (deltas[at] ?? 0);
      side[level] = size;
      let top = isYes ? bestYes : bestNo;
      if (size > 0) {
        if (level > top) top = level;
      } else if (level === top) {
        top--;
        while (top > 0 && side[top] === 0) top--;
      }
      if (isYes) bestYes = top;
      else bestNo = top;
      sum += 3 * bestYes + bestNo;
    }
    return sum;
  };
}

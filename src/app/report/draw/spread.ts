/**
 * Places of labels that would stand on one another, moved apart as little as that takes: at least `distance` between
 * neighbours, all within the limits as far as there is room. Order is kept; the answer is in the order of the question.
 */
export function spread(
  wanted: readonly number[],
  { distance, from, to }: { readonly distance: number; readonly from: number; readonly to: number },
): readonly number[] {
  const order = wanted.map((at, index) => ({ at, index })).toSorted((a, b) => a.at - b.at);
  const placed = wanted.slice();
  let next = from;
  for (const { at, index } of order) {
    const place = Math.max(at, next);
    placed[index] = place;
    next = place + distance;
  }
  // What was pushed out below comes back up, and pushes what is above it.
  let last = to;
  for (const { index } of order.toReversed()) {
    const place = Math.min(placed[index] ?? 0, last);
    placed[index] = place;
    last = place - distance;
  }
  return placed;
}

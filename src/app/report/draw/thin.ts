export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * At most about `most` points that draw the same line: of each stretch the first, the lowest, the highest and the last, so
 * that no peak is lost. Points are in order of x.
 */
export function thinLine(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const stretches = Math.max(1, Math.floor(most / 4));
  const kept: Point[] = [];
  for (let k = 0; k < stretches; k++) {
    const from = Math.floor((k * points.length) / stretches);
    const to = Math.floor(((k + 1) * points.length) / stretches);
    kept.push(...outline(points, from, to));
  }
  return kept;
}

function outline(points: readonly Point[], from: number, to: number): Point[] {
  let low = from;
  let high = from;
  for (let i = from; i < to; i++) {
    const y = points[i]?.y ?? 0;
    if (y < (points[low]?.y ?? 0)) low = i;
    if (y > (points[high]?.y ?? 0)) high = i;
  }
  const places = [...new Set([from, low, high, to - 1])].toSorted((a, b) => a - b);
  return places.flatMap((place) => points[place] ?? []);
}

/** At most `most` of the items at equal distances, the last always among them. */
export function thinEvenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, k) => items[Math.round(k * step)]).filter(
    (item) => item !== undefined,
  );
}

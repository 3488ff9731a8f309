/** A span of values in the unit of the data; `to` is above `from`. */
export interface Domain {
  readonly from: number;
  readonly to: number;
}

export type Scale = (value: number) => number;

/** Place of a value of the domain within the range, which may run backwards; values outside continue the line. */
export function linearScale(domain: Domain, range: readonly [number, number]): Scale {
  const perUnit = (range[1] - range[0]) / (domain.to - domain.from);
  return (value) => range[0] + (value - domain.from) * perUnit;
}

/** Smallest span of the finite ones among the values, with room around a single one; 0 to 1 without any. */
export function domainOf(values: Iterable<number>, room?: number): Domain {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  if (from > to) return { from: 0, to: 1 };
  if (from < to) return { from, to };
  const around = room ?? (from === 0 ? 1 : Math.abs(from) / 10);
  return { from: from - around, to: from + around };
}

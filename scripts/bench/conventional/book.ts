/** Levels by their text in a plain object; the best is looked for when somebody asks. */
export class ObjectBook {
  yes: Record<string, number> = {};
  no: Record<string, number> = {};

  apply(side: "yes" | "no", price: number, delta: number): void {
    const key = price.toFixed(4);
    const levels = this[side];
    const size = Math.round(((levels[key] ?? 0) + delta) * 100) / 100;
    if (size === 0) delete levels[key];
    else levels[key] = size;
  }

  replace(side: "yes" | "no", levels: readonly (readonly [number, number])[]): void {
    this[side] = Object.fromEntries(levels.map(([price, size]) => [price.toFixed(4), size]));
  }

  best(side: "yes" | "no"): number {
    return Math.max(0, ...Object.keys(this[side]).map(Number));
  }
}

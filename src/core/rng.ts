export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}

/** mulberry32, the generator that the reference vectors fix (models.md §4.5); `seed` is taken modulo 2^32. */
export function mulberry32(seed: number): Rng {
  let a = seed | 0;
  return {
    next() {
      a = (a + 0x6d2b79f5) | 0;
      let t = Math.imul(a ^ (a >>> 15), a | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}

const TWO_TO_32 = 4_294_967_296;

/** mulberry32, the generator that the reference vectors fix (models.md §4.5); `seed` is taken modulo 2^32. */
export function mulberry32(seed: number): Rng {
  let state = seed | 0;
  return {
    next() {
      state = mulberryStep(state);
      return mulberryUniform(state);
    },
  };
}

/** State after `state`: with `mulberryUniform` the same numbers without an object, for loops of millions. */
export function mulberryStep(state: number): number {
  return (state + 0x6d2b79f5) | 0;
}

/** Uniform in [0, 1) that belongs to a state. */
export function mulberryUniform(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / TWO_TO_32;
}

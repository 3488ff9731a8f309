/** Element of a numeric sequence; throws `RangeError` outside it, because a silent NaN would travel far. */
export function numberAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new RangeError(`index ${index} is outside a sequence of ${values.length} numbers`);
  }
  return value;
}

/**
 * The same for the loops over rows. A reader that meets one kind of array only is inlined; one that meets all kinds costs
 * about ten times as much.
 */
export function floatAt(values: Float64Array, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new RangeError(`index ${index} is outside ${values.length} floats`);
  }
  return value;
}

/** The same for whole numbers. */
export function intAt(values: Int32Array, index: number): number {
  const value = values[index];
  if (value === undefined) {
    throw new RangeError(`index ${index} is outside ${values.length} integers`);
  }
  return value;
}

/** Polynomial with the highest power first. */
export function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

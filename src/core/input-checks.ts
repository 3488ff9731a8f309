// Statistics refuse what they cannot answer: a NaN that enters here would come out as a verdict.

/** Throws `RangeError` unless the value is a finite number. */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new RangeError(`${name} must be a finite number, got ${value}`);
}

/** Throws `RangeError` unless the value is a probability, 0 and 1 included. */
export function requireProb(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], got ${value}`);
}

/** Throws `RangeError` unless the value lies strictly between two bounds. */
export function requireBetween(
  name: string,
  value: number,
  { above, below }: { readonly above: number; readonly below: number },
): void {
  if (!(value > above && value < below)) {
    throw new RangeError(`${name} must lie between ${above} and ${below}, got ${value}`);
  }
}

/** Throws `RangeError` unless the value is an integer of at least `least`. */
export function requireCount(name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
  }
}

/** Throws `RangeError` unless all columns of a table are equally long. */
export function requireSameLength(columns: Readonly<Record<string, ArrayLike<unknown>>>): void {
  const lengths = Object.entries(columns).map(([name, column]) => `${name} ${column.length}`);
  if (new Set(Object.values(columns).map((column) => column.length)).size > 1) {
    throw new RangeError(`columns must be equally long, got ${lengths.join(", ")}`);
  }
}

/** Numbers as a typed array, each checked to be finite; throws `RangeError` with the position of the first that is not. */
export function finiteColumn(name: string, values: ArrayLike<number>): Float64Array {
  const column = Float64Array.from(values);
  for (const [i, value] of column.entries()) {
    if (!Number.isFinite(value)) {
      throw new RangeError(`${name}[${i}] must be a finite number, got ${value}`);
    }
  }
  return column;
}

/** The same for probabilities. */
export function probColumn(name: string, values: ArrayLike<number>): Float64Array {
  const column = Float64Array.from(values);
  for (const [i, value] of column.entries()) {
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`${name}[${i}] must be in [0, 1], got ${value}`);
    }
  }
  return column;
}

/** Outcomes as a column; throws `RangeError` with the position of the first that is neither 0 nor 1. */
export function outcomeColumn(name: string, values: ArrayLike<number>): Int32Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== 0 && value !== 1)
      throw new RangeError(`${name}[${i}] must be 0 or 1, got ${value}`);
  }
  return Int32Array.from(values);
}

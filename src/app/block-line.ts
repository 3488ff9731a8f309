const BLOCKS = "▁▂▃▄▅▆▇█";

/** Values as a line of block characters, the lowest the lowest block; all the same are a flat line. */
export function blockLine(values: readonly number[]): string {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const range = high - low || 1;
  const most = BLOCKS.length - 1;
  return values
    .map((value) => BLOCKS.charAt(Math.min(most, Math.floor(((value - low) / range) * 8))))
    .join("");
}

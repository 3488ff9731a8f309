/** Bytes of this process by kind. */
export function memoryBytes(): ReadonlyMap<string, number> {
  const { external, heapTotal, heapUsed, rss } = process.memoryUsage();
  return new Map([
    ["resident", rss],
    ["heap_used", heapUsed],
    ["heap_total", heapTotal],
    ["external", external],
  ]);
}

/** When the process began, epoch milliseconds. */
export function processStartMs(): number {
  return performance.timeOrigin;
}

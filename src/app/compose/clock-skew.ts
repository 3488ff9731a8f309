/** Difference between two clocks that does no harm (reliability.md I26). The Date header has whole seconds only. */
export const SKEW_LIMIT_MS = 2_000;

/** What a command says that goes by this machine's clock when the exchange's is another one. */
export function clockWarnings(offsetMs: number | null): readonly string[] {
  if (offsetMs === null || Math.abs(offsetMs) <= SKEW_LIMIT_MS) return [];
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const where = offsetMs > 0 ? "ahead of" : "behind";
  return [
    `the exchange's clock is ${seconds} s ${where} this machine's, so its markets look closed or not yet open; see kbt doctor`,
  ];
}

/** Anything thrown or given as an abort reason, as an Error; Errors stay the same object. */
export function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}

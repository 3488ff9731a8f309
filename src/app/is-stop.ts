/** True for what is thrown because somebody asked to stop, and not for what went wrong meanwhile. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  const isAbort = error instanceof Error && error.name === "AbortError";
  return signal.aborted && (isAbort || error === signal.reason);
}

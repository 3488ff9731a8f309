/** True for what is thrown because somebody asked to stop, and not for what went wrong meanwhile. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  const isAbort = error instanceof Error && error.name === "AbortError";
  return signal.aborted && (isAbort || error === signal.reason);
}

const INTERRUPTED = 130;

/** Exit code of a command that a stop breaks off: the signal's own, where the request says which it was. */
export function stopCodeOf({ reason }: AbortSignal): number {
  const isTold = reason instanceof Error && "exitCode" in reason;
  return isTold && typeof reason.exitCode === "number" ? reason.exitCode : INTERRUPTED;
}

import { EXIT_CODE, KbtError } from "../core/errors.ts";

/** Anything thrown as the error the user sees; what nobody named is a bug. */
export function toKbtError(error: unknown): KbtError {
  if (error instanceof KbtError) return error;
  const message =
    error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${typeof error}`;
  return new KbtError({
    kind: "bug",
    code: "BUG",
    message,
    hint: "run again with --debug and report what it prints",
    cause: error,
  });
}

/** Exit code of an error, contract §2. */
export function exitCodeOf(error: KbtError): number {
  return EXIT_CODE[error.kind];
}

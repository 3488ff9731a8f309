import type { ErrorKind } from "./errors.ts";

/** What people are told of one error code. */
export interface ErrorEntry {
  /** More than one where the same words are of two kinds; the exit code follows the kind. */
  readonly kinds: readonly ErrorKind[];
  readonly means: string;
  /** What to do; the first stands behind a message that has no advice of its own. */
  readonly remedies: readonly string[];
}

export type ErrorTable = Readonly<Record<string, ErrorEntry>>;

/** One entry of the table. */
export function entry(
  kind: ErrorKind | readonly ErrorKind[],
  means: string,
  ...remedies: readonly [string, ...string[]]
): ErrorEntry {
  return { kinds: typeof kind === "string" ? [kind] : kind, means, remedies };
}

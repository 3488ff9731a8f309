export type ErrorKind =
  | "bug"
  | "usage"
  | "config"
  | "auth"
  | "network"
  | "protocol"
  | "venue"
  | "risk"
  | "data"
  | "doubt"
  | "store"
  | "check";

export interface ErrorParts {
  readonly kind: ErrorKind;
  /** Stable UPPER_SNAKE name that users and scripts can match. */
  readonly code: string;
  /** What happened: names the thing, the value and the rule. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A failure that somebody can name; its kind decides the reaction and the exit code (contract §2). */
export class KbtError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "KbtError";
    this.kind = parts.kind;
    this.code = parts.code;
    this.hint = parts.hint;
    this.details = parts.details;
  }
}

/** Exit code of an error kind, contract §2. */
export const EXIT_CODE: Readonly<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  config: 2,
  risk: 3,
  auth: 4,
  network: 5,
  protocol: 6,
  venue: 6,
  data: 7,
  doubt: 8,
  store: 9,
  check: 10,
};

/** A recording that cannot be replayed; `line` is 1-based, null when the file as a whole is the problem. */
export class CaptureError extends Error {
  readonly line: number | null;

  constructor(message: string, options: { line?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "CaptureError";
    this.line = options.line ?? null;
  }
}

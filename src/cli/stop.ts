/** Why the root signal was aborted: a signal of the system, or a reader of stdout that went away. */
export class StopRequest extends Error {
  readonly exitCode: number;

  constructor(cause: string, exitCode: number) {
    super(`stopped: ${cause}`);
    this.name = "StopRequest";
    this.exitCode = exitCode;
  }
}

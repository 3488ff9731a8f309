/** A command that was understood, before it runs. */
export interface CommandName {
  /** Counts from 1 in order of arrival, as in the statistics. */
  readonly connection: number;
  readonly cmd: string;
  readonly channels: readonly string[];
  readonly atMs: number;
}

/** What becomes of a command. Everything but `run` is a fault, chosen by whoever injects faults. */
export type CommandFate =
  | "run"
  /** Each channel's data directly behind its own acknowledgement, before the next one's, as seen in April 2026. */
  | "interleave"
  /** Neither run nor answered. */
  | "lose"
  /** Error 18 and not run. */
  | "timeout"
  /** Error 10 and not run. */
  | "fail"
  /** Runs later, so that acknowledgements come out of order and behind data, as seen in August 2026. */
  | { readonly delayMs: number };

export type DecideFate = (command: CommandName) => CommandFate;

import type { CommanderError } from "commander";
import { isStop } from "../app/is-stop.ts";
import { KbtError } from "../core/errors.ts";
import { createContext, type Invocation, type Shell } from "./context.ts";
import { toKbtError } from "./exit.ts";
import { type Io, writeError, writeResult } from "./io.ts";

// What follows once a command line is parsed, or could not be: apart from program.ts, so that `kbt --help` loads none of
// it.

/** Commands that run until they are stopped. */
const RUNS: ReadonlySet<string> = new Set(["collect", "paper", "live", "sim"]);

/** Runs one parsed command line and prints what came of it. */
export async function runCommand(invocation: Invocation, shell: Shell): Promise<number> {
  const ctx = createContext(shell, invocation);
  const { json, quiet, debug } = ctx.globals;
  const { command } = invocation;
  const io: Io = { json, quiet, debug, command, stdout: shell.stdout, stderr: shell.stderr };
  try {
    const result = await invocation.execute(ctx);
    ctx.progress.stop();
    return writeResult(io, result);
  } catch (error) {
    ctx.progress.stop();
    const { signal } = shell;
    const stopCode = shell.stopCode();
    if (isStop(error, signal) && stopCode !== null) {
      // Stopped before it began: for a run that is an orderly end, for a question it is no answer.
      if (!RUNS.has(command)) return stopCode;
      const warnings = ["stopped before anything was recorded"];
      return writeResult(io, { exitCode: 0, data: null, text: "", warnings });
    }
    return writeError(io, toKbtError(error));
  }
}

interface Refused {
  readonly argv: readonly string[];
  readonly shell: Shell;
  /** Top-level command on the line, if one is. */
  readonly command: string | undefined;
  /** What `--help` is asked of, from `kbt` down to the sub-command. */
  readonly path: string;
  /** Commander's own error; null for anything else. */
  readonly refusal: CommanderError | null;
}

/** Prints why a command line was not run, and gives the exit code. */
export function refuse(error: unknown, { argv, command, path, refusal, shell }: Refused): number {
  const io = fallbackIo(argv, shell, command ?? "kbt");
  return writeError(io, refusal === null ? toKbtError(error) : usageError(refusal, path));
}

/** For errors before a command runs, when options are not parsed yet. */
function fallbackIo(argv: readonly string[], shell: Shell, command: string): Io {
  const end = argv.indexOf("--");
  const words = new Set(end < 0 ? argv : argv.slice(0, end));
  return {
    json: words.has("--json"),
    quiet: words.has("--quiet"),
    debug: words.has("--debug"),
    command,
    stdout: shell.stdout,
    stderr: shell.stderr,
  };
}

const WHY: Readonly<Record<string, string>> = {
  "commander.unknownOption": "no such option",
  "commander.unknownCommand": "no such command",
  "commander.excessArguments": "one word too many",
  "commander.optionMissingArgument": "it needs a value",
};

/** Commander's own errors as `what · why` with what to do as the hint. */
function usageError(error: CommanderError, about: string): KbtError {
  const [first = "", second = ""] = error.message.replace(/^error: /, "").split("\n");
  const why = WHY[error.code];
  const meant = /^\(Did you mean (.+)\?\)$/.exec(second)?.[1];
  return new KbtError({
    kind: "usage",
    code: "USAGE",
    message: why === undefined ? first : `${first} · ${about}: ${why}`,
    hint: `${meant === undefined ? "" : `did you mean ${meant}? `}see ${about} --help`,
  });
}

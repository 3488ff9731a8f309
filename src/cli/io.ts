import type { CommandResult } from "../app/context.ts";
import { remedyFor } from "../core/error-table.ts";
import type { KbtError } from "../core/errors.ts";
import { printableLines } from "../core/printable.ts";
import { exitCodeOf } from "./exit.ts";
import { clean } from "./render/clean.ts";

/** Where a command's output goes. */
export interface Io {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Name in the schema of the document: `kbt.<command>/v1`. */
  readonly command: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Writes the end of a command that returned, and gives its exit code. */
export function writeResult(io: Io, result: CommandResult): number {
  const error = result.error ?? null;
  if (io.json) {
    if (result.data !== undefined || error !== null) {
      io.stdout(
        documentLine(io, {
          data: result.data ?? null,
          warnings: result.warnings,
          error,
          ok: result.exitCode === 0,
        }),
      );
    }
  } else {
    io.stdout(result.text);
    if (!io.quiet) for (const warning of result.warnings) io.stderr(`warning: ${clean(warning)}\n`);
  }
  if (error !== null) io.stderr(errorText(error, io.debug));
  return result.exitCode;
}

/** Writes the end of a command that failed, and gives its exit code. */
export function writeError(io: Io, error: KbtError): number {
  if (io.json)
    io.stdout(documentLine(io, { data: problemsOf(error), warnings: [], error, ok: false }));
  io.stderr(errorText(error, io.debug));
  return exitCodeOf(error);
}

/** One JSON document on a line of its own. */
export function documentLine(
  io: Pick<Io, "command">,
  body: { data: unknown; warnings: readonly string[]; error: KbtError | null; ok: boolean },
): string {
  const { data, warnings, error, ok } = body;
  const document = {
    schema: `kbt.${io.command}/v1`,
    ok,
    data,
    warnings,
    error:
      error === null
        ? null
        : {
            kind: error.kind,
            code: error.code,
            message: printableLines(error.message).trim(),
            hint: printableLines(hintOf(error)) || null,
          },
  };
  return `${JSON.stringify(document)}\n`;
}

/**
 * `error[CODE] what happened · why · what to do`. A list of problems in the message keeps its lines, and the advice then
 * stands under it.
 */
export function errorText(error: KbtError, debug: boolean): string {
  const message = printableLines(error.message).trimEnd();
  const advice = clean(hintOf(error));
  const why = reasonOf(error);
  const head = `error[${error.code}] ${message}${why === "" ? "" : ` · ${why}`}`;
  const joint = message.includes("\n") ? "\n" : " · ";
  const line = advice === "" ? `${head}\n` : `${head}${joint}${advice}\n`;
  return debug ? `${line}${stackOf(error)}` : line;
}

/** What to do: the error's own advice, else that of the table of errors; empty when neither has any. */
function hintOf({ code, hint }: KbtError): string {
  return hint ?? remedyFor(code) ?? "";
}

/** The cause in words, unless the message already says it. */
function reasonOf(error: KbtError): string {
  const { cause } = error;
  if (error.kind === "bug" || !(cause instanceof Error) || error.message.includes(cause.message))
    return "";
  return clean(cause.message);
}

function stackOf(error: Error): string {
  const cause =
    error.cause instanceof Error ? `caused by ${error.cause.stack ?? error.cause.message}\n` : "";
  return printableLines(`${error.stack ?? ""}\n${cause}`);
}

/** All problems of a configuration as data; other details may hold what does not belong on a screen. */
function problemsOf(error: KbtError): unknown {
  const problems = error.kind === "config" ? error.details?.["problems"] : undefined;
  return problems === undefined ? null : { problems };
}

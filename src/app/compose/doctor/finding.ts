import { remedyFor } from "../../../core/error-table.ts";
import { KbtError } from "../../../core/errors.ts";

type State = "ok" | "warn" | "fail" | "skip";

/** One line of `kbt doctor`. */
export interface Finding {
  readonly check: string;
  readonly state: State;
  /** What was seen. */
  readonly detail: string;
  /** What depends on it. */
  readonly why: string;
  /** What to do; null where there is nothing to do. */
  readonly todo: string | null;
}

/** What is said of one check whatever comes of it. */
export interface About {
  readonly check: string;
  readonly why: string;
  readonly todo: string;
}

/** The lines of one check. */
export interface Lines {
  ok(detail: string): Finding;
  /** Not asked, because something it needs is not there. */
  skip(detail: string): Finding;
  warn(detail: string, todo?: string): Finding;
  /** An error brings its own advice. */
  fail(error: unknown, todo?: string): Finding;
}

export function linesOf(about: About): Lines {
  const { check, why } = about;
  const line = (state: State, detail: string, todo: string | null): Finding => ({
    check,
    state,
    detail,
    why,
    todo,
  });
  return {
    ok: (detail) => line("ok", detail, null),
    skip: (detail) => line("skip", detail, null),
    warn: (detail, todo = about.todo) => line("warn", detail, todo),
    fail: (error, todo) => line("fail", detailOf(error), todo ?? adviceOf(error) ?? about.todo),
  };
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function adviceOf(error: unknown): string | undefined {
  return error instanceof KbtError ? (error.hint ?? remedyFor(error.code)) : undefined;
}

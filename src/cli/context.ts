import type { CommandContext, CommandResult, GlobalOptions, LogLevel } from "../app/context.ts";
import { loadConfig } from "../config/load.ts";
import type { ReadText } from "../config/locate.ts";
import { readSources } from "../config/locate.ts";
import type { FlagValue } from "../config/sources.ts";
import { documentLine } from "./io.ts";
import { createProgress } from "./progress.ts";
import { clean } from "./render/clean.ts";
import { pictureText } from "./render/frame.ts";
import { alignColumns } from "./render/table.ts";
import type { Terminal } from "./screen.ts";

/** What main.ts knows of the process. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeDir: string;
  readonly version: string;
  readonly isTty: { readonly stdout: boolean; readonly stderr: boolean };
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Exit code of the request that aborted the signal; null while nothing asked to stop. */
  readonly stopCode: () => number | null;
  readonly monoMs: () => number;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly readText: ReadText;
}

/** The global options as commander leaves them. */
export interface GlobalFlags {
  readonly config?: string;
  readonly db?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly logLevel?: LogLevel;
  readonly color?: boolean;
}

/** One command line, ready to run. */
export interface Invocation {
  /** Top-level name: the schema of the document. */
  readonly command: string;
  readonly globals: GlobalFlags;
  readonly flags: readonly FlagValue[];
  execute(ctx: CommandContext): Promise<CommandResult>;
}

/** What a command file needs of the program. */
export interface CommandDeps {
  run(invocation: Invocation): Promise<void>;
}

/** No command has such a name, so the document holds it once. */
const PLACEHOLDER = "\u0000data";
const DEFAULT_WIDTH = 80;
const NARROWEST_WIDTH = 20;

/** The context of one run of one command. */
export function createContext(shell: Shell, invocation: Invocation): CommandContext {
  const globals = globalOptions(shell, invocation.globals);
  return {
    globals,
    env: shell.env,
    cwd: shell.cwd,
    homeDir: shell.homeDir,
    version: shell.version,
    isTty: shell.isTty,
    signal: shell.signal,
    stdout: shell.stdout,
    stderr: shell.stderr,
    emit: (data, text, { error, warnings } = { error: null, warnings: [] }) => {
      const body = { data, warnings, error, ok: error === null };
      shell.stdout(globals.json ? documentLine(invocation, body) : text);
    },
    documentAround: () => {
      const body = { data: PLACEHOLDER, warnings: [], error: null, ok: true };
      const [before = "", after = ""] = documentLine(invocation, body).split(
        JSON.stringify(PLACEHOLDER),
      );
      return { before, after };
    },
    table: async (table) => {
      const { renderTable } = await import("./render/table.ts");
      return renderTable(table, {
        isTty: shell.isTty.stdout,
        color: globals.color,
        width: widthOf(shell),
      });
    },
    columns: alignColumns,
    picture: (draw) => {
      const columns = shell.isTty.stdout ? widthOf(shell) : Number.POSITIVE_INFINITY;
      return pictureText(draw({ columns, rows: Number.POSITIVE_INFINITY }), globals.color);
    },
    openScreen: async () => {
      const { stdout, signal, terminal } = shell;
      // A dumb terminal has no second screen and no cursor to move.
      if (!shell.isTty.stdout || globals.json || shell.env["TERM"] === "dumb") return null;
      const { openScreen } = await import("./screen.ts");
      return openScreen({ terminal, color: globals.color, stdout, signal });
    },
    clean,
    progress: createProgress({
      enabled: !globals.quiet && !globals.json,
      // A line can only replace itself where the terminal says how long it may be.
      isTty: shell.isTty.stderr && shell.terminal.columns() !== 0,
      color: globals.color,
      width: widthOf(shell),
      monoMs: shell.monoMs,
      stderr: shell.stderr,
    }),
    loadConfig: async (more = []) => {
      const { env, cwd, homeDir, readText } = shell;
      const { config, db } = invocation.globals;
      const flags = [...invocation.flags, ...more];
      if (db !== undefined) flags.push({ flag: "--db", path: "storage.db_path", text: db });
      return loadConfig(
        await readSources({ env, cwd, homeDir, readText, flags, configFlag: config ?? null }),
      );
    },
  };
}

function widthOf({ terminal }: Shell): number {
  const columns = terminal.columns() ?? 0;
  return columns < NARROWEST_WIDTH ? DEFAULT_WIDTH : columns;
}

function globalOptions(shell: Shell, flags: GlobalFlags): GlobalOptions {
  // NO_COLOR counts when it is present and not empty (no-color.org).
  const isPlain =
    flags.color === false || (shell.env["NO_COLOR"] ?? "") !== "" || !shell.isTty.stdout;
  return {
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    debug: flags.debug ?? false,
    color: !isPlain,
    logLevel: flags.logLevel ?? null,
  };
}

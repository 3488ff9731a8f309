import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isatty } from "node:tty";
import type { Shell } from "./cli/context.ts";
import { runProgram } from "./cli/program.ts";
import { StopRequest } from "./cli/stop.ts";

const SHUTDOWN_MS_MAX = 10_000;
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopSignal = keyof typeof SIGNAL_EXIT;
const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The process edge: runs one command line and gives its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // Database, logs and exports are nobody else's business (reliability.md part 5).
  process.umask(0o077);
  const root = new AbortController();
  const output = watchOutput(root);
  const crash = watchCrashes(root, argv.includes("--debug"));
  const ignoreSignals = watchSignals(root, mayRest(argv));
  try {
    const exitCode = await runProgram(argv, createShell(root.signal, output.write));
    return (await crash.printed()) ? 1 : exitCode;
  } finally {
    ignoreSignals();
  }
}

function createShell(signal: AbortSignal, stdout: (text: string) => void): Shell {
  return {
    env: { ...process.env },
    cwd: process.cwd(),
    homeDir: homedir(),
    version: readVersion(),
    isTty: { stdout: isatty(1), stderr: isatty(2) },
    terminal: {
      columns: () => process.stdout.columns,
      rows: () => process.stdout.rows,
      onResize: (listener) => {
        process.stdout.on("resize", listener);
        return () => process.stdout.off("resize", listener);
      },
    },
    signal,
    stopCode: () => (signal.reason instanceof StopRequest ? signal.reason.exitCode : null),
    monoMs: () => performance.now(),
    stdout,
    stderr: (text) => {
      process.stderr.write(text);
    },
    readText: async (path) => {
      const { readTextIfExists } = await import("./adapters/platform/files.ts");
      return readTextIfExists(path);
    },
  };
}

/** Source and bundle lie equally deep, so the path serves both. */
function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? "unknown";
}

const MAY_REST =
  "warning: stopped at once; orders may rest until they expire: kbt kill takes them back\n";

/** `--mode live` only reads what `live` has written. */
function mayRest(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) => word === "--drill" || (word === "live" && argv[at - 1] !== "--mode"),
  );
}

/** The first signal asks for an orderly end; the second ends the process at once. */
function watchSignals(root: AbortController, isTrading: boolean): () => void {
  const handlers = STOP_SIGNALS.map((name) => {
    const handle = (): void => {
      if (root.signal.reason instanceof StopRequest) {
        if (isTrading) process.stderr.write(MAY_REST);
        process.exit(SIGNAL_EXIT[name]);
      }
      root.abort(new StopRequest(name, SIGNAL_EXIT[name]));
    };
    process.on(name, handle);
    return { name, handle };
  });
  return () => {
    for (const { name, handle } of handlers) process.off(name, handle);
  };
}

/** Writes to stdout until its reader goes away; that is no error (`kbt ledger | head`) but ends what is running. */
function watchOutput(root: AbortController): { readonly write: (text: string) => void } {
  let isOpen = true;
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    isOpen = false;
    if (!root.signal.aborted) root.abort(new StopRequest("nobody reads the output", 0));
  };
  process.stdout.on("error", onError);
  // A terminal that closed takes its messages with it; the run itself learns of it by SIGHUP.
  process.stderr.on("error", () => undefined);
  return {
    write: (text) => {
      if (isOpen && text !== "") process.stdout.write(text);
    },
  };
}

/** What nobody caught: one line, an orderly end with a time limit, exit 1. */
function watchCrashes(root: AbortController, debug: boolean): { printed(): Promise<boolean> } {
  let printing: Promise<void> | null = null;
  const onCrash = (error: unknown): void => {
    process.exitCode = 1;
    if (printing !== null) process.exit(1);
    printing = printCrash(error, debug);
    root.abort(error);
    setTimeout(() => process.exit(1), SHUTDOWN_MS_MAX).unref();
  };
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);
  return {
    async printed() {
      if (printing === null) return false;
      await printing;
      return true;
    },
  };
}

// Loaded when it is needed, which is never on a good day: `kbt --help` should not pay for it.
async function printCrash(error: unknown, debug: boolean): Promise<void> {
  const { toKbtError } = await import("./cli/exit.ts");
  const { errorText } = await import("./cli/io.ts");
  process.stderr.write(errorText(toKbtError(error), debug));
}

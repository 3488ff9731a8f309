import { type Level, pino } from "pino";
import { openLogFile } from "./log-file.ts";
import { createStderrSink } from "./log-stderr.ts";

/** Constant message, variables as fields with unit suffixes; `ev` is `noun.verb` (style.md §9). */
type LogFields = Readonly<Record<string, unknown>>;

interface Log {
  trace(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log with fixed fields, one per component. */
  child(bindings: LogFields): Log;
}

export interface Logger extends Log {
  /** From now on the value is replaced wherever a line would hold it. Texts under 6 characters are too common to hide. */
  addSecret(value: string): void;
  /** Idempotent; later lines are dropped. */
  close(): void;
}

type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

export interface LoggerOptions {
  /** The command's context, of which only this much is looked at. */
  readonly ctx: {
    readonly globals: {
      readonly debug: boolean;
      readonly quiet: boolean;
      readonly logLevel: LogLevel | null;
      readonly color: boolean;
    };
    readonly isTty: { readonly stderr: boolean };
    readonly stderr: (text: string) => void;
  };
  /** The JSON-lines file. */
  readonly path: string;
  readonly component: string;
  readonly secrets?: readonly string[];
}

const REDACTED = "[redacted]";
const SECRET_LENGTH_MIN = 6;

// Wildcards match one level only, so these paths are the second net; the first is not to log such objects at all, the
// third replaces registered values in the finished line.
const SENSITIVE = [
  "authorization",
  "cookie",
  "headers",
  "signature",
  "privateKey",
  "privateKeyPem",
  "private_key",
  "pem",
  "apiKey",
  "api_key",
  "api_key_id",
  "keyId",
  "token",
  "webhook",
  "password",
  "secret",
  '["KALSHI-ACCESS-KEY"]',
  '["KALSHI-ACCESS-SIGNATURE"]',
] as const;

/** Logs to the file and, from a level on, to stderr. If the file cannot be written, a warning says so and work goes on. */
export function createLogger(options: LoggerOptions): Logger {
  const { ctx, path, component } = options;
  const secrets = new Set<string>();
  const levels = levelsOf(ctx.globals);
  const toStderr = createStderrSink({
    isPretty: ctx.isTty.stderr && (ctx.globals.debug || ctx.globals.logLevel !== null),
    isTty: ctx.isTty.stderr,
    color: ctx.globals.color,
    stderr: ctx.stderr,
  });
  const file = openLogFile(path, (reason) => {
    if (!ctx.globals.quiet) ctx.stderr(`warning: the log ${path} is not written: ${reason}\n`);
  });
  const sinks = [
    { level: levels.file, write: (line: string) => file.write(line) },
    { level: levels.stderr, write: (line: string) => toStderr.write(line) },
  ].flatMap(({ level, write }) =>
    level === "silent"
      ? []
      : [{ level, stream: { write: (line: string) => write(escapeUnsafe(hide(line, secrets))) } }],
  );
  const log = pino(
    {
      level: lowest(levels),
      base: { pid: process.pid, component },
      redact: { paths: SENSITIVE.flatMap(withParent), censor: REDACTED },
      serializers: { err: describeError, error: describeError, cause: describeError },
    },
    pino.multistream(sinks),
  );
  const addSecret = (value: string): void => {
    for (const part of partsOf(value)) secrets.add(part);
  };
  for (const secret of options.secrets ?? []) addSecret(secret);
  return Object.assign(wrap(log), {
    addSecret,
    close: () => {
      log.level = "silent";
      toStderr.close();
      file.close();
    },
  });
}

function wrap(log: pino.Logger): Log {
  return {
    trace: (fields, message) => log.trace(fields, message),
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    child: (bindings) => wrap(log.child(bindings)),
  };
}

interface Levels {
  readonly file: Level | "silent";
  readonly stderr: Level | "silent";
}

/** stderr stays quiet below warn unless asked, so that results and progress stay readable. */
function levelsOf({ debug, quiet, logLevel }: LoggerOptions["ctx"]["globals"]): Levels {
  const asked = logLevel ?? (debug ? "debug" : null);
  return { file: asked ?? "info", stderr: quiet ? "error" : (asked ?? "warn") };
}

const ORDER = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

function lowest({ file, stderr }: Levels): Level | "silent" {
  return ORDER.indexOf(file) < ORDER.indexOf(stderr) ? file : stderr;
}

function withParent(name: string): string[] {
  return [name, name.startsWith("[") ? `*${name}` : `*.${name}`];
}

/** An error as its name, code and text; errors of undici and ws carry whole requests. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error))
    return typeof error === "string" ? error.slice(0, 500) : typeof error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { type: error.name, code, message: error.message.slice(0, 500) };
}

/** A secret as it can stand in a line of JSON: whole, escaped, and each longer line of a PEM body by itself. */
function partsOf(value: string): string[] {
  const lines = value
    .split(/\r?\n/)
    .filter((line) => line.length >= 16 && !line.startsWith("-----"));
  return [value, JSON.stringify(value).slice(1, -1), ...lines].filter(
    (part) => part.length >= SECRET_LENGTH_MIN,
  );
}

function hide(line: string, secrets: ReadonlySet<string>): string {
  let safe = line;
  for (const secret of secrets) if (safe.includes(secret)) safe = safe.replaceAll(secret, REDACTED);
  return safe;
}

// JSON already escapes C0; these would still move the cursor or turn the text around when the file is shown. Escaped, so
// that the file keeps what came (I38).
const UNSAFE = /[\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g;

function escapeUnsafe(line: string): string {
  return line.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export interface StderrSinkOptions {
  /** Formatted by pino-pretty: a terminal, and the user asked for more than warnings. */
  readonly isPretty: boolean;
  readonly isTty: boolean;
  readonly color: boolean;
  readonly stderr: (text: string) => void;
}

export interface StderrSink {
  write(line: string): void;
  close(): void;
}

type Format = (line: string) => string;

/** Log lines for people: one short line each on a terminal, the JSON itself elsewhere. */
export function createStderrSink(options: StderrSinkOptions): StderrSink {
  const { isPretty, isTty, stderr } = options;
  if (!isTty) return { write: stderr, close: () => undefined };
  const short = (line: string): string => shortLine(line, options.color);
  if (!isPretty) return { write: (line) => stderr(short(line)), close: () => undefined };
  // The formatter loads while the first lines arrive; they wait for it, or leave in the short form when it comes too late.
  const waiting: string[] = [];
  let format: Format | null = null;
  let loading: Promise<void> | null = null;
  const flush = (formatter: Format): void => {
    for (const line of waiting.splice(0)) stderr(formatter(line));
  };
  const load = async (): Promise<void> => {
    // The bundle knows this CommonJS module by its default export only.
    const { default: pinoPretty } = await import("pino-pretty");
    const pretty = pinoPretty.prettyFactory({
      colorize: options.color,
      translateTime: "SYS:HH:MM:ss.l",
      ignore: "pid,hostname",
      singleLine: true,
    });
    format = (line) => pretty(JSON.stringify(withoutUnsafe(JSON.parse(line))));
    flush(format);
  };
  return {
    write: (line) => {
      waiting.push(line);
      if (format !== null) flush(format);
      else loading ??= load();
    },
    close: () => flush(format ?? short),
  };
}

/** `warn book.gap sequence gap expected=4 got=6` */
function shortLine(line: string, color: boolean): string {
  const entry: unknown = withoutUnsafe(JSON.parse(line));
  if (typeof entry !== "object" || entry === null) return line;
  const fields = new Map(Object.entries(entry));
  const take = (name: string): unknown => {
    const value: unknown = fields.get(name);
    fields.delete(name);
    return value;
  };
  const words = [levelName(take("level"), color), take("component"), take("ev"), take("msg")];
  for (const name of ["time", "pid"]) fields.delete(name);
  const rest = [...fields].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${[...words.filter((word) => typeof word === "string"), ...rest].join(" ")}\n`;
}

const LEVELS = [
  { name: "trace", color: 90 },
  { name: "debug", color: 90 },
  { name: "info", color: 36 },
  { name: "warn", color: 33 },
  { name: "error", color: 31 },
  { name: "fatal", color: 35 },
] as const;

function levelName(level: unknown, isColored: boolean): string {
  const { color, name } = LEVELS[Number(level) / 10 - 1] ?? { color: 0, name: "log" };
  return isColored ? `\u001b[${color}m${name}\u001b[0m` : name;
}

// What a terminal would obey instead of print.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/g;

/** The same value with every text, names included, made printable. */
function withoutUnsafe(value: unknown): unknown {
  if (typeof value === "string") return value.replace(UNSAFE, " ");
  if (Array.isArray(value)) return value.map(withoutUnsafe);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name.replace(UNSAFE, " "), withoutUnsafe(child)]),
  );
}

import type { LoadedConfig } from "../config/load.ts";
import type { FlagValue } from "../config/sources.ts";
import type { KbtError } from "../core/errors.ts";
import type { ModelKind } from "../core/learn/verdict.ts";
import type { OrderState } from "../core/records.ts";
import type { GroupBy } from "../core/trade-groups.ts";
import type { Money, Ms, Side } from "../core/units.ts";

// What the command line hands to a use case, and what it wants back. The types live here and not in cli/, because app
// may not import cli.

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** The options every command takes, contract §1. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly color: boolean;
  /** Null when not asked for. */
  readonly logLevel: LogLevel | null;
}

/** `--sim`: the command runs against the local exchange. */
export interface SimOptions {
  /** `edge` `fair` `jumpy` `quiet` `chaos`, or `replay:PATH`. */
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number | "max";
}

/** A time given by the user: absolute, or back from now on the clock of the run (which `--sim` replaces). */
export type TimeBound = { readonly atMs: Ms } | { readonly agoMs: Ms };

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Left out of `columns` where there is no room for it; of several the first one first. */
  readonly spare?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** One line of a picture. */
export interface Line {
  readonly text: string;
  /** Bold, where there are colours. */
  readonly strong?: boolean;
}

/** Room for a picture, in characters; infinite where nothing has to fit. */
export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal while a picture has it for itself. */
export interface Screen {
  /** Draws the picture now, and again with the same function whenever the terminal changes its size. */
  readonly show: (picture: (room: Room) => readonly Line[]) => void;
  /** Gives the terminal back as it was. Idempotent; happens by itself when the command is asked to stop. */
  readonly close: () => void;
}

/** What stands on an object of a stream beside its data. */
interface Beside {
  readonly warnings: readonly string[];
  /** Why there are no newer data. */
  readonly error: KbtError | null;
}

/** One line about the work under way, on stderr. Silent with --quiet and --json. */
export interface Progress {
  /** On a terminal it replaces the line; elsewhere a line appears at most every 10 s. */
  readonly update: (text: string) => void;
  /** Removes the line. Idempotent. */
  readonly stop: () => void;
}

export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly homeDir: string;
  readonly version: string;
  readonly isTty: { readonly stdout: boolean; readonly stderr: boolean };
  /** Aborted with a `StopRequest` by the first signal, or when the reader of stdout went away. */
  readonly signal: AbortSignal;
  /** Written as it is; results normally go back in `CommandResult.text`. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** One object of a stream now: a line `{"schema",…,"data"}` with --json, else the text. */
  readonly emit: (data: unknown, text: string, beside?: Beside) => void;
  /** What stands before and behind `data` in a --json document that is written piece by piece. */
  readonly documentAround: () => { readonly before: string; readonly after: string };
  /** Aligned columns; a bordered table on a terminal. Ends with a newline. Cells are cleaned. */
  readonly table: (table: Table) => Promise<string>;
  /** The same as lines without borders, for a picture; the titles first. */
  readonly columns: (table: Table, width: number) => readonly string[];
  /** A picture as text: what stdout offers it, without an end. */
  readonly picture: (draw: (room: Room) => readonly Line[]) => string;
  /** Null where there is none to draw on: stdout is no terminal, or it is to hold documents. */
  readonly openScreen: () => Promise<Screen | null>;
  /** Remote text made safe to print: one line, no control or bidi characters, at most `max` characters (500). */
  readonly clean: (text: string, max?: number) => string;
  readonly progress: Progress;
  /**
   * Throws the `config` KbtError that lists every problem at once. Flags of the command are already in it; `more` are laid
   * over them.
   */
  readonly loadConfig: (more?: readonly FlagValue[]) => Promise<LoadedConfig>;
}

export interface CommandResult {
  readonly exitCode: number;
  /** `data` of the --json document; undefined after `emit`, when no further document shall follow. */
  readonly data: unknown;
  /** What people read on stdout, newline at the end included. */
  readonly text: string;
  readonly warnings: readonly string[];
  /** Why the exit code is not 0, when there is also a result to show ("definition of done not met"). */
  readonly error?: KbtError;
}

export type Mode = "paper" | "live" | "backtest";

/** `collect`: its feeds, markets and `--seconds` are in the configuration (`collect.*`, `kalshi.*`). */
export interface CollectOptions {
  /** Days of history to fetch instead of recording what happens now; null records. */
  readonly backfillDays: number | null;
  readonly sim: SimOptions | null;
}

/** `--series`, `--bankroll` and `--set` are in the configuration. */
export interface PaperOptions {
  /** Names as typed; empty means those that the configuration enables. */
  readonly strategies: readonly string[];
  /** Seconds of the user's own clock; null runs until something else ends it, 0 means the same. */
  readonly seconds: number | null;
  /** Market closes after which the run ends. */
  readonly windows: number | null;
  /** Time of the run's clock at which it ends. */
  readonly untilMs: Ms | null;
  /** One evaluation of every market, then end. */
  readonly once: boolean;
  readonly sim: SimOptions | null;
}

export interface LiveOptions extends PaperOptions {
  /** Series named by `--confirm-live`; null when the flag is absent. */
  readonly confirmLive: readonly string[] | null;
  readonly yes: boolean;
}

export interface StatusOptions {
  /** Look again each second, until the signal. */
  readonly watch: boolean;
  /** The file must be one of the local exchange. */
  readonly isSim: boolean;
}

/** `live order`. */
export interface LiveOrderOptions {
  readonly ticker: string;
  readonly side: Side;
  readonly maxCost: Money;
  /** The digest of the plan as typed; null when it is not given. */
  readonly confirm: string | null;
  readonly yes: boolean;
  readonly sim: SimOptions | null;
}

/** `kill` and `live cancel-all`. */
export interface KillOptions {
  readonly sim: SimOptions | null;
}

/** `live reset`. */
export interface LiveResetOptions {
  /** A latch or a strategy. */
  readonly name: string;
  readonly reason: string;
  readonly mode: "paper" | "live";
}

/** `backtest`: `--series`, `--bankroll` and `--set` are in the configuration. */
export interface BacktestOptions {
  /** Run to be replayed and compared; null for a backtest. */
  readonly verify: number | null;
  /** File of recorded frames to replay; null for what the database holds. */
  readonly capture: string | null;
  /** Days that were fetched afterwards instead of what was recorded. */
  readonly fetched: boolean;
  /** Runs to replay; empty means all of the time that is asked for. */
  readonly runs: readonly number[];
  readonly since: TimeBound | null;
  readonly until: TimeBound | null;
  /** Names as typed; empty means those that the configuration enables. */
  readonly strategies: readonly string[];
  readonly fill: "pessimistic" | "expected";
  /** Exit rules to compare, as typed. */
  readonly exits: readonly string[];
  /** Axes of a grid, as typed: `key=from:to:step` or `key=a,b`. */
  readonly sweep: readonly string[];
  /** Share of the windows that is held out; null for the default. */
  readonly holdOut: number | null;
  /** Threads that variants are replayed on; null for one a core. */
  readonly threads: number | null;
  /** Shuffle the future and look whether the past changes. */
  readonly guard: boolean;
}

export interface PreviewOptions {
  readonly strategies: readonly string[];
  /** Look again each second, until the signal. */
  readonly watch: boolean;
  readonly sim: SimOptions | null;
}

export const LEDGER_WHATS = [
  "trades",
  "positions",
  "orders",
  "fills",
  "balance",
  "pnl",
  "settlements",
  "settle",
  "reconcile",
  ...(["deposit", "withdraw"] as const),
  "export",
] as const;
/** What `--status` takes. */
export const ORDER_STATUSES = [
  ...(["open", "pending", "resting", "filled", "canceled", "rejected", "expired"] as const),
  "unknown",
] as const;
export type LedgerWhat = (typeof LEDGER_WHATS)[number];

/** What `ledger export` can give: tables, what became of purchases, and a run as frames. */
export const EXPORT_WHATS = [
  ...(["deltas", "snapshots", "tickers", "public-trades", "spots", "index", "candles"] as const),
  ...(["market-candles", "gaps", "opportunities", "trades", "fills", "settlements"] as const),
  ...(["lots", "capture"] as const),
] as const;
export type ExportWhat = (typeof EXPORT_WHATS)[number];
export const EXPORT_FORMATS = ["csv", "json"] as const;

export interface LedgerOptions {
  readonly what: LedgerWhat;
  readonly mode: Mode | null;
  readonly limit: number;
  readonly since: TimeBound | null;
  readonly until: TimeBound | null;
  readonly by: GroupBy | null;
  /** Of orders: their state now; `open` is any of which something may still come. */
  readonly status: OrderState | "open" | null;
  readonly ticker: string | null;
  /** Of a deposit or withdrawal. */
  readonly amount: Money | null;
  readonly reason: string | null;
  readonly exportWhat: ExportWhat | null;
  /** Of an export: rows of this run only. */
  readonly runId: number | null;
  /** Of an export of lots: what closed in this calendar year. */
  readonly year: number | null;
  readonly exportFormat: (typeof EXPORT_FORMATS)[number] | null;
  readonly sim: SimOptions | null;
}

export interface WhyOptions {
  /** One evaluation; null for the funnel. */
  readonly opportunityId: number | null;
  readonly mode: Mode | null;
  readonly strategies: readonly string[];
  readonly series: readonly string[];
  readonly since: TimeBound | null;
  readonly until: TimeBound | null;
}

export interface CalibrateOptions {
  readonly mode: Mode | null;
  readonly strategies: readonly string[];
  readonly series: readonly string[];
  readonly since: TimeBound | null;
  readonly until: TimeBound | null;
  readonly requireProof: boolean;
  /** Null leaves the minimum to the calibration. */
  readonly minWindows: number | null;
  /** File that the report is written to as a page; null writes none. */
  readonly html: string | null;
}

/** `calibrate fit`. */
export interface FitOptions {
  readonly kinds: readonly ModelKind[];
  /** Empty means every product with candles, and every series with settled evaluations. */
  readonly products: readonly string[];
  readonly series: readonly string[];
  readonly since: TimeBound | null;
  readonly until: TimeBound | null;
  readonly folds: number;
}

/** `sim`: serves until the signal. Emit the URLs with `ctx.emit` as soon as they are known. */
export interface SimServerOptions {
  readonly scenario: string;
  readonly seed: number;
  readonly speed: number;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Private key the exchange knows its client by; null makes a fresh one. */
  readonly keyPath: string | null;
  /** Fault rules from the start, JSON; null for those of the scenario only. */
  readonly faultsPath: string | null;
}

export interface DoctorOptions {
  /** Send a test message to every configured messenger. */
  readonly alerts: boolean;
  /** Places, cancels and kills orders on demo or on the local exchange. */
  readonly drill: boolean;
  readonly sim: SimOptions | null;
}

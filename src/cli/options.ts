import { type Command, InvalidArgumentError, Option } from "commander";
import type { SimOptions, TimeBound } from "../app/context.ts";
import type { FlagValue } from "../config/sources.ts";
import { DAY_MS } from "../core/iso-time.ts";

// Text of the command line as typed values. A strict grammar, because Number("") is 0 and parseInt("5x") is 5.

/** What the local exchange can play; `replay:PATH` besides. */
export const SCENARIOS = ["edge", "fair", "jumpy", "quiet", "chaos"] as const;
const DEFAULT_SCENARIO = "edge";
const SPEED_MAX = 100_000;
/** Longest wait a timer can make, in seconds. */
const SECONDS_MAX = 2_000_000;

/** What `--metrics-port` says of itself, wherever it is. */
export const METRICS_PORT = "serve /metrics and /healthz on this port of 127.0.0.1";

const DECIMAL = /^\d{1,12}(\.\d{1,9})?$/;

/** A parser of integers from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  };
}

/** Seconds of the user's own clock; 0 means no end. */
export function seconds(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (value <= SECONDS_MAX) return value;
  throw new InvalidArgumentError(`It must be a number of seconds from 0 to ${SECONDS_MAX}.`);
}

/** `15m` or `1h` in whole minutes, a day at most. */
export function minutes(text: string): number {
  const [, count, unit] = /^(\d{1,4})([mh])$/.exec(text) ?? [];
  const value = Number(count) * (unit === "h" ? 60 : 1);
  if (value >= 1 && value <= 1440) return value;
  throw new InvalidArgumentError("It must be minutes or hours from 1m to 24h, such as 15m.");
}

/** Exchange seconds per second. */
export function speed(text: string): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= SPEED_MAX) return value;
  throw new InvalidArgumentError(`It must be a number above 0, at most ${SPEED_MAX}.`);
}

function speedOrMax(text: string): number | "max" {
  return text === "max" ? "max" : speed(text);
}

/** `A,B` added to what the option was given before. */
export function list(text: string, before: readonly string[] | undefined): readonly string[] {
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.length === 0) throw new InvalidArgumentError("It must not be empty.");
  return [...(before ?? []), ...items];
}

export interface Assignment {
  readonly path: string;
  readonly text: string;
}

/** `key=value` added to what the option was given before. */
export function assignment(
  text: string,
  before: readonly Assignment[] | undefined,
): readonly Assignment[] {
  const at = text.indexOf("=");
  if (at < 1)
    throw new InvalidArgumentError(
      "It must be key=value, such as strategy.threshold-ev.ev_min=0.05.",
    );
  return [...(before ?? []), { path: text.slice(0, at).trim(), text: text.slice(at + 1) }];
}

/** A scenario of the local exchange. */
export function scenario(text: string): string {
  if (SCENARIOS.some((known) => known === text)) return text;
  if (text.startsWith("replay:") && text.length > "replay:".length) return text;
  throw new InvalidArgumentError(`It must be one of ${SCENARIOS.join(", ")}, or replay:PATH.`);
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** ISO-8601, UTC unless an offset is written. */
export function isoTime(text: string): number {
  const ms = parseIso(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError("It must be a time such as 2026-11-21 or 2026-11-21T02:30:00Z.");
}

/** ISO-8601, or a time back from now: `90m`, `24h`, `7d`. */
export function timeBound(text: string): TimeBound {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  if (unitMs !== undefined) return { agoMs: Number(count) * unitMs };
  const ms = parseIso(text);
  if (ms !== null) return { atMs: ms };
  throw new InvalidArgumentError(
    "It must be a time such as 2026-11-21T02:30:00Z, or an age such as 24h or 7d.",
  );
}

function parseIso(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const field = (at: number): number => Number(match[at] ?? 0);
  const [year, month, day] = [field(1), field(2), field(3)];
  const [hour, minute, second] = [field(4), field(5), field(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offsetMin = (match[8] === "-" ? -1 : 1) * (field(9) * 60 + field(10));
  const clockMs = ((hour * 60 + minute - offsetMin) * 60 + second) * 1000;
  return (
    daysSinceEpoch(year, month, day) * DAY_MS + clockMs + Number((match[7] ?? "").padEnd(3, "0"))
  );
}

function daysOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar, years beginning in March so that leap days come last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const FARTHEST = "farthest-band";

export interface SimFlags {
  readonly sim?: string;
  readonly simSeed?: number;
  readonly simSpeed?: number | "max";
}

/** Adds `--sim[=SCENARIO]`, `--sim-seed`, `--sim-speed`. */
export function addSimOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--sim [scenario]",
        `use the local exchange: ${SCENARIOS.join(", ")} or replay:PATH`,
      )
        .preset(DEFAULT_SCENARIO)
        .argParser(scenario),
    )
    .option("--sim-seed <n>", "seed of the local exchange (default 1)", integer(0, 4_294_967_295))
    .option(
      "--sim-speed <x>",
      "its speed, or max: lockstep on virtual time (default 1)",
      speedOrMax,
    );
}

/** Refuses options that would be accepted in silence and do nothing; `names` as commander keeps them. */
export function refuseBeside(command: Command, what: string, names: readonly string[]): void {
  const flags: Readonly<Record<string, unknown>> = command.optsWithGlobals();
  const refused = names.find((name) => flags[name] !== undefined);
  if (refused === undefined) return;
  const flag = refused.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  command.error(`error: ${what} cannot be used with option '--${flag}'`, {
    code: "commander.conflictingOption",
  });
}

/** Refuses an option of farthest-band beside strategies that it says nothing to. */
export function refuseOthers(
  command: Command,
  flag: string | undefined,
  strategies: readonly string[] | undefined,
): void {
  if (flag === undefined || strategies === undefined || strategies.includes(FARTHEST)) return;
  command.error(`error: option '${flag}' is for --strategy ${FARTHEST}`, {
    code: "commander.conflictingOption",
  });
}

/** The `--sim` options of a command; null when it runs against the internet. */
export function simOptions(command: Command, flags: SimFlags): SimOptions | null {
  if (flags.sim !== undefined) {
    return { scenario: flags.sim, seed: flags.simSeed ?? 1, speed: flags.simSpeed ?? 1 };
  }
  const orphan = flags.simSeed === undefined ? "--sim-speed" : "--sim-seed";
  if (flags.simSeed !== undefined || flags.simSpeed !== undefined) {
    command.error(`error: option '${orphan}' needs --sim`, { code: "commander.conflictingOption" });
  }
  return null;
}

/**
 * `--sim` takes its scenario after `=` only, because commander would take the next word: `ledger --sim positions`. A
 * scenario that follows as a word of its own is understood too.
 */
export function joinSim(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") return [...joined, ...argv.slice(at)];
    const next = argv[at + 1] ?? "";
    const isScenario = SCENARIOS.some((known) => known === next) || next.startsWith("replay:");
    if (word !== "--sim") joined.push(word);
    else if (isScenario) joined.push(`--sim=${argv[++at]}`);
    else joined.push(`--sim=${DEFAULT_SCENARIO}`);
  }
  return joined;
}

/** A configuration key set by an option of its own; nothing when the option is absent. */
export function flagValue(
  flag: string,
  path: string,
  value: string | number | boolean | readonly string[] | undefined,
): FlagValue[] {
  if (value === undefined) return [];
  const text = typeof value === "object" ? value.join(",") : String(value);
  return [{ flag, path, text }];
}

/** The configuration keys set by `--set`. */
export function setValues(assignments: readonly Assignment[] | undefined): FlagValue[] {
  return (assignments ?? []).map(({ path, text }) => ({ flag: "--set", path, text }));
}

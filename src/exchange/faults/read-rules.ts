import { isRecord, type JsonRecord } from "../server/types.ts";
import type { FaultRule } from "./fault-rule.ts";
import { FAULTS, isFaultName, type Param } from "./fault-table.ts";

export interface ReadRules {
  readonly rules: readonly FaultRule[];
  /** One sentence for each thing that is wrong; with any of them no rule counts. */
  readonly problems: readonly string[];
}

const RULE_KEYS = ["fault", "match", "when", "params"];
const MATCH_TEXTS = ["venue", "method", "path", "cmd", "channel", "type", "ticker"];
const VENUES = ["kalshi", "coinbase", "kraken", "binance", "bitstamp", "gemini"];
const MATCH_NUMBERS = ["sid", "connection"];
const WHEN_COUNTS = ["nth", "every", "everyMs", "times"];
const WHEN_TIMES = ["afterMs", "untilMs"];
const RULES_MAX = 1000;

/** Rules from JSON: one rule, or a list of them. */
export function readRules(value: unknown): ReadRules {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > RULES_MAX) {
    return { rules: [], problems: [`${list.length} rules are too many; at most ${RULES_MAX}`] };
  }
  const problems: string[] = [];
  const rules: FaultRule[] = [];
  for (const [at, item] of list.entries()) {
    const name = `rule ${at + 1}`;
    const found = problemsOf(item).map((problem) => `${name}: ${problem}`);
    problems.push(...found);
    if (found.length === 0 && isChecked(item)) rules.push(item);
  }
  return problems.length === 0 ? { rules, problems } : { rules: [], problems };
}

// Every key and value was looked at against the table that the type is made from.
function isChecked(item: unknown): item is FaultRule {
  return isRecord(item) && isFaultName(item["fault"]);
}

function problemsOf(item: unknown): readonly string[] {
  if (!isRecord(item)) return ["it must be an object with a fault"];
  const { fault } = item;
  if (fault === undefined) return ["it names no fault; GET /_kbt/faults lists them"];
  if (!isFaultName(fault)) {
    return [`there is no fault ${shown(fault)}; GET /_kbt/faults lists them`];
  }
  return [
    ...unknownKeys(item, RULE_KEYS, ""),
    ...objectProblems(item, "match", matchProblems),
    ...objectProblems(item, "when", whenProblems),
    ...objectProblems(item, "params", (params) => paramProblems(params, FAULTS[fault].params)),
  ];
}

function objectProblems(
  item: JsonRecord,
  key: string,
  check: (value: JsonRecord) => readonly string[],
): readonly string[] {
  const value = item[key];
  if (value === undefined) return [];
  return isRecord(value) ? check(value) : [`${key} must be an object`];
}

function matchProblems(match: JsonRecord): readonly string[] {
  return [
    ...unknownKeys(match, [...MATCH_TEXTS, ...MATCH_NUMBERS], "match."),
    ...wrongValues(match, "match.", MATCH_TEXTS, { isRight: isText, wanted: "a text" }),
    ...wrongValues(match, "match.", ["venue"], {
      isRight: isVenue,
      wanted: `one of ${VENUES.join(", ")}`,
    }),
    ...wrongValues(match, "match.", MATCH_NUMBERS, COUNT),
  ];
}

/** With a star it may stand for several, and is nobody's typing error. */
function isVenue(value: unknown): boolean {
  return typeof value !== "string" || value.includes("*") || VENUES.includes(value);
}

function whenProblems(when: JsonRecord): readonly string[] {
  return [
    ...unknownKeys(when, [...WHEN_COUNTS, ...WHEN_TIMES, "probability"], "when."),
    ...wrongValues(when, "when.", WHEN_COUNTS, COUNT),
    ...wrongValues(when, "when.", WHEN_TIMES, { isRight: isTime, wanted: "milliseconds from 0" }),
    ...wrongValues(when, "when.", ["probability"], {
      isRight: isProbability,
      wanted: "a number from 0 to 1",
    }),
  ];
}

function paramProblems(
  params: JsonRecord,
  specs: Readonly<Record<string, Param>>,
): readonly string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) return [noKey("params.", name, Object.keys(specs))];
    const wanted = wantedOf(spec);
    return fits(spec, value) ? [] : [`params.${name} is ${shown(value)}; it must be ${wanted}`];
  });
}

function fits(spec: Param, value: unknown): boolean {
  switch (spec.kind) {
    case "integer":
      return Number.isSafeInteger(value) && isBetween(Number(value), spec.min, spec.max);
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "choice":
      return spec.choices.some((choice) => choice === value);
  }
}

function wantedOf(spec: Param): string {
  switch (spec.kind) {
    case "integer":
      return `a whole number from ${spec.min} to ${spec.max}`;
    case "text":
      return "a text";
    case "flag":
      return "true or false";
    case "choice":
      return `one of ${spec.choices.join(", ")}`;
  }
}

function unknownKeys(
  value: JsonRecord,
  known: readonly string[],
  prefix: string,
): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => noKey(prefix, key, known));
}

function noKey(prefix: string, key: string, known: readonly string[]): string {
  const list = known.length === 0 ? "there are none" : `known are ${known.join(", ")}`;
  return `there is no ${prefix}${key}; ${list}`;
}

interface ValueRule {
  readonly isRight: (value: unknown) => boolean;
  readonly wanted: string;
}

const COUNT: ValueRule = { isRight: isCount, wanted: "a whole number above 0" };

function wrongValues(
  value: JsonRecord,
  prefix: string,
  keys: readonly string[],
  { isRight, wanted }: ValueRule,
): readonly string[] {
  return keys
    .filter((key) => value[key] !== undefined && !isRight(value[key]))
    .map((key) => `${prefix}${key} is ${shown(value[key])}; it must be ${wanted}`);
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isTime(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

function isProbability(value: unknown): boolean {
  return typeof value === "number" && isBetween(value, 0, 1);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "missing").slice(0, 80);
}

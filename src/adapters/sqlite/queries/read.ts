import { storeError } from "../errors.ts";
import type { Reader } from "../open.ts";

export type Value = string | number | null;

/** Runs a query and names what went wrong with the file. */
export function reading<T>(reader: Reader, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(error, reader.path);
  }
}

/** Half-open in neither direction: both ends belong to the range, milliseconds UTC. */
export interface TimeRange {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** Conditions that apply only when their value is given. The SQL is a constant of the caller, the value is bound. */
export function where(
  conditions: readonly (readonly [sql: string, ...values: (Value | undefined)[]])[],
): { readonly sql: string; readonly values: Value[] } {
  const sql: string[] = [];
  const values: Value[] = [];
  for (const [condition, ...given] of conditions) {
    const known = given.filter((value) => value !== undefined);
    if (known.length < given.length) continue;
    sql.push(`(${condition})`);
    values.push(...known);
  }
  return { sql: sql.length === 0 ? "" : `WHERE ${sql.join(" AND ")}`, values };
}

type Condition = readonly [sql: string, ...values: Value[]];

/** Condition on a column of a strategy's name: one of those, and none of the others; nothing for empty lists. */
export function strategyConditions(
  column: string,
  { strategies = [], without = [] }: StrategyChoice,
): Condition[] {
  const conditions: Condition[] = [];
  if (strategies.length > 0) {
    conditions.push([`${column} IN (${marks(strategies)})`, ...strategies]);
  }
  if (without.length > 0) conditions.push([`${column} NOT IN (${marks(without)})`, ...without]);
  return conditions;
}

function marks(names: readonly string[]): string {
  return names.map(() => "?").join(", ");
}

export interface StrategyChoice {
  /** Empty means all. */
  readonly strategies?: readonly string[] | undefined;
  /** Left out. */
  readonly without?: readonly string[] | undefined;
}

/** Condition on a column of a ticker: its series is one of those; nothing for an empty list. */
export function seriesCondition(column: string, series: readonly string[] = []): Condition[] {
  if (series.length === 0) return [];
  const sql = series.map(() => `(${column} > ? AND ${column} < ?)`).join(" OR ");
  return [[sql, ...series.flatMap((one) => [`${one}-`, `${one}.`])]];
}

/** Tickers of a series as a range: "KXBTCD-…" sorts from "KXBTCD-" up to "KXBTCD.". */
export function seriesRange(
  series: string | undefined,
): readonly [string | undefined, string | undefined] {
  return series === undefined ? [undefined, undefined] : [`${series}-`, `${series}.`];
}

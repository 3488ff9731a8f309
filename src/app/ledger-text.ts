import { isoTime } from "../core/iso-time.ts";
import { formatDecimal, formatQty, type Ms, type Price, type Qty } from "../core/units.ts";
import type { Column, Table } from "./context.ts";

// What the tables of the ledger have in common.

/** Rows for programs (decimal strings, ISO times plus `_ms`; contract §1) and a table for people. */
export interface Listing {
  readonly rows: readonly unknown[];
  readonly table: Table;
  /** Said instead of an empty table. */
  readonly empty: string;
  /** What stands below the table. */
  readonly after?: string;
}

export const right = (title: string): Column => ({ title, align: "right" });
export const left = (title: string): Column => ({ title });

/** 5230 → `52.3`: a price in cents as people say it. */
export const cents = (at: Price): string => trimmed(formatDecimal(at, 2));
/** 1000 → `10`, 1230 → `12.3`: contracts as people say them. */
export const contracts = (count: Qty): string => trimmed(formatQty(count));
const trimmed = (decimal: string): string => decimal.replace(/\.?0+$/, "");

export const time = (name: string, ms: Ms | null): Record<string, unknown> => ({
  [name]: ms === null ? null : isoTime(ms),
  [`${name}_ms`]: ms,
});

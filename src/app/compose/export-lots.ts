import type { Reader } from "../../adapters/sqlite/open.ts";
import { legsByMarket, type MarketLegs } from "../../adapters/sqlite/queries/lot-legs.ts";
import { KbtError } from "../../core/errors.ts";
import type { ClosedLot, OpenLot } from "../../core/lots.ts";
import {
  type ControlTotals,
  differenceOf,
  lotsIn,
  NO_TOTALS,
  type Period,
  sumOf,
  taxYear,
} from "../../core/tax-year.ts";
import { formatMoney } from "../../core/units.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";
import { csvRows, documentFields, jsonRows } from "../export-format.ts";
import { resolveTime } from "../time-bound.ts";

/** `kbt ledger export --what lots`: purchases with what became of them, and sums by which they can be checked. */
export function exportLots(
  ctx: CommandContext,
  options: LedgerOptions,
  { nowMs, reader }: { readonly nowMs: number; readonly reader: Reader },
): CommandResult {
  const period = periodOf(options, nowMs);
  const isWhole = options.year === null && options.since === null;
  const rows: Cell[][] = [];
  const totals = new Map<string, ControlTotals>();
  for (const market of legsByMarket(reader, { mode: options.mode ?? undefined })) {
    const { closed, control, open } = lotsIn(market.legs, period);
    for (const lot of closed) rows.push(closedRow(market, lot));
    // What is held belongs to no year, and to no time but now.
    if (isWhole) for (const lot of open) rows.push(openRow(market, lot));
    totals.set(market.mode, sumOf(totals.get(market.mode) ?? NO_TOTALS, control));
  }
  rows.sort((one, other) => timeOf(one) - timeOf(other));
  return resultOf(ctx, options, { rows, totals });
}

type Cell = string | number | null;

const COLUMNS =
  "mode account_run ticker side end strategy qty_cq opened_ms closed_ms paid_ud proceeds_ud fees_ud gain_ud opened_by closed_by".split(
    " ",
  );
const CLOSED_AT = COLUMNS.indexOf("closed_ms");

/** By the end; what is open comes last. */
function timeOf(row: readonly Cell[]): number {
  const at = row[CLOSED_AT];
  return typeof at === "number" ? at : Number.MAX_SAFE_INTEGER;
}

function closedRow({ account, mode, ticker }: MarketLegs, lot: ClosedLot): Cell[] {
  const { closedMs, end, fees, gain, openedMs, paid, proceeds, qty, side, strategy } = lot;
  const of = [mode, account, ticker, side, end, strategy, qty];
  return [...of, openedMs, closedMs, paid, proceeds, fees, gain, lot.openedBy, lot.closedBy];
}

function openRow({ account, mode, ticker }: MarketLegs, lot: OpenLot): Cell[] {
  const { fee, openedBy, openedMs, paid, qty, side, strategy } = lot;
  const of = [mode, account, ticker, side, "open", strategy, qty];
  return [...of, openedMs, null, paid, null, fee, null, openedBy, null];
}

function periodOf({ since, until, year }: LedgerOptions, nowMs: number): Period {
  if (year !== null) return taxYear(year);
  const last = resolveTime(until, nowMs);
  return {
    fromMs: resolveTime(since, nowMs) ?? Number.NEGATIVE_INFINITY,
    // Both ends of what a user says belong to it.
    untilMs: last === undefined ? Number.POSITIVE_INFINITY : last + 1,
  };
}

function resultOf(
  ctx: CommandContext,
  { exportFormat }: LedgerOptions,
  { rows, totals }: { readonly rows: Cell[][]; readonly totals: Map<string, ControlTotals> },
): CommandResult {
  const modes = [...totals].map(([mode, sums]) => ({ mode, sums }));
  const result = { exitCode: 0, warnings: [], ...errorOf(modes) };
  if (ctx.globals.json) {
    const data = {
      lots: rows.map((row) => documentFields(COLUMNS, row)),
      control_totals: modes.map(({ mode, sums }) => ({ mode, ...totalsData(sums) })),
    };
    return { ...result, data, text: "" };
  }
  const { after, before, between, row } =
    exportFormat === "json" ? jsonRows(COLUMNS) : csvRows(COLUMNS);
  const text = `${before}${rows.map((one) => row(one)).join(between)}${after}`;
  if (!ctx.globals.quiet) for (const one of modes) ctx.stderr(controlLine(one));
  return { ...result, data: undefined, text };
}

function totalsData(sums: ControlTotals): Record<string, unknown> {
  const { cash, fees, gain, lots, openAfter, openBefore, paid, paired, proceeds } = sums;
  return {
    lots,
    proceeds: formatMoney(proceeds),
    paid: formatMoney(paid),
    fees: formatMoney(fees),
    gain: formatMoney(gain),
    ledger_cash: formatMoney(cash),
    pairs: formatMoney(paired),
    open_before: formatMoney(openBefore),
    open_after: formatMoney(openAfter),
    difference: formatMoney(differenceOf(sums)),
  };
}

/** Two sums, each of which a reader can form again: one from the rows, one from the ledger. */
function controlLine({ mode, sums }: ModeTotals): string {
  const { cash, fees, gain, lots, openAfter, openBefore, paid, paired, proceeds } = sums;
  const [rows, ledger] = [
    `proceeds ${formatMoney(proceeds)} - paid ${formatMoney(paid)} - fees ${formatMoney(fees)}`,
    `cash ${formatMoney(cash)} + pairs ${formatMoney(paired)} + open at the end ${formatMoney(openAfter)} - at the start ${formatMoney(openBefore)}`,
  ];
  return `${mode}: ${lots} lots, ${rows} = gain ${formatMoney(gain)}\n${mode}: ledger, ${ledger}; difference ${formatMoney(differenceOf(sums))}\n`;
}

interface ModeTotals {
  readonly mode: string;
  readonly sums: ControlTotals;
}

function errorOf(modes: readonly ModeTotals[]): Pick<CommandResult, "exitCode" | "error"> | null {
  const wrong = modes.find(({ sums }) => differenceOf(sums) !== 0);
  if (wrong === undefined) return null;
  const error = new KbtError({
    kind: "doubt",
    code: "LOTS_DIFFER",
    message: `the lots of ${wrong.mode} and its ledger differ by $${formatMoney(differenceOf(wrong.sums))}`,
    hint: "kbt ledger reconcile names where",
  });
  return { exitCode: 8, error };
}

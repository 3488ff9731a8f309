import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { listLedger, pnl } from "../../adapters/sqlite/queries/ledger.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { listPositions } from "../../adapters/sqlite/queries/positions.ts";
import { listSettlements } from "../../adapters/sqlite/queries/settlements.ts";
import { KbtError } from "../../core/errors.ts";
import type {
  CommandContext,
  CommandResult,
  LedgerOptions,
  LedgerWhat,
  Table,
} from "../context.ts";
import {
  ordersTable,
  pnlTable,
  positionsTable,
  settlementsTable,
  tradesTable,
} from "../ledger-tables.ts";
import { resolveTime } from "../time-bound.ts";

interface Filter {
  readonly mode?: "paper" | "live" | "backtest" | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly limit: number;
}

interface Listing {
  readonly rows: readonly unknown[];
  readonly table: Table;
  /** Said instead of an empty table. */
  readonly empty: string;
}

type Listed = Exclude<LedgerWhat, "settle" | "export">;

const LISTINGS: Readonly<
  Record<Listed, (reader: Reader, filter: Filter, options: LedgerOptions) => Listing>
> = {
  trades: (reader, filter) => tradesTable(listLedger(reader, filter)),
  positions: (reader, filter) =>
    positionsTable(listPositions(reader, filter).slice(0, filter.limit)),
  orders: (reader, filter) => ordersTable(listOrders(reader, filter)),
  pnl: (reader, filter, options) => pnlTable(pnl(reader, options.by ?? "strategy", filter)),
  settlements: (reader, filter) => settlementsTable(listSettlements(reader, filter)),
};

/** `kbt ledger`: what was traded, held, earned and settled; `settle` imports results. */
export async function ledger(ctx: CommandContext, options: LedgerOptions): Promise<CommandResult> {
  if (options.what === "settle") return (await import("./settle.ts")).settle(ctx, options);
  if (options.what === "export") return (await import("./export.ts")).exportRows(ctx, options);
  assertListing(options);
  const { config } = await ctx.loadConfig();
  const nowMs = createSystemClock().nowMs();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    const filter: Filter = {
      mode: options.mode ?? undefined,
      since: resolveTime(options.since, nowMs),
      until: resolveTime(options.until, nowMs),
      limit: options.limit,
    };
    const { rows, table, empty } = LISTINGS[options.what](reader, filter, options);
    return {
      exitCode: 0,
      data: rows,
      text: rows.length === 0 ? `${empty}\n` : await ctx.table(table),
      warnings: [],
    };
  } finally {
    reader.close();
  }
}

function assertListing({ exportFormat, exportWhat, runId, what }: LedgerOptions): void {
  if (exportFormat === null && exportWhat === null && runId === null) return;
  throw new KbtError({
    kind: "usage",
    code: "USAGE",
    message: `ledger ${what} does not export`,
    hint: "use `kbt ledger export --what deltas`, or leave --what, --format and --run out",
  });
}

import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { listLedger } from "../../adapters/sqlite/queries/ledger.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { listSettlements } from "../../adapters/sqlite/queries/settlements.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult, LedgerOptions, LedgerWhat } from "../context.ts";
import { ordersTable, settlementsTable, tradesTable } from "../ledger-tables.ts";
import type { Listing } from "../ledger-text.ts";
import { resolveTime } from "../time-bound.ts";

interface Asked {
  readonly filter: {
    readonly mode?: "paper" | "live" | "backtest" | undefined;
    readonly ticker?: string | undefined;
    readonly since?: number | undefined;
    readonly until?: number | undefined;
    readonly limit: number;
  };
  readonly options: LedgerOptions;
  readonly config: Config;
}

type Listed = Exclude<LedgerWhat, keyof typeof DOINGS>;

/** What does something, or says it in its own way. */
const DOINGS = {
  settle: async (ctx, options) => (await import("./settle.ts")).settle(ctx, options),
  export: async (ctx, options) => (await import("./export.ts")).exportRows(ctx, options),
  reconcile: async (ctx, options) => (await import("./reconcile.ts")).reconcile(ctx, options),
  deposit: async (ctx, options) => (await import("./ledger-moved.ts")).noteMovement(ctx, options),
  withdraw: async (ctx, options) => (await import("./ledger-moved.ts")).noteMovement(ctx, options),
} satisfies Readonly<
  Record<string, (ctx: CommandContext, options: LedgerOptions) => Promise<CommandResult>>
>;

// What most people never ask for is loaded when it is asked for.
const LISTINGS: Readonly<
  Record<Listed, (reader: Reader, asked: Asked) => Listing | Promise<Listing>>
> = {
  trades: (reader, { filter }) => tradesTable(listLedger(reader, filter)),
  positions: async (reader, { filter }) =>
    (await import("./ledger-positions.ts")).positionsListing(reader, filter),
  orders: (reader, { filter, options }) =>
    ordersTable(listOrders(reader, { ...filter, ...stateOf(options) })),
  pnl: async (reader, asked) => {
    const { pnlListing } = await import("./ledger-pnl.ts");
    const { config, filter, options } = asked;
    return pnlListing(reader, options.by ?? "strategy", { filter, fees: config.fees });
  },
  fills: async (reader, { filter }) => {
    const [{ markedFills }, { fillsTable }] = await Promise.all([
      import("../../adapters/sqlite/queries/marked-fills.ts"),
      import("../fills-table.ts"),
    ]);
    return fillsTable(markedFills(reader, filter));
  },
  balance: async (reader, { filter }) =>
    (await import("./ledger-balance.ts")).balanceListing(reader, filter),
  settlements: (reader, { filter }) => settlementsTable(listSettlements(reader, filter)),
};

function isDoing(what: LedgerWhat): what is keyof typeof DOINGS {
  return Object.hasOwn(DOINGS, what);
}

function stateOf({ status }: LedgerOptions) {
  if (status === null) return {};
  return status === "open" ? { open: true } : { state: status };
}

/** `kbt ledger`: what was traded, held, earned and settled; `settle` imports results. */
export async function ledger(ctx: CommandContext, options: LedgerOptions): Promise<CommandResult> {
  const { what } = options;
  if (isDoing(what)) return DOINGS[what](ctx, options);
  assertListing(options);
  const { config } = await ctx.loadConfig();
  const nowMs = createSystemClock().nowMs();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    const filter = {
      mode: options.mode ?? undefined,
      ticker: options.ticker ?? undefined,
      since: resolveTime(options.since, nowMs),
      until: resolveTime(options.until, nowMs),
      limit: options.limit,
    };
    const {
      after = "",
      empty,
      rows,
      table,
    } = await LISTINGS[what](reader, {
      config,
      filter,
      options,
    });
    return {
      exitCode: 0,
      data: rows,
      text: rows.length === 0 ? `${empty}\n` : `${await ctx.table(table)}${after}`,
      warnings: [],
    };
  } finally {
    reader.close();
  }
}

function assertListing({ exportFormat, exportWhat, runId, what, year }: LedgerOptions): void {
  if (exportFormat === null && exportWhat === null && runId === null && year === null) return;
  throw new KbtError({
    kind: "usage",
    code: "USAGE",
    message: `ledger ${what} does not export`,
    hint: "use `kbt ledger export --what deltas`, or leave --what, --format, --run and --year out",
  });
}

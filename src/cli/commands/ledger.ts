import { Argument, Command, InvalidArgumentError, Option } from "commander";
import {
  EXPORT_FORMATS,
  EXPORT_WHATS,
  type ExportWhat,
  LEDGER_WHATS,
  type LedgerOptions,
  type LedgerWhat,
  type Mode,
  ORDER_STATUSES,
  type TimeBound,
} from "../../app/context.ts";
import { GROUPS, type GroupBy } from "../../core/trade-groups.ts";
import { type Money, parseMoney } from "../../core/units.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import {
  addSimOptions,
  integer,
  refuseBeside,
  type SimFlags,
  simOptions,
  timeBound,
} from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly mode?: Mode;
  readonly limit?: number;
  readonly since?: TimeBound;
  readonly until?: TimeBound;
  readonly by?: GroupBy;
  readonly status?: (typeof ORDER_STATUSES)[number];
  readonly ticker?: string;
  readonly amount?: Money;
  readonly reason?: string;
  readonly what?: ExportWhat;
  readonly run?: number;
  readonly year?: number;
  readonly format?: (typeof EXPORT_FORMATS)[number];
}

const DEFAULT_LIMIT = 20;

/** What is whole and cannot be narrowed down so: more than was asked for would be read as what was asked for. */
const WHOLE: Readonly<Partial<Record<LedgerWhat, readonly string[]>>> = {
  balance: ["ticker", "since", "limit"],
  export: ["limit", "ticker"],
  reconcile: ["ticker", "since", "until", "limit"],
  settle: ["ticker"],
};

export function ledgerCommand(deps: CommandDeps): Command {
  const command = new Command("ledger")
    .description("Show what was traded; ledger settle imports settlements (cron-safe).")
    .addHelpText(
      "before",
      `Examples:
  $ kbt ledger --mode paper --limit 10
  $ kbt ledger export --what opportunities --since 7d > opportunities.csv
`,
    )
    .addArgument(
      new Argument("[what]", "what to show").choices(LEDGER_WHATS).default("trades" as const),
    )
    .addOption(modeOption())
    .option("--limit <n>", `rows at most (default ${DEFAULT_LIMIT})`, integer(1, 100_000))
    .option("--since <time>", "from this time or age: 2026-11-21, 24h, 7d", timeBound)
    .option("--until <time>", "up to this time or age", timeBound)
    .addOption(new Option("--by <group>", "group profit").choices(GROUPS))
    .addOption(new Option("--status <state>", "only such orders").choices(ORDER_STATUSES))
    .option("--ticker <ticker>", "only this market")
    .option("--amount <usd>", "dollars, of ledger deposit and withdraw", dollars)
    .option("--reason <text>", "why, of ledger deposit and withdraw")
    .addOption(new Option("--what <rows>", "rows of ledger export").choices(EXPORT_WHATS))
    .addOption(
      new Option("--format <format>", "of ledger export, default csv").choices(EXPORT_FORMATS),
    )
    .option("--run <n>", "only this run, of ledger export", integer(1, 900_000))
    .option("--year <n>", "lots that closed in this year, New York time", integer(2021, 2100));
  return addSimOptions(command).action((what: LedgerWhat) => {
    const flags = command.optsWithGlobals<Flags>();
    refuseBeside(command, `ledger ${what}`, WHOLE[what] ?? []);
    if (what !== "deposit" && what !== "withdraw") {
      refuseBeside(command, `ledger ${what}`, ["amount", "reason"]);
    }
    if (what !== "orders") refuseBeside(command, `ledger ${what}`, ["status"]);
    if (what !== "pnl") refuseBeside(command, `ledger ${what}`, ["by"]);
    const options = { what, ...optionsOf(flags), sim: simOptions(command, flags) };
    return deps.run({
      command: "ledger",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runLedger } = await import("../../app/commands.ts");
        return runLedger(ctx, options);
      },
    });
  });
}

function optionsOf(flags: Flags): Omit<LedgerOptions, "what" | "sim"> {
  const { by = null, format = null, run = null, what = null, year = null } = flags;
  const exported = { exportWhat: what, exportFormat: format, runId: run, year };
  const { amount = null, reason = null } = flags;
  return { ...narrowing(flags), by, amount, reason, ...exported };
}

function narrowing(flags: Flags) {
  const { limit = DEFAULT_LIMIT, mode = null, since = null } = flags;
  const { status = null, ticker = null, until = null } = flags;
  return { limit, mode, since, status, ticker, until };
}

/** An amount of money; a movement of nothing is none. */
function dollars(text: string): Money {
  const amount = parseMoney(text);
  if (amount !== undefined && amount > 0) return amount;
  throw new InvalidArgumentError("It must be dollars above 0, such as 50 or 12.34.");
}

/** `--mode`, as ledger and calibrate take it. */
export function modeOption(about = "only rows of this mode"): Option {
  return new Option("--mode <mode>", about).choices(["paper", "live", "backtest"] as const);
}

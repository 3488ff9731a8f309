import type { Command } from "commander";
import type { PaperOptions } from "../app/context.ts";
import type { FlagValue } from "../config/sources.ts";
import type { GlobalFlags } from "./context.ts";
import {
  type Assignment,
  addSimOptions,
  assignment,
  flagValue,
  integer,
  isoTime,
  list,
  METRICS_PORT,
  minutes,
  refuseOthers,
  type SimFlags,
  seconds,
  setValues,
  simOptions,
} from "./options.ts";

// paper and live take the same options, so that what was tried on paper can be run for real word for word.

export interface TradingFlags extends GlobalFlags, SimFlags {
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly seconds?: number;
  readonly windows?: number;
  readonly until?: number;
  readonly once?: boolean;
  readonly interval?: number;
  readonly forceNewOrder?: boolean;
  readonly bankroll?: string;
  readonly metricsPort?: number;
  readonly set?: readonly Assignment[];
}

/** What a run is told and a single act of `live` is not: there it would be taken without a word. */
export const RUN_FLAGS: readonly string[] = [
  "strategy",
  "series",
  "seconds",
  "windows",
  "until",
  "once",
  "interval",
  "forceNewOrder",
  "bankroll",
  "metricsPort",
  "set",
  "confirmLive",
];

/** Adds the options that paper and live share. */
export function addTradingOptions(command: Command): Command {
  command
    .option("--strategy <name>", "strategy to run, repeatable (default: those enabled)", list)
    .option("--series <a,b>", "series to trade", list)
    .option("--seconds <n>", "stop after this time of your clock; 0 runs on", seconds)
    .option("--windows <n>", "stop after this many market closes", integer(1, 1_000_000))
    .option("--until <time>", "stop at this time, ISO-8601", isoTime)
    .option("--once", "evaluate every market once, then stop")
    .option("--interval <time>", "farthest-band: one entry in each 15m, 1h, …", minutes)
    .option("--force-new-order", "farthest-band: enter at once, whatever was before")
    .option("--bankroll <usd>", "bankroll in dollars (default 1000)")
    .option("--metrics-port <n>", METRICS_PORT, integer(1, 65_535))
    .option("--set <key=value>", "set a configuration key, repeatable", assignment);
  return addSimOptions(command);
}

/** The shared options as the use case takes them. */
export function tradingOptions(command: Command, flags: TradingFlags): PaperOptions {
  refuseOthers(command, flags.interval === undefined ? undefined : "--interval", flags.strategy);
  refuseOthers(command, flags.forceNewOrder ? "--force-new-order" : undefined, flags.strategy);
  return {
    strategies: flags.strategy ?? [],
    seconds: flags.seconds ?? null,
    windows: flags.windows ?? null,
    untilMs: flags.until ?? null,
    once: flags.once ?? false,
    sim: simOptions(command, flags),
  };
}

/** The configuration keys that the shared options set. */
export function tradingConfig(flags: TradingFlags): FlagValue[] {
  return [
    ...flagValue("--series", "kalshi.series", flags.series),
    ...flagValue("--interval", "strategy.farthest-band.interval_minutes", flags.interval),
    ...flagValue(
      "--force-new-order",
      "strategy.farthest-band.force_new_order",
      flags.forceNewOrder,
    ),
    ...flagValue("--bankroll", "risk.bankroll_usd", flags.bankroll),
    // Who names a sum does not want the exchange to be asked for one.
    ...flagValue("--bankroll", "risk.bankroll_from", flags.bankroll && "config"),
    ...flagValue("--metrics-port", "metrics.port", flags.metricsPort),
    ...setValues(flags.set),
  ];
}

import { Command } from "commander";
import type { CollectOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, flagValue, list, type SimFlags, seconds, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly coinbase?: boolean;
  readonly kalshi?: boolean;
  readonly series?: readonly string[];
  readonly event?: string;
  readonly tickers?: readonly string[];
  readonly seconds?: number;
}

export function collectCommand(deps: CommandDeps): Command {
  const command = new Command("collect")
    .description("Record feeds into the database, then say whether everything arrived.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt collect --seconds 300
  $ kbt collect --kalshi --series KXBTC15M,KXSOL15M --seconds 0
`,
    )
    .option("--coinbase", "record Coinbase (without a feed option: what the config enables)")
    .option("--kalshi", "record Kalshi")
    .option("--series <a,b>", "series to follow", list)
    .option("--event <ticker>", "one event")
    .option("--tickers <a,b>", "single markets", list)
    .option("--seconds <n>", "how long; 0 runs until a signal (default 60)", seconds);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options: CollectOptions = { sim: simOptions(command, flags) };
    return deps.run({
      command: "collect",
      globals: flags,
      flags: [
        ...feedFlags(flags),
        ...flagValue("--series", "kalshi.series", flags.series),
        ...flagValue("--event", "kalshi.event_ticker", flags.event),
        ...flagValue("--tickers", "kalshi.market_tickers", flags.tickers),
        ...flagValue("--seconds", "collect.seconds", flags.seconds),
      ],
      execute: async (ctx) => {
        const { runCollect } = await import("../../app/commands.ts");
        return runCollect(ctx, options);
      },
    });
  });
}

/** Naming one feed leaves the others out. */
function feedFlags({ coinbase, kalshi }: Flags): ReturnType<typeof flagValue> {
  if (coinbase !== true && kalshi !== true) return [];
  const flag = [coinbase === true ? "--coinbase" : "", kalshi === true ? "--kalshi" : ""];
  const typed = flag.filter((word) => word !== "").join(" ");
  return [
    ...flagValue(typed, "collect.coinbase", coinbase === true),
    ...flagValue(typed, "collect.kalshi", kalshi === true),
  ];
}

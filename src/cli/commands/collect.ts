import { Command } from "commander";
import type { CollectOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import {
  addSimOptions,
  flagValue,
  integer,
  list,
  METRICS_PORT,
  refuseBeside,
  type SimFlags,
  seconds,
  simOptions,
} from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly coinbase?: boolean;
  readonly kalshi?: boolean;
  readonly kraken?: boolean;
  readonly binance?: boolean;
  readonly bitstamp?: boolean;
  readonly gemini?: boolean;
  readonly news?: boolean;
  readonly weather?: boolean;
  readonly level2?: boolean;
  readonly raw?: boolean;
  readonly series?: readonly string[];
  readonly event?: string;
  readonly tickers?: readonly string[];
  readonly seconds?: number;
  readonly backfill?: number;
  readonly retain?: number;
  readonly metricsPort?: number;
}

export function collectCommand(deps: CommandDeps): Command {
  const command = new Command("collect")
    .description("Record feeds into the database, then say whether everything arrived.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt collect --sim --kalshi --coinbase --kraken --level2 --seconds 20
  $ kbt collect --kalshi --series KXBTC15M,KXSOL15M --seconds 0
`,
    )
    .option("--coinbase", "record Coinbase (without a feed option: what the config enables)")
    .option("--kalshi", "record Kalshi")
    .option("--kraken", "record Kraken")
    .option("--binance", "record Binance, with candles and funding rates")
    .option("--bitstamp", "record Bitstamp")
    .option("--gemini", "record Gemini")
    .option("--news", "record headlines: RSS, NewsAPI, Alpha Vantage, X")
    .option("--weather", "record weather forecasts: the US weather service, Open-Meteo")
    .option("--level2", "whole books of Coinbase, Kraken, Bitstamp, Gemini too")
    .option("--raw", "keep every frame as it came, in files beside the database")
    .option("--series <a,b>", "series to follow", list)
    .option("--event <ticker>", "one event")
    .option("--tickers <a,b>", "single markets", list)
    .option("--seconds <n>", "how long; 0 runs until a signal (default 60)", seconds)
    .option(
      "--backfill <days>",
      "fetch the history of the last days instead; goes on where it was stopped",
      integer(1, 400),
    )
    .option(
      "--retain <hours>",
      "thin bulk market data older than this, now and hourly; 0 keeps all",
      integer(0, 100_000),
    )
    .option("--metrics-port <n>", METRICS_PORT, integer(1, 65_535));
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const { backfill = null } = flags;
    if (backfill !== null) refuseBeside(command, "option '--backfill'", NOT_OF_THE_PAST);
    const options: CollectOptions = { backfillDays: backfill, sim: simOptions(command, flags) };
    return deps.run({
      command: "collect",
      globals: flags,
      flags: [
        ...feedFlags(flags),
        ...flagValue("--level2", "collect.level2", flags.level2),
        ...flagValue("--raw", "collect.raw", flags.raw),
        ...flagValue("--series", "kalshi.series", flags.series),
        ...flagValue("--event", "kalshi.event_ticker", flags.event),
        ...flagValue("--tickers", "kalshi.market_tickers", flags.tickers),
        ...flagValue("--seconds", "collect.seconds", flags.seconds),
        ...flagValue("--retain", "storage.retain_hours", flags.retain),
        ...flagValue("--metrics-port", "metrics.port", flags.metricsPort),
      ],
      execute: async (ctx) => {
        const { runCollect } = await import("../../app/commands.ts");
        return runCollect(ctx, options);
      },
    });
  });
}

/** Options that say nothing of the past: accepted in silence they would promise rows that never come. */
const NOT_OF_THE_PAST = [
  "seconds",
  "raw",
  "level2",
  "retain",
  "metricsPort",
  "kraken",
  "binance",
  "bitstamp",
  "gemini",
  "news",
  "weather",
] as const;

const FEEDS = [
  "coinbase",
  "kalshi",
  "kraken",
  "binance",
  "bitstamp",
  "gemini",
  "news",
  "weather",
] as const;

/** Naming one feed leaves the others out. */
function feedFlags(flags: Flags): ReturnType<typeof flagValue> {
  const named = FEEDS.filter((feed) => flags[feed] === true);
  if (named.length === 0) return [];
  const typed = named.map((feed) => `--${feed}`).join(" ");
  return FEEDS.flatMap((feed) => flagValue(typed, `collect.${feed}`, flags[feed] === true));
}

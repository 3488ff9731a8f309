import { Command, InvalidArgumentError, Option } from "commander";
import type { BacktestOptions, TimeBound } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import {
  type Assignment,
  assignment,
  flagValue,
  integer,
  list,
  refuseBeside,
  setValues,
  timeBound,
} from "../options.ts";

interface Flags extends GlobalFlags {
  readonly run?: readonly number[];
  readonly fromCapture?: string;
  readonly backfilled?: boolean;
  readonly since?: TimeBound;
  readonly until?: TimeBound;
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly bankroll?: string;
  readonly set?: readonly Assignment[];
  readonly fill?: "pessimistic" | "expected";
  readonly exit?: readonly string[];
  readonly sweep?: readonly string[];
  readonly holdOut?: number;
  readonly threads?: number;
  readonly guard?: boolean;
  readonly verify?: number;
}

const RUNS_MAX = 900_000;
const runOf = integer(1, RUNS_MAX);

/** `N,M` added to what the option was given before. */
function runsOf(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), ...list(text, undefined).map((one) => runOf(one))];
}

export function backtestCommand(deps: CommandDeps): Command {
  const command = new Command("backtest")
    .description("Replay what was recorded through the same engine and simulated venue.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt backtest --since 7d --exit hold,stop25,model
  $ kbt backtest --verify 3                      is run 3 what its inputs give?
`,
    )
    .option("--run <n,m>", "runs to replay (default: all that do not overlap)", runsOf)
    .option("--from-capture <path>", "replay a file of recorded frames")
    .option("--backfilled", "replay the days that collect --backfill fetched")
    .option("--since <time>", "trade from this time or age on: 2026-11-21, 24h, 7d", timeBound)
    .option("--until <time>", "up to this time or age", timeBound)
    .option("--strategy <name>", "strategy to run, repeatable (default: those enabled)", list)
    .option("--series <a,b>", "series to trade", list)
    .option("--bankroll <usd>", "bankroll in dollars (default 1000)")
    .option("--set <key=value>", "set a configuration key, repeatable", assignment)
    .addOption(
      new Option("--fill <belief>", "what fills are believed (default expected)").choices([
        "expected",
        "pessimistic",
      ] as const),
    )
    .option("--exit <a,b>", "compare exit rules: hold,stop25,target35,model", list)
    .option("--sweep <axis>", "key=from:to:step or key=a,b; repeat for a grid", axes)
    .option("--hold-out <share>", "share of the windows held out (default 0.3)", share)
    .option("--threads <n>", "threads for variants (default: one a core)", integer(1, 256))
    .option("--guard", "shuffle the future: does any past decision change?")
    .option("--verify <run>", "replay a paper or live run, compare row for row", runOf);
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    if (flags.verify !== undefined) refuseBeside(command, "--verify", BESIDE_VERIFY);
    if (flags.fromCapture !== undefined) {
      refuseBeside(command, "--from-capture", ["run", "backfilled", "since", "until"]);
    }
    if (flags.backfilled === true) refuseBeside(command, "--backfilled", ["run"]);
    if (flags.guard === true) refuseBeside(command, "--guard", ["exit", "sweep", "holdOut"]);
    const options = optionsOf(flags);
    return deps.run({
      command: "backtest",
      globals: flags,
      flags: [
        ...flagValue("--series", "kalshi.series", flags.series),
        ...flagValue("--bankroll", "risk.bankroll_usd", flags.bankroll),
        ...setValues(flags.set),
      ],
      execute: async (ctx) => {
        const { runBacktest } = await import("../../app/commands.ts");
        return runBacktest(ctx, options);
      },
    });
  });
}

/** A run is verified as it was, whatever is configured now. */
const BESIDE_VERIFY = [
  "fromCapture",
  "backfilled",
  "run",
  "since",
  "until",
  "strategy",
  "series",
  "bankroll",
  "set",
  "fill",
  "exit",
  "sweep",
  "holdOut",
  "threads",
  "guard",
];

const NOTHING_ASKED: BacktestOptions = {
  verify: null,
  fetched: false,
  capture: null,
  runs: [],
  since: null,
  until: null,
  strategies: [],
  fill: "expected",
  exits: [],
  sweep: [],
  holdOut: null,
  threads: null,
  guard: false,
};

function optionsOf(flags: Flags): BacktestOptions {
  const { exit, run: runs, strategy } = flags;
  return {
    ...NOTHING_ASKED,
    ...given("verify", flags.verify),
    ...given("fetched", flags.backfilled),
    ...given("capture", flags.fromCapture),
    ...given("runs", runs),
    ...given("since", flags.since),
    ...given("until", flags.until),
    ...given("strategies", strategy),
    ...given("fill", flags.fill),
    ...given("exits", exit),
    ...given("sweep", flags.sweep),
    ...given("holdOut", flags.holdOut),
    ...given("threads", flags.threads),
    ...given("guard", flags.guard),
  };
}

/** Nothing for a flag that was left out. */
function given<Name extends keyof BacktestOptions>(
  name: Name,
  value: BacktestOptions[Name] | undefined,
): Partial<BacktestOptions> {
  return value === undefined ? {} : { [name]: value };
}

function axes(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function share(text: string): number {
  const value = /^0?\.\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError("It must be a share above 0 and below 1, such as 0.3.");
}

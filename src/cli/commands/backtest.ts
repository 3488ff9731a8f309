import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { integer } from "../options.ts";

interface Flags extends GlobalFlags {
  readonly verify?: number;
}

const RUNS_MAX = 900_000;

export function backtestCommand(deps: CommandDeps): Command {
  const command = new Command("backtest")
    .description("Replay what was recorded through the same engine.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt backtest --verify 3                      is run 3 what its inputs give?
  $ kbt backtest --verify 3 --json
`,
    )
    .option("--verify <run>", "replay a paper run, compare row for row", integer(1, RUNS_MAX));
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    return deps.run({
      command: "backtest",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runBacktest } = await import("../../app/commands.ts");
        return runBacktest(ctx, { verify: flags.verify ?? null });
      },
    });
  });
}

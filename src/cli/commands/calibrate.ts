import { Command } from "commander";
import type { CalibrateOptions, Mode, TimeBound } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { integer, list, timeBound } from "../options.ts";
import { fitCommand } from "./calibrate-fit.ts";
import { modeOption } from "./ledger.ts";

interface Flags extends GlobalFlags {
  readonly mode?: Mode;
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly since?: TimeBound;
  readonly until?: TimeBound;
  readonly requireProof?: boolean;
  readonly minWindows?: number;
  readonly html?: string;
}

export function calibrateCommand(deps: CommandDeps): Command {
  const command = new Command("calibrate")
    .description(
      "Score what was traded on against the market, on settled opportunities: is there an edge?",
    )
    .addHelpText(
      "before",
      `Examples:
  $ kbt calibrate --mode paper --html report.html
  $ kbt calibrate --series KXBTC15M --since 30d --require-proof
`,
    )
    .addOption(modeOption())
    .option("--strategy <name>", "strategy to score, repeatable (default: all)", list)
    .option("--series <a,b>", "series to score", list)
    .option("--since <time>", "from this time or age: 2026-11-21, 24h, 7d", timeBound)
    .option("--until <time>", "up to this time or age", timeBound)
    .option("--require-proof", "exit 10 unless the edge is shown")
    .option("--min-windows <n>", "settled windows needed for a verdict", integer(1, 1_000_000))
    .option("--html <file>", "write the report as one page for a browser")
    .addCommand(fitCommand(deps));
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options: CalibrateOptions = {
      mode: flags.mode ?? null,
      strategies: flags.strategy ?? [],
      series: flags.series ?? [],
      since: flags.since ?? null,
      until: flags.until ?? null,
      requireProof: flags.requireProof ?? false,
      minWindows: flags.minWindows ?? null,
      html: flags.html ?? null,
    };
    return deps.run({
      command: "calibrate",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runCalibrate } = await import("../../app/commands.ts");
        return runCalibrate(ctx, options);
      },
    });
  });
}

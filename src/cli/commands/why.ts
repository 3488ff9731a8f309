import { Command, InvalidArgumentError } from "commander";
import type { Mode, TimeBound, WhyOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { list, refuseBeside, timeBound } from "../options.ts";
import { modeOption } from "./ledger.ts";

interface Flags extends GlobalFlags {
  readonly mode?: Mode;
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly since?: TimeBound;
  readonly until?: TimeBound;
}

export function whyCommand(deps: CommandDeps): Command {
  const command = new Command("why")
    .description(
      "Say what keeps evaluations from being trades; with an id, tell one evaluation from its inputs to its outcome.",
    )
    .addHelpText(
      "before",
      `Examples:
  $ kbt why
  $ kbt why --since 24h --series KXBTC15M --strategy threshold-ev
  $ kbt why 10000000042
`,
    )
    .argument("[id]", "evaluation, as the funnel names the nearest", opportunityId)
    .addOption(modeOption("only evaluations of this mode (default: all but replays)"))
    .option(
      "--strategy <name>",
      "strategy to look at, repeatable (default: all but baselines)",
      list,
    )
    .option("--series <a,b>", "series to look at", list)
    .option(
      "--since <time>",
      "from this time or age: 2026-11-21, 24h, 7d (default: the UTC day of the newest evaluation)",
      timeBound,
    )
    .option("--until <time>", "up to this time or age", timeBound);
  return command.action((id: number | undefined) => {
    const flags = command.optsWithGlobals<Flags>();
    if (id !== undefined) {
      refuseBeside(command, "why ID", ["mode", "strategy", "series", "since", "until"]);
    }
    const options: WhyOptions = {
      opportunityId: id ?? null,
      mode: flags.mode ?? null,
      strategies: flags.strategy ?? [],
      series: flags.series ?? [],
      since: flags.since ?? null,
      until: flags.until ?? null,
    };
    return deps.run({
      command: "why",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runWhy } = await import("../../app/commands.ts");
        return runWhy(ctx, options);
      },
    });
  });
}

function opportunityId(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError("It must be the number of an evaluation.");
}

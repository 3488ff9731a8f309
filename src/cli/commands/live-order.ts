import { Argument, Command } from "commander";
import type { LiveOrderOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, integer, refuseBeside, type SimFlags, simOptions } from "../options.ts";
import { RUN_FLAGS } from "../trading.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly maxCost: number;
  readonly confirm?: string;
  readonly yes?: boolean;
}

const MICRO_DOLLARS_PER_CENT = 10_000;
const CENTS_MAX = 100_000_000;

/** `kbt live order TICKER yes|no --max-cost CENTS`. */
export function liveOrderCommand(deps: CommandDeps): Command {
  const command = new Command("order")
    .description("Place one order at the best ask, through the gates and limits of live.")
    .addHelpText(
      "before",
      `Examples:
  $ TRADING_ENABLED=1 kbt live order KXBTC15M-26NOV301515-15 yes --max-cost 500
  $ TRADING_ENABLED=1 kbt live order TICKER no --max-cost 500 --confirm DIGEST
`,
    )
    .argument("<ticker>", "market")
    .addArgument(new Argument("<side>", "what to buy").choices(["yes", "no"] as const))
    .requiredOption("--max-cost <cents>", "cost and fee at most", integer(1, CENTS_MAX))
    .option("--confirm <digest>", "place this plan and no other one")
    .option("--yes", "confirm whatever the plan is; never enough on the real exchange");
  return addSimOptions(command).action((ticker: string, side: LiveOrderOptions["side"]) => {
    refuseBeside(command, "live order", RUN_FLAGS);
    const flags = command.optsWithGlobals<Flags>();
    return deps.run({
      command: "live",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const [{ runLiveOrder }, { money }] = await Promise.all([
          import("../../app/commands.ts"),
          import("../../core/units.ts"),
        ]);
        return runLiveOrder(ctx, {
          ticker,
          side,
          maxCost: money(flags.maxCost * MICRO_DOLLARS_PER_CENT),
          confirm: flags.confirm ?? null,
          yes: flags.yes ?? false,
          sim: simOptions(command, flags),
        });
      },
    });
  });
}

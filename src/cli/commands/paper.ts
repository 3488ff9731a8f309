import { Command } from "commander";
import type { CommandDeps } from "../context.ts";
import { addTradingOptions, type TradingFlags, tradingConfig, tradingOptions } from "../trading.ts";

export function paperCommand(deps: CommandDeps): Command {
  const command = new Command("paper")
    .description("Decide as live does, fill against the real book, send no order.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt paper --sim --sim-speed max --windows 4
  $ kbt paper --strategy threshold-ev --series KXBTC15M --seconds 3600
`,
    );
  return addTradingOptions(command).action(() => {
    const flags = command.optsWithGlobals<TradingFlags>();
    const options = tradingOptions(command, flags);
    return deps.run({
      command: "paper",
      globals: flags,
      flags: tradingConfig(flags),
      execute: async (ctx) => {
        const { runPaper } = await import("../../app/commands.ts");
        return runPaper(ctx, options);
      },
    });
  });
}

import { Command } from "commander";
import type { LiveOptions } from "../../app/context.ts";
import type { CommandDeps } from "../context.ts";
import { list } from "../options.ts";
import { addTradingOptions, type TradingFlags, tradingConfig, tradingOptions } from "../trading.ts";
import { liveCancelAllCommand } from "./live-cancel-all.ts";
import { liveOrderCommand } from "./live-order.ts";
import { liveResetCommand } from "./live-reset.ts";

interface Flags extends TradingFlags {
  readonly confirmLive?: readonly string[];
  readonly yes?: boolean;
}

export function liveCommand(deps: CommandDeps): Command {
  const command = new Command("live")
    .description("Place real orders, when TRADING_ENABLED=1 and every other gate passes.")
    .addHelpText(
      "before",
      `Examples:
  $ TRADING_ENABLED=1 kbt live --sim --sim-speed 60 --windows 2 --yes
  $ TRADING_ENABLED=1 kbt live --series KXBTC15M --confirm-live KXBTC15M
`,
    );
  addTradingOptions(command)
    .option("--confirm-live <series>", "trade these series, and no others", list)
    .option("--yes", "confirm every series; never enough on the real exchange")
    .addCommand(liveOrderCommand(deps))
    .addCommand(liveCancelAllCommand(deps))
    .addCommand(liveResetCommand(deps));
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options: LiveOptions = {
      ...tradingOptions(command, flags),
      confirmLive: flags.confirmLive ?? null,
      yes: flags.yes ?? false,
    };
    return deps.run({
      command: "live",
      globals: flags,
      flags: tradingConfig(flags),
      execute: async (ctx) => {
        const { runLive } = await import("../../app/commands.ts");
        return runLive(ctx, options);
      },
    });
  });
}

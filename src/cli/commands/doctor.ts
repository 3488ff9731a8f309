import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly alerts?: boolean;
  readonly drill?: boolean;
}

export function doctorCommand(deps: CommandDeps): Command {
  const command = new Command("doctor")
    .description("Check the set-up line by line; exit 10 when a check fails.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt doctor --alerts
  $ TRADING_ENABLED=1 kbt doctor --drill --sim
`,
    )
    .option("--alerts", "send a test message to Telegram and Discord")
    .option("--drill", "order, cancel and kill, on demo or the local exchange");
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options = {
      alerts: flags.alerts ?? false,
      drill: flags.drill ?? false,
      sim: simOptions(command, flags),
    };
    return deps.run({
      command: "doctor",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runDoctor } = await import("../../app/commands.ts");
        return runDoctor(ctx, options);
      },
    });
  });
}

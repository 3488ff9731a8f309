import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, refuseBeside, type SimFlags, simOptions } from "../options.ts";
import { RUN_FLAGS } from "../trading.ts";

interface Flags extends GlobalFlags, SimFlags {}

/** `kbt live cancel-all`. */
export function liveCancelAllCommand(deps: CommandDeps): Command {
  const command = new Command("cancel-all")
    .description("Cancel every order of the account, whoever placed it, and read until none rests.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt live cancel-all
  $ kbt live cancel-all --json
`,
    );
  return addSimOptions(command).action(() => {
    refuseBeside(command, "live cancel-all", RUN_FLAGS);
    const flags = command.optsWithGlobals<Flags>();
    const options = { sim: simOptions(command, flags) };
    return deps.run({
      command: "live",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runCancelAll } = await import("../../app/commands.ts");
        return runCancelAll(ctx, options);
      },
    });
  });
}

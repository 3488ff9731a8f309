import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {}

export function killCommand(deps: CommandDeps): Command {
  const command = new Command("kill")
    .description(
      "Stop trading now: latch, cancel every order of the account, read until none rests.",
    )
    .addHelpText(
      "before",
      `Examples:
  $ kbt kill
  $ kbt kill --db /srv/kbt/live.sqlite --json
`,
    );
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options = { sim: simOptions(command, flags) };
    return deps.run({
      command: "kill",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runKill } = await import("../../app/commands.ts");
        return runKill(ctx, options);
      },
    });
  });
}

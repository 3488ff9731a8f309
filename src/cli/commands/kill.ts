import { Command, Option } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly mode: "live" | "paper";
}

const AFTER = `
Nothing of a paper run rests at the exchange: end it by Ctrl-C, or SIGTERM.
Cancelling needs the key; without it the latch is set all the same.`;

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
    )
    .addOption(
      new Option("--mode <mode>", "whose trading").choices(["live", "paper"]).default("live"),
    )
    .addHelpText("after", AFTER);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    if (flags.mode === "paper") {
      command.error(
        "error: nothing of a paper run rests at the exchange; end it by Ctrl-C or SIGTERM",
        { code: "commander.invalidArgument" },
      );
    }
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

import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly watch?: boolean;
}

const AFTER = `
Limits are those of the run that trades, real money first, else of the
configuration; "used" is read from the database, so nothing has to run.
With --sim a file of any other environment is refused.

With --watch a terminal is redrawn in place each second and given back as it
was. Into a pipe or file goes one picture per look with an empty line between.
With --json each line is a document whose data.type is status (one a second),
signal, trade or alert.`;

export function statusCommand(deps: CommandDeps): Command {
  const command = new Command("status")
    .description(
      "What runs, what stands against trading, what is open, how much of each limit is used.",
    )
    .addHelpText(
      "before",
      `Examples:
  $ kbt status
  $ kbt status --watch --db live.sqlite
`,
    )
    .option("--watch", "look again and redraw each second, until Ctrl-C")
    .addHelpText("after", AFTER);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options = { watch: flags.watch ?? false, isSim: simOptions(command, flags) !== null };
    return deps.run({
      command: "status",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runStatus } = await import("../../app/commands.ts");
        return runStatus(ctx, options);
      },
    });
  });
}

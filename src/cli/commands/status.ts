import { Command } from "commander";
import type { CommandDeps, GlobalFlags } from "../context.ts";

export function statusCommand(deps: CommandDeps): Command {
  const command = new Command("status")
    .description("What runs on this database, what stands against trading, what is open.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt status
  $ kbt status --db live.sqlite --json
`,
    );
  return command.action(() => {
    const flags = command.optsWithGlobals<GlobalFlags>();
    return deps.run({
      command: "status",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runStatus } = await import("../../app/commands.ts");
        return runStatus(ctx);
      },
    });
  });
}

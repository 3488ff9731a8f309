import { Command } from "commander";
import type { PreviewOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, flagValue, list, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
}

export function previewCommand(deps: CommandDeps): Command {
  const command = new Command("preview")
    .description("Show what each strategy would do now, and why. Reads only.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt preview --sim
  $ kbt preview --strategy threshold-ev --series KXBTC15M
`,
    )
    .option("--strategy <name>", "strategy to ask, repeatable (default: those enabled)", list)
    .option("--series <a,b>", "series to look at", list);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options: PreviewOptions = {
      strategies: flags.strategy ?? [],
      sim: simOptions(command, flags),
    };
    return deps.run({
      command: "preview",
      globals: flags,
      flags: flagValue("--series", "kalshi.series", flags.series),
      execute: async (ctx) => {
        const { runPreview } = await import("../../app/commands.ts");
        return runPreview(ctx, options);
      },
    });
  });
}

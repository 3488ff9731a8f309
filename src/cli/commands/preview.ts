import { Command } from "commander";
import type { PreviewOptions } from "../../app/context.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { addSimOptions, flagValue, list, type SimFlags, simOptions } from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly watch?: boolean;
}

const AFTER = `
spread counts steps of the market's price grid, depth is contracts at bid/ask,
held by names the steps of kbt why whose gates are shut; the codes of the gates
stand with the nearest markets, and all of them are in --json.

With --watch a terminal is redrawn in place and given back as it was. Into a
pipe or file goes one picture per look with an empty line between, with --json
one document per line. A look that fails leaves the last picture and says why;
only the first look, a refused key and bugs end it. Ctrl-C is exit code 0.
Strategies that learn from what they watch (warming) need --watch to do so.`;

export function previewCommand(deps: CommandDeps): Command {
  const command = new Command("preview")
    .description("Show what each strategy would do now, and why. Reads only.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt preview --sim
  $ kbt preview --watch --strategy threshold-ev --series KXBTC15M
`,
    )
    .option("--strategy <name>", "strategy to ask, repeatable (default: those enabled)", list)
    .option("--series <a,b>", "series to look at", list)
    .option("--watch", "look again and redraw each second, until Ctrl-C")
    .addHelpText("after", AFTER);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    const options: PreviewOptions = {
      strategies: flags.strategy ?? [],
      watch: flags.watch ?? false,
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

import { Command } from "commander";
import type { PreviewOptions } from "../../app/context.ts";
import type { FlagValue } from "../../config/sources.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import {
  addSimOptions,
  flagValue,
  list,
  refuseOthers,
  type SimFlags,
  simOptions,
} from "../options.ts";

interface Flags extends GlobalFlags, SimFlags {
  readonly strategy?: readonly string[];
  readonly series?: readonly string[];
  readonly watch?: boolean;
  readonly side?: string;
  readonly askMin?: string;
  readonly askMax?: string;
  readonly maxCost?: string;
  readonly skipNearest?: string;
}

/** Options that set farthest-band's settings for one look. */
const BAND = [
  ["--side", "side", "side"],
  ["--ask-min", "ask_min_cents", "askMin"],
  ["--ask-max", "ask_max_cents", "askMax"],
  ["--max-cost", "max_cost_cents", "maxCost"],
  ["--skip-nearest", "skip_nearest", "skipNearest"],
] as const;

function bandValues(flags: Flags): FlagValue[] {
  return BAND.flatMap(([flag, key, name]) =>
    flagValue(flag, `strategy.farthest-band.${key}`, flags[name]),
  );
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
  $ kbt preview --sim --watch
  $ kbt preview --side no --ask-min 95 --ask-max 98 --skip-nearest 2
`,
    )
    .option(
      "--strategy <name>",
      "strategy to ask, repeatable (default: those enabled but baselines)",
      list,
    )
    .option("--series <a,b>", "series to look at", list)
    .option("--side <side>", "farthest-band: buy yes or no")
    .option("--ask-min <cents>", "farthest-band: cheapest ask")
    .option("--ask-max <cents>", "farthest-band: dearest ask")
    .option("--max-cost <cents>", "farthest-band: most that an entry costs")
    .option("--skip-nearest <n>", "farthest-band: strikes next to spot passed over")
    .option("--watch", "look again and redraw each second, until Ctrl-C")
    .addHelpText("after", AFTER);
  return addSimOptions(command).action(() => {
    const flags = command.optsWithGlobals<Flags>();
    refuseOthers(command, bandValues(flags)[0]?.flag, flags.strategy);
    const options: PreviewOptions = {
      // Who says how a strategy is to look means that strategy.
      strategies: flags.strategy ?? (bandValues(flags).length > 0 ? ["farthest-band"] : []),
      watch: flags.watch ?? false,
      sim: simOptions(command, flags),
    };
    return deps.run({
      command: "preview",
      globals: flags,
      flags: [...flagValue("--series", "kalshi.series", flags.series), ...bandValues(flags)],
      execute: async (ctx) => {
        const { runPreview } = await import("../../app/commands.ts");
        return runPreview(ctx, options);
      },
    });
  });
}

import { Command, InvalidArgumentError } from "commander";
import type { FitOptions, TimeBound } from "../../app/context.ts";
import type { ModelKind } from "../../core/learn/verdict.ts";
import type { CommandDeps, GlobalFlags } from "../context.ts";
import { integer, list, refuseBeside, timeBound } from "../options.ts";

interface Flags extends GlobalFlags {
  readonly model?: readonly ModelKind[];
  readonly product?: readonly string[];
  readonly series?: readonly string[];
  readonly since?: TimeBound;
  readonly until?: TimeBound;
  readonly folds?: number;
}

const KINDS: readonly ModelKind[] = ["direction", "magnitude", "platt", "beta", "isotonic"];
const FOLDS = 5;
/** Options of `calibrate` that mean nothing here; commander takes them wherever they stand. */
const REFUSED = ["mode", "strategy", "requireProof", "minWindows", "html"] as const;

export function fitCommand(deps: CommandDeps): Command {
  const command = new Command("fit")
    .description("Train models and recalibration maps on past data; keep those that help.")
    .addHelpText(
      "before",
      `Examples:
  $ kbt calibrate fit
  $ kbt calibrate fit --model direction,magnitude --product BTC-USD --since 90d
`,
    )
    .option("--model <a,b>", `models to fit (default: ${KINDS.join(",")})`, models)
    .option("--product <a,b>", "products to learn from (default: all with candles)", list)
    .option("--series <a,b>", "series to fit maps for (default: all with results)", list)
    .option("--since <time>", "from this time or age: 2026-11-21, 24h, 7d", timeBound)
    .option("--until <time>", "up to this time or age", timeBound)
    .option("--folds <n>", `parts of the walk forward (default ${FOLDS})`, integer(2, 20));
  return command.action(() => {
    const flags = command.optsWithGlobals<Flags>();
    refuseBeside(command, "calibrate fit", REFUSED);
    const options: FitOptions = {
      kinds: flags.model ?? KINDS,
      products: flags.product ?? [],
      series: flags.series ?? [],
      since: flags.since ?? null,
      until: flags.until ?? null,
      folds: flags.folds ?? FOLDS,
    };
    return deps.run({
      command: "calibrate",
      globals: flags,
      flags: [],
      execute: async (ctx) => {
        const { runFit } = await import("../../app/commands.ts");
        return runFit(ctx, options);
      },
    });
  });
}

/** `A,B` of the models there are, added to what the option was given before. */
function models(text: string, before: readonly ModelKind[] | undefined): readonly ModelKind[] {
  const named = list(text, undefined).map((word) => {
    const kind = KINDS.find((known) => known === word);
    if (kind === undefined)
      throw new InvalidArgumentError(`It must be some of ${KINDS.join(", ")}.`);
    return kind;
  });
  return [...new Set([...(before ?? []), ...named])];
}

import type { Config } from "../../config/schema.ts";
import { tradingStrategies } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, PreviewOptions } from "../context.ts";
import { previewPicture } from "../preview-picture.ts";
import { previewData } from "../preview-report.ts";
import { withBankroll } from "./bankroll.ts";
import type { Environment } from "./environment.ts";
import { followedSeries, kalshiRest } from "./feeds.ts";
import { hitRates } from "./hit-rates.ts";
import { loadRecalibration } from "./models.ts";
import { openEnvironment } from "./open-environment.ts";
import { readSlippage } from "./past-slippage.ts";
import { Looker } from "./preview-look.ts";
import { pricingOf } from "./pricing.ts";
import { steppedClock } from "./stepped-clock.ts";
import { withStrategySeries } from "./strategy-series.ts";

/** `kbt preview`: what would be done now and why. Reads only, writes nothing. */
export async function preview(
  ctx: CommandContext,
  options: PreviewOptions,
): Promise<CommandResult> {
  // Refuses an unknown name, and none at all, before anything is opened.
  const asked = withStrategySeries(await ctx.loadConfig(), options.strategies);
  const env = await openEnvironment(asked, options.sim);
  try {
    const rest = kalshiRest(env, steppedClock(env));
    const { config, warnings: said } = await withBankroll(asked, env, rest, ctx.signal);
    const strategies = tradingStrategies(config, options.strategies);
    const known = { ...readKnown(config, env), config, env, strategies };
    const warnings = [...said, ...known.warnings];
    if (options.watch) {
      const { watch } = await import("./preview-watch.ts");
      return await watch(ctx, {
        env,
        warnings,
        looker: new Looker({ ...known, clock: env.clock }),
      });
    }
    return await once(ctx, {
      warnings,
      looker: new Looker({ ...known, clock: steppedClock(env) }),
    });
  } finally {
    ctx.progress.stop();
    await env.close();
  }
}

/** What earlier runs left in the database: the cost of fills, and how probabilities are to be corrected. */
function readKnown(config: Config, env: Environment) {
  const { slippage, warnings } = readSlippage(config.storage.db_path, env.stamp);
  const asked = { series: followedSeries(config, env), nowMs: env.clock.nowMs(), env: env.stamp };
  const { maps, warnings: mapWarnings } = loadRecalibration(config, asked);
  return {
    slippage,
    pricing: pricingOf(config, maps),
    hitRate: hitRates(config, env),
    warnings: [...warnings, ...mapWarnings],
  };
}

async function once(
  ctx: CommandContext,
  { looker, warnings }: { readonly looker: Looker; readonly warnings: readonly string[] },
): Promise<CommandResult> {
  ctx.progress.update("preview: looking at the exchange");
  const facts = await looker.look(ctx.signal);
  const report = previewData(facts);
  return {
    exitCode: 0,
    data: report,
    text: ctx.picture((room) => previewPicture(report, room, { columns: ctx.columns, foot: [] })),
    warnings: [...warnings, ...facts.warnings],
  };
}

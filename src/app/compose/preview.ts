import { formatInTimeZone } from "date-fns-tz";
import { fetchSpot } from "../../adapters/feeds/coinbase/spot.ts";
import { Discovery, type Found } from "../../adapters/feeds/kalshi/discovery.ts";
import { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import type { Candle, FeeReport, SpotTick } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import { underlyingOf } from "../../core/market.ts";
import type { Opportunity, OrderRecord } from "../../core/records.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Ms } from "../../core/units.ts";
import { wantedStrategies } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, PreviewOptions } from "../context.ts";
import { previewData, renderPreview } from "../preview-report.ts";
import { clockWarnings } from "./clock-skew.ts";
import { buildEngine, type FeesRead, readFees } from "./engine.ts";
import type { Environment } from "./environment.ts";
import {
  candleHistory,
  discoveryConfig,
  followedSeries,
  kalshiRest,
  neededProducts,
} from "./feeds.ts";
import { loadRecalibration } from "./models.ts";
import { openEnvironment } from "./open-environment.ts";
import { readSlippage } from "./past-slippage.ts";
import { type Pricing, pricingOf } from "./pricing.ts";
import { steppedClock } from "./stepped-clock.ts";

/** `kbt preview`: what would be done now and why, from one look at the exchange. Reads only, writes nothing. */
export async function preview(
  ctx: CommandContext,
  options: PreviewOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  wantedStrategies(config, options.strategies);
  const env = await openEnvironment(config, options.sim);
  try {
    const seen = await look(ctx, config, env);
    const { slippage, warnings } = readSlippage(config.storage.db_path, env.stamp);
    const followed = { series: followedSeries(config, env), nowMs: env.clock.nowMs() };
    const { maps, warnings: mapWarnings } = loadRecalibration(config, {
      ...followed,
      env: env.stamp,
    });
    const pricing = pricingOf(config, maps);
    const parts = { config, env, options, seen, slippage, pricing };
    const { fees, rows, orders } = await decide(ctx, parts);
    const report = previewData({
      environment: env.label,
      nowMs: env.clock.nowMs(),
      markets: seen.markets,
      candles: seen.candles,
      rows,
      orders,
      newYorkTime: (ms) => formatInTimeZone(ms, "America/New_York", "HH:mm zzz"),
    });
    return {
      exitCode: 0,
      data: report,
      text: await renderPreview(ctx, report),
      warnings: [
        ...clockWarnings(seen.rest.clockOffsetMs()),
        ...warnings,
        ...fees.warnings,
        ...mapWarnings,
        ...seen.missing.map(
          (product) => `no price history for ${product}: no probability can be given`,
        ),
      ],
    };
  } finally {
    ctx.progress.stop();
    await env.close();
  }
}

interface Seen {
  readonly rest: KalshiRest;
  readonly overrides: Found["overrides"];
  readonly markets: readonly Market[];
  readonly candles: readonly Candle[];
  readonly missing: readonly string[];
  readonly spots: readonly SpotTick[];
}

async function look(ctx: CommandContext, config: Config, env: Environment): Promise<Seen> {
  const rest = kalshiRest(env, steppedClock(env));
  ctx.progress.update("preview: reading prices");
  const { candles, missing } = await candleHistory(config, env, ctx.signal);
  const spots: SpotTick[] = [];
  for (const product of neededProducts(config, env)) {
    const from = {
      baseUrl: env.urls.spot.coinbase.rest,
      http: env.http,
      product,
      nowMs: env.clock.nowMs(),
    };
    spots.push(await fetchSpot(from, ctx.signal));
  }
  ctx.progress.update("preview: reading markets");
  const discovery = new Discovery(
    rest,
    discoveryConfig(config, env),
    (series) =>
      spots.find((spot) => spot.product === underlyingOf(series)?.product)?.priceUsd ?? null,
  );
  const found = await discovery.find({ nowMs: env.clock.nowMs(), fresh: true }, ctx.signal);
  return {
    rest,
    overrides: found.overrides,
    markets: found.selected,
    candles,
    missing: [...missing],
    spots,
  };
}

interface Parts {
  readonly config: Config;
  readonly env: Environment;
  readonly options: PreviewOptions;
  readonly seen: Seen;
  readonly slippage: readonly SlippageState[];
  readonly pricing: Pricing;
}

/** Shows the engine what was read, as a run would, and takes down what it says. */
async function decide(
  ctx: CommandContext,
  parts: Parts,
): Promise<{ fees: FeesRead; rows: Opportunity[]; orders: OrderRecord[] }> {
  const { config, options, pricing, seen, slippage } = parts;
  const nowMs = parts.env.clock.nowMs();
  const fees = await feesOf(ctx, parts, nowMs);
  const engine = buildEngine(config, {
    runId: 1,
    runKey: "preview",
    strategies: options.strategies,
    slippage,
    pricing,
  });
  const rows = new Map<string, Opportunity>();
  const orders: OrderRecord[] = [];
  const show = (event: Parameters<typeof engine.step>[0]): void => {
    for (const effect of engine.step(event)) {
      if (effect.type === "opportunity")
        rows.set(`${effect.row.strategy} ${effect.row.ticker}`, effect.row);
      if (effect.type === "order") orders.push(effect.row);
    }
  };
  for (const report of fees.reports) show(report);
  for (const candle of seen.candles) show(candle);
  for (const market of seen.markets) show({ type: "market", market, recvMs: nowMs });
  for (const spot of seen.spots) show(spot);
  for (const { ticker } of seen.markets) {
    const book = await seen.rest.orderbook(ticker, ctx.signal);
    show({ type: "snapshot", ticker, sid: 0, seq: 0, ...book, recvMs: nowMs });
  }
  return { fees, rows: [...rows.values()], orders };
}

/** Fees of the followed series, and of the events that differ from theirs. */
async function feesOf(
  ctx: CommandContext,
  { config, env, seen }: Parts,
  nowMs: Ms,
): Promise<FeesRead> {
  const watch = new FeeWatch(seen.rest, env.clock);
  const series = followedSeries(config, env);
  const read = await readFees(config, watch, { series, nowMs }, ctx.signal);
  const reports = [...read.reports];
  const keep = (report: FeeReport): number => reports.push(report);
  watch.seen(seen.overrides, keep);
  const unlisted = seen.markets
    .map(({ eventTicker }) => eventTicker)
    .filter((ticker) => !seen.overrides.has(ticker));
  await watch.look({ series: [], events: new Set(unlisted) }, keep, ctx.signal);
  return { ...read, reports };
}

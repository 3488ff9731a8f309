import { formatInTimeZone } from "date-fns-tz";
import { fetchSpot } from "../../adapters/feeds/coinbase/spot.ts";
import { Discovery } from "../../adapters/feeds/kalshi/discovery.ts";
import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import type { Candle, SpotTick } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import { underlyingOf } from "../../core/market.ts";
import type { Opportunity, OrderRecord } from "../../core/records.ts";
import type { CommandContext, CommandResult, PreviewOptions } from "../context.ts";
import { previewData, renderPreview } from "../preview-report.ts";
import { clockWarnings } from "./clock-skew.ts";
import { buildEngine, readFees } from "./engine.ts";
import type { Environment } from "./environment.ts";
import {
  candleHistory,
  discoveryConfig,
  followedSeries,
  kalshiRest,
  neededProducts,
} from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { steppedClock } from "./stepped-clock.ts";

/** `kbt preview`: what would be done now and why, from one look at the exchange. Reads only, writes nothing. */
export async function preview(
  ctx: CommandContext,
  options: PreviewOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const env = await openEnvironment(config, options.sim);
  try {
    const seen = await look(ctx, config, env);
    const { rows, orders } = await decide(ctx, { config, env, options, seen });
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
  return { rest, markets: found.selected, candles, missing: [...missing], spots };
}

/** Shows the engine what was read, as a run would, and takes down what it says. */
async function decide(
  ctx: CommandContext,
  parts: {
    readonly config: Config;
    readonly env: Environment;
    readonly options: PreviewOptions;
    readonly seen: Seen;
  },
): Promise<{ rows: Opportunity[]; orders: OrderRecord[] }> {
  const { config, env, options, seen } = parts;
  const fees = await readFees(config, seen.rest, followedSeries(config, env), ctx.signal);
  const engine = buildEngine(config, {
    runId: 1,
    runKey: "preview",
    strategies: options.strategies,
    fees,
  });
  const nowMs = env.clock.nowMs();
  const rows = new Map<string, Opportunity>();
  const orders: OrderRecord[] = [];
  const show = (event: Parameters<typeof engine.step>[0]): void => {
    for (const effect of engine.step(event)) {
      if (effect.type === "opportunity")
        rows.set(`${effect.row.strategy} ${effect.row.ticker}`, effect.row);
      if (effect.type === "order") orders.push(effect.row);
    }
  };
  for (const candle of seen.candles) show(candle);
  for (const market of seen.markets) show({ type: "market", market, recvMs: nowMs });
  for (const spot of seen.spots) show(spot);
  for (const { ticker } of seen.markets) {
    const book = await seen.rest.orderbook(ticker, ctx.signal);
    show({ type: "snapshot", ticker, sid: 0, seq: 0, ...book, recvMs: nowMs });
  }
  return { rows: [...rows.values()], orders };
}

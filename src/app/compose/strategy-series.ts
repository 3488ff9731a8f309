import type { LoadedConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { seriesOf } from "../../strategies/registry.ts";

/**
 * The configuration with the series that its strategies are for, where nobody chose any: hourly strikes do not trade on
 * 15-minute markets. Throws the usage errors of `wantedStrategies`.
 */
export function withStrategySeries(
  { config, origins }: LoadedConfig,
  strategies: readonly string[],
): Config {
  const series = seriesOf(config, strategies, config.kalshi.series);
  const { event_ticker: event, market_tickers: tickers } = config.kalshi;
  const isChosen = origins.get("kalshi.series")?.kind !== "default";
  if (isChosen || event !== null || tickers.length > 0) return config;
  return { ...config, kalshi: { ...config.kalshi, series } };
}

import { hold, type Strategy } from "../core/strategy.ts";
import type { StrategyPlugin } from "./plugin.ts";
import type { VolatilityRegimeParams } from "./volatility-regime.params.ts";
import { regimeWatch } from "./voters/volatility-regime.ts";

// Trades nothing: it puts on file what the ensemble weighs its voters by.

const NAME = "volatility-regime";

export const volatilityRegime: StrategyPlugin = {
  name: NAME,
  create: ({ strategy }) => createVolatilityRegime(strategy[NAME]),
};

export function createVolatilityRegime(params: VolatilityRegimeParams): Strategy {
  const watch = regimeWatch(params);
  return {
    name: NAME,
    evaluate(view) {
      const regime = watch(view);
      return hold([regime === null ? "warming" : `regime_${regime}`, ...view.problems]);
    },
  };
}

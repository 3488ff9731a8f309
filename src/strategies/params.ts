import { baselinesParams } from "./baselines.params.ts";
import { ensembleParams } from "./ensemble.params.ts";
import { farthestBandParams } from "./farthest-band.params.ts";
import { fundingRateParams } from "./funding-rate.params.ts";
import { kellyVolParams } from "./kelly-vol.params.ts";
import { meanReversionParams } from "./mean-reversion.params.ts";
import { momentumParams } from "./momentum.params.ts";
import { orderbookImbalanceParams } from "./orderbook-imbalance.params.ts";
import { thresholdEvParams } from "./threshold-ev.params.ts";
import { volatilityRegimeParams } from "./volatility-regime.params.ts";

/** The `[strategy.<name>]` tables, a line each; a strategy without settings has none. */
export const STRATEGY_PARAMS = {
  "threshold-ev": thresholdEvParams,
  "farthest-band": farthestBandParams,
  "kelly-vol": kellyVolParams,
  "mean-reversion": meanReversionParams,
  momentum: momentumParams,
  "orderbook-imbalance": orderbookImbalanceParams,
  "funding-rate": fundingRateParams,
  "volatility-regime": volatilityRegimeParams,
  ensemble: ensembleParams,
  baselines: baselinesParams,
};

import { createHash } from "node:crypto";
import type { ModelFacts } from "../../adapters/sqlite/run-start.ts";
import type { Config } from "../../config/schema.ts";
import type { AssetOptions } from "../../core/asset-state.ts";
import type { PricingModel } from "../../core/engine-config.ts";
import { UNDERLYINGS, type Underlying, underlyingOf } from "../../core/market.ts";
import { MODEL_REVISION, SIGMA_BAND } from "../../core/prob/outlook.ts";

const BP = 1e-4;
/** Hexadecimal digits of a version: enough for as many parameter sets as anybody will ever try. */
const VERSION_DIGITS = 12;

export interface Pricing {
  /** One for each underlying, to be registered with the run. */
  readonly facts: readonly ModelFacts[];
  /** The model of a series whose underlying is known; evaluations of others do not exist. */
  of(seriesTicker: string): PricingModel;
}

/** How markets are priced under a configuration, with versions that change when anything about it does. */
export function pricingOf(config: Config): Pricing {
  const facts = new Map<string, ModelFacts>();
  const models = new Map<string, PricingModel>();
  for (const underlying of UNDERLYINGS) {
    const fact = factsOf(config, underlying);
    const { nu, shape } = config.model;
    facts.set(underlying.asset, fact);
    models.set(underlying.asset, {
      name: fact.name,
      version: fact.version,
      law: { shape, nu },
    });
  }
  return {
    facts: [...facts.values()],
    of(seriesTicker) {
      const model = models.get(underlyingOf(seriesTicker)?.asset ?? "");
      if (model === undefined) throw new RangeError(`no model for series ${seriesTicker}`);
      return model;
    },
  };
}

function factsOf(config: Config, underlying: Underlying): ModelFacts {
  const { nu, shape } = config.model;
  const { basisSd, vol } = assetOptions(config, underlying);
  const params = {
    revision: MODEL_REVISION,
    asset: underlying.asset,
    shape,
    nu: shape === "student" ? nu : null,
    sigma_band: SIGMA_BAND,
    basis_cold_sd: basisSd,
    vol,
  };
  const version = createHash("sha256").update(JSON.stringify(params)).digest("hex");
  return { name: `settlement-average/${shape}`, version: version.slice(0, VERSION_DIGITS), params };
}

/** How one underlying is modelled. */
export function assetOptions(config: Config, underlying: Underlying): AssetOptions {
  const { model } = config;
  const grid = { BTC: model.grid_s_btc, ETH: model.grid_s_eth, SOL: model.grid_s_sol };
  const basis = {
    BTC: model.basis_sd_bp_btc,
    ETH: model.basis_sd_bp_eth,
    SOL: model.basis_sd_bp_sol,
  };
  return {
    basisSd: basis[underlying.asset] * BP,
    vol: {
      gridS: grid[underlying.asset],
      estimator: model.vol_estimator,
      windowS: model.vol_window_minutes * 60,
      fastLambdaPerMinute: model.fast_lambda_per_minute,
      priorSigma: null,
      priorWeight: 0.2,
      maxGapS: 30,
      staleS: config.coinbase.stale_after_s,
      sigmaMin: model.sigma_min_bp * BP,
      sigmaMax: model.sigma_max_bp * BP,
    },
  };
}

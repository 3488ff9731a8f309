import { sha256Of } from "../../adapters/platform/sha256.ts";
import type { ModelFacts } from "../../adapters/sqlite/run-start.ts";
import type { Config } from "../../config/schema.ts";
import type { AssetOptions } from "../../core/asset-state.ts";
import type { RecalibrationMap } from "../../core/calibration/maps.ts";
import type { PricingModel } from "../../core/engine-config.ts";
import { UNDERLYINGS, type Underlying, underlyingOf } from "../../core/market.ts";
import { MODEL_REVISION, SIGMA_BAND } from "../../core/prob/outlook.ts";

const BP = 1e-4;
/** Basis points that the basis is uncertain by however many settlements were seen (models.md §1.7). */
const BASIS_SD_MIN_BP = { BTC: 0.5, ETH: 0.5, SOL: 1.5 };
/** Hexadecimal digits of a version: enough for as many parameter sets as anybody will ever try. */
const VERSION_DIGITS = 12;

export interface Pricing {
  /** Every way to price that a run may name, to be registered with it. */
  readonly facts: readonly ModelFacts[];
  /** The model of a series whose underlying is known; evaluations of others do not exist. */
  of(seriesTicker: string): PricingModel;
}

/** A recalibration map with the version it has on file. */
export interface VersionedMap {
  readonly version: string;
  readonly map: RecalibrationMap;
}

interface Way {
  readonly facts: ModelFacts;
  readonly model: PricingModel;
}

const NO_MAPS: ReadonlyMap<string, VersionedMap> = new Map();

/**
 * How markets are priced under a configuration, with versions that change when anything about it does; a series with a
 * map has a version of its own.
 */
export function pricingOf(
  config: Config,
  maps: ReadonlyMap<string, VersionedMap> = NO_MAPS,
): Pricing {
  const plain = new Map(
    UNDERLYINGS.map((underlying) => [underlying.asset, wayOf(config, underlying, null)] as const),
  );
  const corrected = new Map<string, Way>();
  for (const [series, map] of maps) {
    const underlying = underlyingOf(series);
    if (underlying !== undefined) corrected.set(series, wayOf(config, underlying, map));
  }
  return {
    facts: [...plain.values(), ...corrected.values()].map(({ facts }) => facts),
    of(seriesTicker) {
      const asset = underlyingOf(seriesTicker)?.asset;
      const way = corrected.get(seriesTicker) ?? (asset === undefined ? asset : plain.get(asset));
      if (way === undefined) throw new RangeError(`no model for series ${seriesTicker}`);
      return way.model;
    },
  };
}

function wayOf(config: Config, underlying: Underlying, map: VersionedMap | null): Way {
  const { nu, shape } = config.model;
  const { basisSd, basisSdMin, vol } = assetOptions(config, underlying);
  const params = {
    revision: MODEL_REVISION,
    asset: underlying.asset,
    shape,
    nu: shape === "student" ? nu : null,
    sigma_band: SIGMA_BAND,
    basis_cold_sd: basisSd,
    basis_sd_min: basisSdMin,
    last_print_offset_s: config.model.last_print_offset_s,
    vol,
    ...(map === null ? {} : { recalibration: map }),
  };
  const name = `settlement-average/${shape}${map === null ? "" : `+${map.map.kind}`}`;
  const hash = sha256Of(JSON.stringify(params));
  const version = hash.slice(0, VERSION_DIGITS);
  return {
    facts: { name, version, params },
    model: { name, version, law: { shape, nu }, map: map?.map ?? null },
  };
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
    basisSdMin: BASIS_SD_MIN_BP[underlying.asset] * BP,
    lastPrintOffsetMs: model.last_print_offset_s * 1000,
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

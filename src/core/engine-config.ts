import type { AssetOptions } from "./asset-state.ts";
import type { RecalibrationMap } from "./calibration/maps.ts";
import type { ExitSettings } from "./exits/exit-settings.ts";
import type { FeeRounding } from "./fee-book.ts";
import type { Underlying } from "./market.ts";
import type { PastTrading } from "./past-trading.ts";
import type { MarketLaw } from "./prob/outlook.ts";
import type { EntryGuard } from "./risk/entry-guard.ts";
import type { RiskLimits } from "./risk/limits.ts";
import type { SlippageOptions } from "./slippage.ts";
import type { Strategy } from "./strategy.ts";
import type { Ms } from "./units.ts";

/** A way to price, by the name and version that stand on each evaluation. */
export interface PricingModel {
  readonly name: string;
  /** Changes whenever a parameter or a formula does. */
  readonly version: string;
  readonly law: MarketLaw;
  /** What corrects its probabilities; null when they are used as they are. */
  readonly map: RecalibrationMap | null;
}

/** Everything that shapes the engine's decisions; stored with the run so that a replay can be given the same. */
export interface EngineConfig {
  readonly runId: number;
  /** Names the run in client order ids. */
  readonly runKey: string;
  readonly strategies: readonly Strategy[];
  readonly limits: RiskLimits;
  /** What entries are held against besides; left out where nothing real is bought. */
  readonly guard?: EntryGuard | undefined;
  readonly exits: ExitSettings;
  /** The venue whose prices are the model's spot; those of the others are recorded. */
  readonly spotSource: string;
  readonly staleSpotMs: Ms;
  readonly staleBookMs: Ms;
  /**
   * Prices come together once in a while (minute-data.ts): between the first and the last of them a look would see half of
   * now and half of before. Left out, whatever changes is looked at.
   */
  readonly looksOnWakeOnly?: boolean;
  asset(underlying: Underlying): AssetOptions;
  /** How markets of a series are priced; the same object for the same series each time. */
  model(seriesTicker: string): PricingModel;
  /** What is charged comes with `fees` events; this is how the account rounds it. */
  readonly feeRounding: FeeRounding;
  readonly slippage: SlippageOptions;
  /** Without a result this long after its close a position is settled by the average of the exchange's index. */
  readonly indexSettleMs: Ms;
  /** What earlier runs on the account left; left out for a new account. */
  readonly past?: PastTrading | undefined;
}

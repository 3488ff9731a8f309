import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import type { PastTrading } from "../../core/past-trading.ts";
import type { SlippageState } from "../../core/slippage.ts";
import { buildEngine, type EngineOptions } from "./engine.ts";
import { pricingOf, type VersionedMap } from "./pricing.ts";

/** What a run starts from besides its configuration. Plain JSON: it is stored with a run of simulated fills. */
export interface RunStart {
  /** Names as asked for; empty means those that the configuration enables. */
  readonly strategies: readonly string[];
  readonly slippage: readonly SlippageState[];
  /** Earlier trades on the account; null for a new one. */
  readonly past: PastTrading | null;
  /** Recalibration maps in use, by series. */
  readonly maps: readonly (readonly [series: string, map: VersionedMap])[];
}

/** The engine of a run that trades, the original and each replay of it. */
export function startedEngine(
  config: Config,
  identity: Pick<EngineOptions, "own" | "runId" | "runKey" | "staleMsMax" | "guard">,
  start: RunStart,
): Engine {
  return buildEngine(config, {
    ...identity,
    strategies: start.strategies,
    slippage: start.slippage,
    pricing: pricingOf(config, new Map(start.maps)),
    past: start.past ?? undefined,
  });
}

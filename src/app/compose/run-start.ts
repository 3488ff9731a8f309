import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import type { Order } from "../../core/orders.ts";
import type { PastTrading } from "../../core/past-trading.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Ms } from "../../core/units.ts";
import { buildEngine, type EngineOptions } from "./engine.ts";
import type { LimitsUsed } from "./live-rules.ts";
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
  /** What only a live run starts from. */
  readonly live?: LiveStart;
}

export interface LiveStart {
  /** Names the run in client order ids. */
  readonly runKey: string;
  readonly staleMsMax: Ms;
  readonly used: LimitsUsed;
  /** Orders of earlier runs whose end was not on file. */
  readonly expected: readonly Order[];
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

import type { EngineConfig } from "../../src/core/engine-config.ts";
import { QUADRATIC_FEES } from "../../src/core/fees.ts";
import { money } from "../../src/core/units.ts";
import { STUDENT } from "./builders.ts";

/** An account of $1,000 with the default limits and no latency; whatever a test cares about it overrides. */
export function anEngineConfig(overrides: Partial<EngineConfig> = {}): EngineConfig {
  return {
    runId: 1,
    runKey: "test",
    strategies: [],
    limits: {
      bankroll: money(1_000_000_000),
      maxDailyLossPct: 0.03,
      maxPositionPct: 0.02,
      maxOpenPositions: 1,
    },
    model: () => STUDENT,
    spotSource: "coinbase",
    staleSpotMs: 10_000,
    staleBookMs: 10_000,
    asset: () => ({ basisSd: 1e-4, vol: { gridS: 5 } }),
    feeRounding: QUADRATIC_FEES,
    slippage: { latencyMs: 0, past: [] },
    ...overrides,
  };
}

import type { EngineConfig } from "../../src/core/engine-config.ts";
import { parseExitRule } from "../../src/core/exits/exit-rule.ts";
import type { ExitSettings } from "../../src/core/exits/exit-settings.ts";
import { QUADRATIC_FEES } from "../../src/core/fees.ts";
import { money, price } from "../../src/core/units.ts";
import { STUDENT } from "./builders.ts";

/** The settings of a rule as the configuration has them by default. */
export const exitsBy = (word: string): ExitSettings => ({
  rule: parseExitRule(word),
  terms: { floor: price(500), maxMs: 60_000, maxAttempts: 20 },
  buffer: 0.01,
  cooldownMs: null,
});

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
    exits: exitsBy("own"),
    model: () => STUDENT,
    spotSource: "coinbase",
    staleSpotMs: 10_000,
    staleBookMs: 10_000,
    asset: () => ({ basisSd: 1e-4, vol: { gridS: 5 } }),
    feeRounding: QUADRATIC_FEES,
    slippage: { latencyMs: 0, past: [] },
    indexSettleMs: 120_000,
    ...overrides,
  };
}

import type { PricedRow } from "../../src/core/proof/rows.ts";
import { money } from "../../src/core/units.ts";

/** One row that would be traded: YES for 40 cents all in, the model at 60 %, eight minutes before the close. */
export function aProofRow(changes: Partial<PricedRow> = {}): PricedRow {
  const closeMs = changes.closeMs ?? Date.UTC(2026, 10, 21, 14);
  return {
    window: new Date(closeMs).toISOString(),
    ticker: "KXBTC15M-A",
    seriesTicker: "KXBTC15M",
    strategy: "threshold-ev",
    closeMs,
    atMs: closeMs - 480_000,
    tauS: 480,
    p: 0.6,
    pModel: 0.6,
    pStrategy: null,
    pMarket: 0.38,
    q: 0.38,
    pLow: 0.61,
    pHigh: 0.59,
    outcome: 1,
    decision: "trade",
    reason: "edge",
    failed: "",
    side: "yes",
    cost: money(400_000),
    ev: 0.2,
    runId: 1,
    isResting: false,
    ...changes,
  };
}

import type { Settlement } from "./events.ts";
import type { Market } from "./market.ts";
import type { Ms } from "./units.ts";

const WITH_RESULT: ReadonlySet<Market["status"]> = new Set(["determined", "amended", "finalized"]);

/**
 * What a market object says about its settlement: null before there is a result, and while one is disputed. Only
 * `finalized` is for good; `determined` and `amended` are provisional (reliability.md I29).
 */
export function settlementOf(
  market: Market,
  seen: { readonly source: string; readonly recvMs: Ms; readonly settledMs: Ms | null },
): Settlement | null {
  if (market.result === "" || !WITH_RESULT.has(market.status)) return null;
  return {
    type: "settlement",
    ticker: market.ticker,
    eventTicker: market.eventTicker,
    result: market.result,
    expirationValue: market.expirationValue,
    settledMs: seen.settledMs ?? seen.recvMs,
    final: market.status === "finalized",
    source: seen.source,
    recvMs: seen.recvMs,
  };
}

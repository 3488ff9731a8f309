import type { ExchangeLedger, RefusedRequest, Rule, Violation } from "./ledger.ts";
import type { Balance, Desk, Fill, OrderState, Position, Settlement } from "./types.ts";

/** What happened on this exchange according to the exchange: the judge of every client. Plain data, ready for JSON. */
export interface ExchangeSummary {
  readonly requests: number;
  /** Every order that was accepted, oldest first. */
  readonly orders: readonly OrderState[];
  readonly fills: readonly Fill[];
  readonly positions: readonly Position[];
  /** Cash by shard and subaccount. */
  readonly cash: readonly Balance[];
  readonly settlements: readonly Settlement[];
  readonly refused: readonly RefusedRequest[];
  readonly violations: readonly Violation[];
  /** How often each rule was broken; rules that were not are absent. */
  readonly violationCounts: Readonly<Partial<Record<Rule, number>>>;
}

/** The present truth, without read lag. */
export function summaryOf(desk: Desk, ledger: ExchangeLedger): ExchangeSummary {
  return {
    requests: ledger.requestCount,
    orders: desk.orders(),
    fills: desk.fills(),
    positions: desk.positions(),
    cash: desk.balances(),
    settlements: desk.settlements(),
    refused: ledger.refusedRequests(),
    violations: ledger.violations(),
    violationCounts: Object.fromEntries(ledger.violationCounts()),
  };
}

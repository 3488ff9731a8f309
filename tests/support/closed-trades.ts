import type { ClosedTrade } from "../../src/core/performance/trade.ts";
import { type Money, money, qty } from "../../src/core/units.ts";

/** A quarter past midnight of 1 November 2026, UTC. */
const FIRST_CLOSE_MS = Date.UTC(2026, 10, 1, 0, 15);
export const QUARTER_MS = 900_000;

interface TradeParts {
  /** Number of the quarter-hour window, from 0. */
  readonly window: number;
  /** Dollars. */
  readonly pnl: number;
  readonly contracts?: number;
  readonly paid?: number;
  readonly fees?: number;
  readonly pessimistic?: number | null;
  readonly exit?: string;
  /** How long before the close. */
  readonly openedBeforeMs?: number;
  readonly closedBeforeMs?: number;
  readonly event?: string;
}

/** A trade of a window, opened five minutes before its close and held to the end unless told otherwise. */
export function aTrade(parts: TradeParts): ClosedTrade {
  const { closedBeforeMs = 0, contracts = 1, openedBeforeMs = 300_000, pessimistic = null } = parts;
  const closeMs = closeOf(parts.window);
  return {
    strategy: "threshold-ev",
    ticker: `KXBTC15M-${parts.window}-T`,
    seriesTicker: "KXBTC15M",
    eventTicker: parts.event ?? `KXBTC15M-${parts.window}`,
    closeMs,
    openedMs: closeMs - openedBeforeMs,
    closedMs: closeMs - closedBeforeMs,
    qty: qty(Math.round(contracts * 100)),
    paid: dollars(parts.paid ?? 0.5 * contracts),
    fees: dollars(parts.fees ?? 0),
    pnl: dollars(parts.pnl),
    pnlPessimistic: pessimistic === null ? null : dollars(pessimistic),
    exit: parts.exit ?? "settlement",
  };
}

export function closeOf(window: number): number {
  return FIRST_CLOSE_MS + window * QUARTER_MS;
}

export function dollars(amount: number): Money {
  return money(Math.round(amount * 1e6));
}

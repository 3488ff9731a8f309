import type { Market } from "../market.ts";
import type { Intent } from "../orders.ts";
import type { Money, Ms, Price, Prob } from "../units.ts";

/** A refusal: an expected outcome, recorded with the number that hit its limit. */
export interface Denied {
  readonly denied: true;
  /** `risk.<limit>`. */
  readonly reason: string;
  readonly value: number | null;
  readonly limit: number | null;
}

/** What an order is decided on, as it is seen at that moment. */
interface Quote {
  /** P(YES) that its strategy decided by; null where there is none. */
  readonly p: Prob | null;
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
}

export interface GateInputs {
  readonly intent: Intent;
  readonly market: Market;
  readonly worstCost: Money;
  readonly nowMs: Ms;
  readonly quote: Quote;
}

export function deny(reason: string, value: number | null, limit: number | null): Denied {
  return { denied: true, reason: `risk.${reason}`, value, limit };
}

import type { MarketResult } from "./market.ts";
import type { Action, Money, Ms, Price, Prob, Qty, Side, Sigma, Usd } from "./units.ts";

// What the engine leaves behind. Each record is one row of the ledger or of the evidence; the recorder adds the run.

/** Whose values of an averaging minute: the exchange's index, or our own spot samples corrected by the basis. */
type PrintSource = "index" | "proxy";

/** One evaluation of one market by one strategy, traded or not: the calibration data. */
export interface Opportunity {
  /** Unique in the database: run number × 1e10 + counter. */
  readonly opportunityId: number;
  readonly strategy: string;
  readonly ticker: string;
  readonly atMs: Ms;
  readonly tauS: number;
  readonly spotUsd: Usd | null;
  readonly sigma: Sigma | null;
  /** P(YES); null when an input was missing or stale, never a guess. */
  readonly pModel: Prob | null;
  /** Interval on p: sigma 15 % lower or higher, the basis one s.d. to either side. */
  readonly pLow: Prob | null;
  readonly pHigh: Prob | null;
  /** Market's probability: the YES mid when both sides exist. */
  readonly pMarket: Prob | null;
  /** P(YES) that the strategy decided by where it is not the model's; null where it is. */
  readonly pStrategy: Prob | null;
  /** Side that was judged. */
  readonly side: Side | null;
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  readonly yesBidQty: Qty | null;
  readonly yesAskQty: Qty | null;
  /** All-in cost of one contract of `side` (ask plus fee), micro-dollars. */
  readonly cost: Money | null;
  /** Expected value per contract in dollars, after fee and slippage buffer. */
  readonly ev: number | null;
  readonly decision: "trade" | "no_trade";
  /** Stable code of the gate that decided. */
  readonly reason: string;
  /** Codes of all gates that were shut, separated by commas, the reason first; empty for a trade. */
  readonly failed: string;
  /** Version of the model and its parameters; null on rows of versions that did not say. */
  readonly model: string | null;
  /** Expected log difference index − spot, and the relative s.d. of what remains. */
  readonly basisMean: number | null;
  readonly basisSd: number | null;
  /** Index prints already known inside the averaging minute, their sum, and whether they are the exchange's own. */
  readonly knownCount: number;
  readonly knownSumUsd: Usd | null;
  readonly knownSource: PrintSource | null;
  /** The same of the minute before the open, where the strike was not published yet; else null. */
  readonly referenceCount: number | null;
  readonly referenceSumUsd: Usd | null;
  readonly referenceSource: PrintSource | null;
  readonly spotAgeMs: Ms | null;
  readonly bookAgeMs: Ms | null;
}

/** Reason of every trade that opens or enlarges a position; one that sells what is held has the reason of its exit. */
export const ENTRY_REASON = "edge";

/** The evaluation began to sell a holding. */
export function isExit({ decision, reason }: Pick<Opportunity, "decision" | "reason">): boolean {
  return decision === "trade" && reason !== ENTRY_REASON;
}

export type OrderState =
  | "pending"
  | "resting"
  | "filled"
  | "canceled"
  | "rejected"
  | "expired"
  | "unknown";

/** States in which an order may still cost something. */
export const UNDER_WAY: ReadonlySet<OrderState> = new Set(["pending", "resting", "unknown"]);

/** An approved order as it entered the journal. */
export interface OrderRecord {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly strategy: string;
  readonly opportunityId: number;
  readonly ticker: string;
  readonly side: Side;
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  readonly state: OrderState;
  readonly createdMs: Ms;
}

/** One change of an order's state. */
export interface OrderEventRecord {
  readonly orderId: string;
  readonly atMs: Ms;
  readonly state: OrderState;
  readonly filledQty: Qty;
  readonly reason: string;
}

/**
 * What a simulated fill rests on: it took displayed size, trades used up the queue in front of it, or the market traded or
 * was quoted through its price. They deserve belief in that order.
 */
export type FillClass = "crossed" | "queue" | "through";

/** One execution, once. */
export interface FillRecord {
  readonly fillId: string;
  readonly orderId: string;
  readonly ticker: string;
  readonly side: Side;
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  readonly fee: Money;
  readonly isTaker: boolean;
  /** Null for a fill that the exchange reported: it is a fact. */
  readonly fillClass: FillClass | null;
  readonly atMs: Ms;
}

/** What a position is settled by. */
export interface Ruling {
  readonly ticker: string;
  readonly result: MarketResult;
  readonly yesPayout: Price;
  /** For good; else it may still be taken back. */
  readonly isFinal: boolean;
  /** Who says so: the exchange, or `index_average`. */
  readonly source: string;
  readonly expirationValue: string | null;
  readonly atMs: Ms;
}

/** One leg of the pessimistic account that runs beside a simulated one: a fill or a settlement. */
export interface PessimisticLeg {
  readonly atMs: Ms;
  readonly ticker: string;
  readonly strategy: string;
  /** Null for a settlement. */
  readonly orderId: string | null;
  readonly action: Action | "settle";
  readonly side: Side;
  readonly price: Price | null;
  readonly qty: Qty;
  readonly fee: Money;
  /** Realised profit; null unless it closes something. */
  readonly pnl: Money | null;
  /** What a settlement goes by; null for a fill. */
  readonly ruling: Ruling | null;
}

/** One leg of the trade ledger: buys, sells, refusals and settlements, real or simulated. */
export interface LedgerRecord {
  readonly atMs: Ms;
  readonly action: Action | "settle";
  readonly side: Side;
  readonly ticker: string;
  readonly price: Price | null;
  readonly qty: Qty;
  /** Cash that left the account (positive) or came back (negative), fees included. */
  readonly cost: Money;
  /** Realised profit of this leg; null unless it closes something. */
  readonly pnl: Money | null;
  readonly status: string;
  readonly source: string;
  readonly strategy: string;
  readonly orderId: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Of a settle leg: what it settles by. Whoever writes it may find that somebody else has settled already. */
  readonly ruling?: Ruling;
}

/** A position as seen at a time; quantity signed, + is YES. */
export interface PositionRecord {
  readonly ticker: string;
  readonly qty: Qty;
  readonly cost: Money;
  readonly source: string;
  readonly atMs: Ms;
}

/** A limit that was hit or a halt. */
export interface RiskRecord {
  readonly atMs: Ms;
  readonly kind: string;
  readonly value: number | null;
  readonly limitValue: number | null;
  readonly reason: string;
}

import type { Approved, Order } from "./orders.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  PositionRecord,
  RiskRecord,
} from "./records.ts";

/** What the engine wants done, in order. Rows are to be on file before an order of the same step is submitted. */
export type Effect =
  | { readonly type: "opportunity"; readonly row: Opportunity }
  | { readonly type: "order"; readonly row: OrderRecord }
  | { readonly type: "submit"; readonly order: Approved<Order> }
  /** What is left of a resting order shall rest no longer; fills until the venue hears of it count. */
  | { readonly type: "cancel"; readonly orderId: string }
  | { readonly type: "orderEvent"; readonly row: OrderEventRecord }
  | { readonly type: "fill"; readonly row: FillRecord }
  | { readonly type: "ledger"; readonly row: LedgerRecord }
  | { readonly type: "position"; readonly row: PositionRecord }
  | { readonly type: "risk"; readonly row: RiskRecord }
  /** The book of this market can no longer be trusted: ask its feed for a snapshot. */
  | { readonly type: "resync"; readonly ticker: string; readonly reason: string };

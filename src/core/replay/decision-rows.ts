import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  PositionRecord,
  RiskRecord,
} from "../records.ts";

/** The rows that a run leaves behind, by kind. */
export interface DecisionRows {
  readonly opportunity: Opportunity;
  readonly order: OrderRecord;
  readonly orderEvent: OrderEventRecord;
  readonly fill: FillRecord;
  readonly ledger: LedgerRecord;
  readonly position: PositionRecord;
  readonly risk: RiskRecord;
}

export type DecisionKind = keyof DecisionRows;

/** One row as it stands on file, field by field under the names of its record. */
export type StoredRow = Readonly<Record<string, unknown>>;

export const DECISION_KINDS: readonly DecisionKind[] = [
  "opportunity",
  "order",
  "orderEvent",
  "fill",
  "ledger",
  "position",
  "risk",
];

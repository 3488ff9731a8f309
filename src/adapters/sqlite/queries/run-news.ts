import type { RiskRecord } from "../../../core/records.ts";
import type { ResultLeg } from "../../../core/risk/loss-book.ts";
import type { Ms } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { EVALUATION_COLUMNS, type EvaluationRow } from "./decision.ts";
import type { LedgerRow } from "./ledger.ts";
import { reading } from "./read.ts";

/** Rows of one table that may come at once; what is beyond comes with the next look. */
const ROWS_MAX = 200;

/** Whose rows: those of one simulated account by any of its runs, or of the real one. */
export interface Account {
  readonly mode: TradingMode;
  /** Any run of a simulated account; null for the real one. */
  readonly runId: number | null;
}

const OF_ACCOUNT = `mode = :mode AND (:runId IS NULL OR run_id = :runId OR run_id IN (
  SELECT b.run_id FROM run_accounts a JOIN run_accounts b USING (account) WHERE a.run_id = :runId))`;

/** Legs of an account's ledger in the order in which they were booked. */
export function accountLegs(
  reader: Reader,
  account: Account,
  { nowMs, upTo = Number.MAX_SAFE_INTEGER }: { readonly nowMs: Ms; readonly upTo?: number },
): ResultLeg[] {
  return reading(reader, () =>
    reader.db
      .prepare<
        Account & { readonly nowMs: Ms; readonly upTo: number },
        Omit<ResultLeg, "isFinal"> & { readonly isFinal: number }
      >(
        `SELECT at_ms AS atMs, action, side, ticker, qty_cq AS qty, pnl_ud AS pnl,
           NOT coalesce(payload_json ->> '$.provisional', 0) AS isFinal
         FROM trade_ledger WHERE at_ms <= :nowMs AND ledger_id <= :upTo AND ${OF_ACCOUNT} ORDER BY ledger_id`,
      )
      .all({ ...account, nowMs, upTo }),
  ).map((leg) => ({ ...leg, isFinal: leg.isFinal === 1 }));
}

/** Number of the newest leg; 0 before the first. Every later one has a larger number. */
export function newestLeg(reader: Reader): number {
  return reading(reader, () =>
    Number(reader.db.prepare("SELECT coalesce(max(ledger_id), 0) FROM trade_ledger").pluck().get()),
  );
}

/** First run on the account of a run. */
export function accountOfRun(reader: Reader, runId: number): number {
  return reading(
    reader,
    () =>
      reader.db
        .prepare<[number], number>("SELECT account FROM run_accounts WHERE run_id = ?")
        .pluck()
        .get(runId) ?? runId,
  );
}

/** How far a file was read. */
export interface Marks {
  readonly opportunityId: number;
  readonly ledgerId: number;
  readonly riskEventId: number;
}

/** What has been put on file since. */
export interface News {
  readonly marks: Marks;
  /** Evaluations that ended in an order. */
  readonly signals: readonly EvaluationRow[];
  readonly legs: readonly NewLeg[];
  readonly alerts: readonly (RiskRecord & { readonly riskEventId: number })[];
}

type NewLeg = Pick<
  LedgerRow,
  | "ledgerId"
  | "runId"
  | "atMs"
  | "action"
  | "side"
  | "ticker"
  | "price"
  | "qty"
  | "cost"
  | "pnl"
  | "status"
  | "strategy"
  | "orderId"
>;

/** Where a file ends now. */
export function marksOf(reader: Reader): Marks {
  const newest = (sql: string): number => reader.db.prepare<[], number>(sql).pluck().get() ?? 0;
  return reading(reader, () => ({
    opportunityId: newest("SELECT coalesce(max(opportunity_id), 0) FROM evaluations"),
    ledgerId: newest("SELECT coalesce(max(ledger_id), 0) FROM trade_ledger"),
    riskEventId: newest("SELECT coalesce(max(risk_event_id), 0) FROM risk_events"),
  }));
}

/** What is new of one run and its account; alerts that no run has put on file are for every account of the mode. */
export function newsSince(reader: Reader, account: Account, runId: number, marks: Marks): News {
  return reading(reader, () => {
    const { opportunityId: newest } = marksOf(reader);
    const signals = reader.db
      .prepare<[number, number, number, number], EvaluationRow>(
        `SELECT ${EVALUATION_COLUMNS}, o.run_id AS runId, o.mode, f.model_name AS modelName
         FROM opportunities o JOIN features f ON f.opportunity_id = o.opportunity_id
         WHERE o.run_id = ? AND o.opportunity_id > ? AND o.opportunity_id <= ? AND o.decision = 'trade' ORDER BY o.opportunity_id LIMIT ?`,
      )
      .all(runId, marks.opportunityId, newest, ROWS_MAX);
    const legs = reader.db
      .prepare<Account & { readonly after: number; readonly most: number }, NewLeg>(
        `SELECT ledger_id AS ledgerId, run_id AS runId, at_ms AS atMs, action, side, ticker, price_cc AS price,
           qty_cq AS qty, cost_ud AS cost, pnl_ud AS pnl, status, strategy, order_id AS orderId
         FROM trade_ledger WHERE ledger_id > :after AND ${OF_ACCOUNT} ORDER BY ledger_id LIMIT :most`,
      )
      .all({ ...account, after: marks.ledgerId, most: ROWS_MAX });
    const alerts = reader.db
      .prepare<
        Account & { readonly after: number; readonly most: number },
        RiskRecord & { readonly riskEventId: number }
      >(
        `SELECT risk_event_id AS riskEventId, at_ms AS atMs, kind, value, limit_value AS limitValue, reason
         FROM risk_events WHERE risk_event_id > :after AND mode = :mode AND (run_id IS NULL OR ${OF_ACCOUNT})
         ORDER BY risk_event_id LIMIT :most`,
      )
      .all({ ...account, after: marks.riskEventId, most: ROWS_MAX });
    return {
      marks: {
        opportunityId:
          (signals.length === ROWS_MAX ? signals.at(-1)?.opportunityId : null) ?? newest,
        ledgerId: legs.at(-1)?.ledgerId ?? marks.ledgerId,
        riskEventId: alerts.at(-1)?.riskEventId ?? marks.riskEventId,
      },
      signals,
      legs,
      alerts,
    };
  });
}

import type { Settlement } from "../../core/events.ts";
import type { Market } from "../../core/market.ts";
import type { LedgerRecord, PessimisticLeg, RiskRecord } from "../../core/records.ts";
import type { Money } from "../../core/units.ts";
import { type AuditRows, createAuditRows, type Owner, type TradingMode } from "./audit-rows.ts";
import { retryBusy } from "./busy.ts";
import { storeError } from "./errors.ts";
import { upsertMarket } from "./market-rows.ts";
import { type Db, type DbEnv, openWriter } from "./open.ts";

/** Writes outside a recorded run: `ledger settle`, `kill`, `live reset`. Each call is committed on return. */
export interface LedgerWriter {
  readonly path: string;
  /** False when the stored settlement says the same already. */
  recordSettlement(settlement: Settlement, runId: number | null): boolean;
  upsertMarket(market: Market, recvMs: number): void;
  /** False when it is a settle leg that says nothing new (a run and a cron job may both try). */
  appendLedger(row: LedgerRecord, owner: { mode: TradingMode; runId: number | null }): boolean;
  /** The same for a leg of the pessimistic account. */
  appendPessimistic(leg: PessimisticLeg, owner: { mode: TradingMode; runId: number }): boolean;
  /** Sets a latch and notes it in risk_events; false when it was set already. */
  setLatch(row: RiskRecord, owner: { mode: string; runId: number | null }): boolean;
  /** Clears a latch and notes it; false when it was not set. */
  clearLatch(latch: { mode: string; kind: string; atMs: number; reason: string }): boolean;
  /** Notes that a strategy shall forget its fills of before that time (past-trading.ts). */
  resetStrategy(reset: { mode: TradingMode; strategy: string; atMs: number; reason: string }): void;
  /** Forgets by which key the file belongs to an account; the next live run says it by its own. False when none had. */
  resetAccount(reset: { atMs: number; reason: string }): boolean;
  /** Notes cash that no trade moved; a second opening is refused by the file. */
  recordMovement(movement: CashMovement): void;
  close(): void;
}

interface CashMovement {
  readonly atMs: number;
  readonly kind: "opening" | "deposit" | "withdrawal";
  /** What it adds: negative for a withdrawal. */
  readonly amount: Money;
  readonly reason: string;
}

/** Somebody waits at the prompt, nothing trades: worth two seconds of patience. */
const BUSY_ATTEMPTS = 14;

type Commit = <T>(work: () => T) => T;

/** Opens the database for single writes; migrates it when needed. */
export function createLedgerWriter(options: {
  readonly path: string;
  readonly env: DbEnv;
  readonly account?: string | undefined;
}): LedgerWriter {
  const { path } = options;
  const writer = openWriter(path, options);
  const db = writer.durable;
  // No bulk rows are written here whose commits would fold the WAL back.
  db.pragma("wal_autocheckpoint = 1000");
  const audit = createAuditRows(db);
  const market = upsertMarket(db);
  const movement = db.prepare(
    "INSERT INTO cash_movements (at_ms, kind, amount_ud, reason) VALUES (?, ?, ?, ?)",
  );

  const commit: Commit = (work) => {
    try {
      return retryBusy(() => db.transaction(work).immediate(), BUSY_ATTEMPTS);
    } catch (error) {
      throw storeError(error, path);
    }
  };

  return {
    path,
    recordSettlement: (settlement, runId) => {
      const owner: Owner = { runId, mode: "ledger" };
      return commit(() => audit.settlement(owner, settlement));
    },
    upsertMarket: (row, recvMs) => commit(() => market(row, recvMs)),
    appendLedger: (row, owner) => commit(() => audit.ledger({ ...owner, byTool: true }, row)),
    appendPessimistic: (leg, owner) => commit(() => audit.pessimistic(owner, leg)),
    ...latchRows(db, audit, commit),
    resetStrategy: ({ atMs, mode, reason, strategy }) =>
      commit(() => {
        const row = { atMs, kind: "strategy_reset", value: null, limitValue: null };
        audit.risk({ mode, runId: null }, { ...row, reason: `${strategy}: ${reason}` });
      }),
    resetAccount: ({ atMs, reason }) =>
      commit(() => {
        if (db.prepare("DELETE FROM meta WHERE key = 'account'").run().changes === 0) return false;
        const row = { atMs, kind: "account_reset", value: null, limitValue: null, reason };
        audit.risk({ mode: "live", runId: null }, row);
        return true;
      }),
    recordMovement: ({ amount, atMs, kind, reason }) =>
      commit(() => {
        movement.run(atMs, kind, amount, reason);
      }),
    close: () => writer.close(),
  };
}

function latchRows(
  db: Db,
  audit: AuditRows,
  commit: Commit,
): Pick<LedgerWriter, "setLatch" | "clearLatch"> {
  const set = db.prepare(
    `INSERT INTO latches (run_id, mode, at_ms, kind, value, limit_value, reason) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (mode, kind) WHERE cleared_ms IS NULL DO NOTHING`,
  );
  const clear = db.prepare(
    "UPDATE latches SET cleared_ms = ?, cleared_reason = ? WHERE mode = ? AND kind = ? AND cleared_ms IS NULL",
  );
  return {
    setLatch: (row, owner) =>
      commit(() => {
        const { runId, mode } = owner;
        const { atMs, kind, value, limitValue, reason } = row;
        if (set.run(runId, mode, atMs, kind, value, limitValue, reason).changes === 0) {
          return false;
        }
        audit.risk(owner, { ...row, kind: `latch_set:${kind}` });
        return true;
      }),
    clearLatch: ({ mode, kind, atMs, reason }) =>
      commit(() => {
        if (clear.run(atMs, reason, mode, kind).changes === 0) return false;
        const row = {
          atMs,
          kind: `latch_cleared:${kind}`,
          value: null,
          limitValue: null,
          reason,
        };
        audit.risk({ mode, runId: null }, row);
        return true;
      }),
  };
}

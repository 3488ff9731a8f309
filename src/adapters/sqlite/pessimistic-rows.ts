import type { PessimisticLeg } from "../../core/records.ts";
import { ShadowBooks } from "../../core/sim/shadow-books.ts";
import { type Money, PRICE_ONE, type Price, type Qty } from "../../core/units.ts";
import type { Db } from "./open.ts";
import { SAME_ACCOUNT } from "./paid-positions.ts";

/** Whose leg it is: only simulated runs have such an account. */
interface Owner {
  readonly runId: number | null;
  readonly mode: string;
}

/** A leg as it is on file. */
export interface StoredLeg {
  readonly atMs: number;
  readonly ticker: string;
  readonly strategy: string;
  readonly orderId: string | null;
  readonly action: PessimisticLeg["action"];
  readonly side: PessimisticLeg["side"];
  readonly price: Price | null;
  readonly qty: Qty;
  readonly fee: Money;
  readonly pnl: Money | null;
  readonly yesPayout: Price | null;
  readonly provisional: number | null;
  readonly source: string | null;
}

/** Columns of a stored leg, of the table `pessimistic_legs l`. */
export const LEG_COLUMNS = `l.at_ms AS atMs, l.ticker, l.strategy, l.order_id AS orderId, l.action, l.side, l.price_cc AS price,
  l.qty_cq AS qty, l.fee_ud AS fee, l.pnl_ud AS pnl, l.yes_payout_cc AS yesPayout, l.provisional, l.source`;

/** The leg of a stored one. */
export function legOf({ provisional, source, yesPayout, ...leg }: StoredLeg): PessimisticLeg {
  if (yesPayout === null || source === null) return { ...leg, ruling: null };
  const { atMs, ticker } = leg;
  // Its words are on file with the result itself; the account goes by the payout.
  const result = yesPayout === PRICE_ONE ? "yes" : yesPayout === 0 ? "no" : "scalar";
  const isFinal = provisional === 0;
  const ruling = {
    ticker,
    result,
    yesPayout,
    isFinal,
    source,
    expirationValue: null,
    atMs,
  } as const;
  return { ...leg, ruling };
}

/**
 * Appends a leg. A running session and `ledger settle` from cron may both see how a position settled: of a settlement is
 * appended what is still missing, and false is said when that is nothing. The caller owns the transaction.
 */
export function pessimisticRow(db: Db): (owner: Owner, leg: PessimisticLeg) => boolean {
  const insert = db.prepare(
    `INSERT INTO pessimistic_legs (run_id, mode, at_ms, ticker, strategy, order_id, action, side, price_cc, qty_cq, fee_ud,
       pnl_ud, yes_payout_cc, provisional, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const onFile = db.prepare<{ run: number | null; ticker: string }, StoredLeg>(
    `SELECT ${LEG_COLUMNS} FROM pessimistic_legs l WHERE ticker = :ticker AND ${SAME_ACCOUNT} ORDER BY leg_id`,
  );
  const append = ({ mode, runId }: Owner, leg: PessimisticLeg): void => {
    const { action, atMs, fee, orderId, pnl, price, qty, ruling, side, strategy, ticker } = leg;
    const what = [orderId, action, side, price, qty, fee, pnl];
    const by =
      ruling === null
        ? [null, null, null]
        : [ruling.yesPayout, ruling.isFinal ? 0 : 1, ruling.source];
    insert.run(runId, mode, atMs, ticker, strategy, ...what, ...by);
  };
  return (owner, leg) => {
    if (leg.ruling === null) {
      append(owner, leg);
      return true;
    }
    const books = new ShadowBooks();
    for (const row of onFile.iterate({ run: owner.runId, ticker: leg.ticker }))
      books.adopt(legOf(row));
    const missing = books.settle(leg.ruling);
    for (const each of missing) append(owner, each);
    return missing.length > 0;
  };
}

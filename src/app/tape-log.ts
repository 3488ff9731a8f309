import type { LedgerRecord, Opportunity } from "../core/records.ts";
import type { Ms } from "../core/units.ts";
import type { Clock } from "../ports.ts";
import type { RowListener } from "./heard-recorder.ts";

// The trader's tape in the log: what was taken, what came of it, and what was passed over and why.

interface Tape {
  readonly log: { info(fields: Readonly<Record<string, unknown>>, message: string): void };
  /** The user's own time, which the rate is kept by. */
  readonly real: Pick<Clock, "monoMs">;
  /** Strategies whose evaluations nobody asked about. */
  readonly unasked: ReadonlySet<string>;
}

const MINUTE_MS: Ms = 60_000;
/** A pass is no event: of thousands a minute so many are shown, each a market whose reason has changed. */
const PASSES_PER_MINUTE = 12;
const MARKETS_MAX = 2_000;

export function createTapeLog({ log, real, unasked }: Tape): RowListener {
  const reasons = new Map<string, string>();
  let minuteMs = Number.NEGATIVE_INFINITY;
  let shown = 0;
  let hidden = 0;
  const mayPass = (): boolean => {
    const nowMs = real.monoMs();
    if (nowMs - minuteMs >= MINUTE_MS) [minuteMs, shown] = [nowMs, 0];
    if (shown >= PASSES_PER_MINUTE) return false;
    shown++;
    return true;
  };
  const pass = (row: Opportunity): void => {
    const key = `${row.strategy} ${row.ticker}`;
    if (reasons.get(key) === row.reason) return;
    if (reasons.size >= MARKETS_MAX) reasons.clear();
    reasons.set(key, row.reason);
    if (!mayPass()) {
      hidden++;
      return;
    }
    log.info({ ev: "tape.pass", ...judged(row), reason: row.reason, hidden }, "pass");
    hidden = 0;
  };
  return {
    opportunity(row) {
      if (row.decision === "trade")
        log.info({ ev: "tape.take", ...judged(row), reason: row.reason }, "take");
      else if (!unasked.has(row.strategy)) pass(row);
    },
    ledger(row) {
      if (row.action === "settle") log.info({ ev: "tape.settle", ...leg(row) }, "settled");
      else
        log.info(
          { ev: row.status === "filled" ? "tape.fill" : "tape.unfilled", ...leg(row) },
          row.status,
        );
    },
  };
}

function judged({
  ev,
  opportunityId,
  pMarket,
  pModel,
  pStrategy,
  side,
  strategy,
  ticker,
  yesAsk,
  yesBid,
}: Opportunity) {
  const p = pStrategy ?? pModel;
  return {
    strategy,
    ticker,
    side,
    ev_cents: ev === null ? null : Math.round(ev * 10_000) / 100,
    p: p === null ? null : Math.round(p * 1000) / 1000,
    p_market: pMarket === null ? null : Math.round(pMarket * 1000) / 1000,
    yes_bid_cents: yesBid === null ? null : yesBid / 100,
    yes_ask_cents: yesAsk === null ? null : yesAsk / 100,
    opportunity_id: opportunityId,
  };
}

function leg({ action, pnl, price, qty, side, strategy, ticker }: LedgerRecord) {
  return {
    strategy,
    ticker,
    side,
    action,
    contracts: qty / 100,
    price_cents: price === null ? null : price / 100,
    pnl_usd: pnl === null ? null : pnl / 1e6,
  };
}

import type { MarketEvent } from "../core/events.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  RiskRecord,
} from "../core/records.ts";
import type { Recorder } from "../ports.ts";

/** Hears of what a run puts on file, as it does. Must be quick and must not throw. */
export interface RowListener {
  event?(event: MarketEvent): void;
  opportunity?(row: Opportunity): void;
  order?(row: OrderRecord): void;
  orderEvent?(row: OrderEventRecord): void;
  fill?(row: FillRecord): void;
  ledger?(row: LedgerRecord): void;
  risk?(row: RiskRecord): void;
}

/** The same recorder with somebody who listens. */
export function heard(recorder: Recorder, listener: RowListener): Recorder {
  return {
    runId: recorder.runId,
    event(event, feed) {
      recorder.event(event, feed);
      listener.event?.(event);
    },
    opportunity(row) {
      recorder.opportunity(row);
      listener.opportunity?.(row);
    },
    order(row) {
      recorder.order(row);
      listener.order?.(row);
    },
    orderEvent(row) {
      recorder.orderEvent(row);
      listener.orderEvent?.(row);
    },
    fill(row) {
      recorder.fill(row);
      listener.fill?.(row);
    },
    ledger(row) {
      recorder.ledger(row);
      listener.ledger?.(row);
    },
    risk(row) {
      recorder.risk(row);
      listener.risk?.(row);
    },
    pessimistic: (leg) => recorder.pessimistic(leg),
    position: (row) => recorder.position(row),
    together: (rows) => recorder.together(rows),
    finished: (atMs) => recorder.finished(atMs),
    flush: () => recorder.flush(),
    drain: () => recorder.drain(),
    counts: () => recorder.counts(),
    stored: () => recorder.stored(),
    close: (exitCode, feeds) => recorder.close(exitCode, feeds),
  };
}

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

/** Hears of what a run puts on file, each row after it is there. Must be quick and must not throw. */
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
  // Rows that are committed as one are not on file before all of them are.
  let waiting: (() => void)[] | null = null;
  const tell = (hear: () => void): void => {
    if (waiting === null) hear();
    else waiting.push(hear);
  };
  return {
    runId: recorder.runId,
    event(event, feed) {
      recorder.event(event, feed);
      listener.event?.(event);
    },
    opportunity(row) {
      recorder.opportunity(row);
      tell(() => listener.opportunity?.(row));
    },
    order(row) {
      recorder.order(row);
      tell(() => listener.order?.(row));
    },
    orderEvent(row) {
      recorder.orderEvent(row);
      tell(() => listener.orderEvent?.(row));
    },
    fill(row) {
      recorder.fill(row);
      tell(() => listener.fill?.(row));
    },
    ledger(row) {
      recorder.ledger(row);
      tell(() => listener.ledger?.(row));
    },
    risk(row) {
      recorder.risk(row);
      tell(() => listener.risk?.(row));
    },
    pessimistic: (leg) => recorder.pessimistic(leg),
    position: (row) => recorder.position(row),
    together(rows) {
      const told: (() => void)[] = [];
      waiting = told;
      try {
        recorder.together(rows);
      } finally {
        waiting = null;
      }
      for (const hear of told) hear();
    },
    finished: (atMs) => recorder.finished(atMs),
    flush: () => recorder.flush(),
    drain: () => recorder.drain(),
    counts: () => recorder.counts(),
    stored: () => recorder.stored(),
    close: (exitCode, feeds) => recorder.close(exitCode, feeds),
  };
}

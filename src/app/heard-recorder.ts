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
  /** What nobody listens to is the recorder's own method: several listen to one run, few of them to everything. */
  const told = <Row>(
    put: (row: Row) => void,
    hear: ((row: Row) => void) | undefined,
  ): ((row: Row) => void) => {
    if (hear === undefined) return put;
    return (row) => {
      put(row);
      if (waiting === null) hear(row);
      else waiting.push(() => hear(row));
    };
  };
  const record = recorder.event.bind(recorder);
  const hearEvent = listener.event?.bind(listener);
  return {
    runId: recorder.runId,
    event:
      hearEvent === undefined
        ? record
        : (event, feed) => {
            record(event, feed);
            hearEvent(event);
          },
    opportunity: told(recorder.opportunity.bind(recorder), listener.opportunity?.bind(listener)),
    order: told(recorder.order.bind(recorder), listener.order?.bind(listener)),
    orderEvent: told(recorder.orderEvent.bind(recorder), listener.orderEvent?.bind(listener)),
    fill: told(recorder.fill.bind(recorder), listener.fill?.bind(listener)),
    ledger: told(recorder.ledger.bind(recorder), listener.ledger?.bind(listener)),
    risk: told(recorder.risk.bind(recorder), listener.risk?.bind(listener)),
    pessimistic: (leg) => recorder.pessimistic(leg),
    position: (row) => recorder.position(row),
    together(rows) {
      const late: (() => void)[] = [];
      waiting = late;
      try {
        recorder.together(rows);
      } finally {
        waiting = null;
      }
      for (const hear of late) hear();
    },
    finished: (atMs) => recorder.finished(atMs),
    flush: () => recorder.flush(),
    drain: () => recorder.drain(),
    counts: () => recorder.counts(),
    stored: () => recorder.stored(),
    close: (exitCode, feeds) => recorder.close(exitCode, feeds),
  };
}

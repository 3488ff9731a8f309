import { BLOCK_EVENTS, InputSummer } from "../../core/replay/input-sum.ts";
import type { EventRow } from "./batch.ts";
import { EV_PER_RUN } from "./numbering.ts";
import type { Db } from "./open.ts";

export interface InputSums {
  /** Takes in the first `count` events of a batch; inside of the transaction that writes them. */
  add(events: readonly EventRow[], count: number): void;
  /** What was added is on file. */
  committed(): void;
  /** The transaction failed: what was added was not. */
  forget(): void;
}

/** Keeps the sums of a run's inputs on file, block after block; a block that is not full yet has the sum so far. */
export function createInputSums(db: Db, runId: number): InputSums {
  const put = db.prepare(
    `INSERT INTO input_sums (first_ev, n, total, weighted) VALUES (?, ?, ?, ?)
     ON CONFLICT (first_ev) DO UPDATE SET n = excluded.n, total = excluded.total, weighted = excluded.weighted`,
  );
  let stored = { block: 0, sum: new InputSummer() };
  let added = stored;

  const write = ({ block, sum }: typeof stored): void => {
    if (sum.n > 0)
      put.run(runId * EV_PER_RUN + block * BLOCK_EVENTS, sum.n, sum.total, sum.weighted);
  };
  return {
    add(events, count) {
      added = { block: stored.block, sum: new InputSummer(stored.sum) };
      for (let at = 0; at < count; at++) {
        const event = events[at];
        if (event === undefined) break;
        added.sum.add(event);
        if (added.sum.n < BLOCK_EVENTS) continue;
        write(added);
        added = { block: added.block + 1, sum: new InputSummer() };
      }
      if (count > 0) write(added);
    },
    committed() {
      stored = added;
    },
    forget() {
      added = stored;
    },
  };
}

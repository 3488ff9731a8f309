import { asStored } from "../../core/replay/as-stored.ts";
import { DecisionHash } from "../../core/replay/decision-hash.ts";
import type { DecisionKind } from "../../core/replay/decision-rows.ts";
import type { Ms } from "../../core/units.ts";
import type { Recorder } from "../../ports.ts";
import { silentRecorder } from "./silent-recorder.ts";

/** Rows decided up to a time. */
export interface PastRows {
  readonly rows: number;
  readonly hash: string;
}

/** A recorder that keeps nothing but the hash of the rows up to each of some times. */
export function pastRows(untilMs: readonly Ms[]): {
  readonly recorder: Recorder;
  digests(): readonly PastRows[];
} {
  const hashes = untilMs.map((ms) => ({ ms, hash: new DecisionHash() }));
  const add = (kind: DecisionKind, atMs: Ms, row: object): void => {
    for (const { hash, ms } of hashes) if (atMs <= ms) hash.add(kind, row);
  };
  return {
    recorder: {
      ...silentRecorder(),
      opportunity: (row) => add("opportunity", row.atMs, asStored(row)),
      order: (row) => add("order", row.createdMs, row),
      orderEvent: (row) => add("orderEvent", row.atMs, row),
      fill: (row) => add("fill", row.atMs, row),
      ledger: (row) => add("ledger", row.atMs, row),
      position: (row) => add("position", row.atMs, row),
      risk: (row) => add("risk", row.atMs, row),
    },
    digests: () => hashes.map(({ hash }) => ({ rows: hash.rows, hash: hash.digest() })),
  };
}

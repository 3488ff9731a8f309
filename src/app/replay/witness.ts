import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import { asStored } from "../../core/replay/as-stored.ts";
import { DecisionHash } from "../../core/replay/decision-hash.ts";
import {
  DECISION_KINDS,
  type DecisionKind,
  type DecisionRows,
  type StoredRow,
} from "../../core/replay/decision-rows.ts";
import type { Recorder } from "../../ports.ts";

/** An input by its number. */
export interface NumberedEvent {
  readonly ev: number;
  readonly event: MarketEvent;
}

/** The first row of a replay that is not the row on file. */
export interface Difference {
  readonly kind: DecisionKind;
  /** Which row of its kind, from 1 on. */
  readonly row: number;
  /** Input that led to it; null at the end of the run. */
  readonly at: NumberedEvent | null;
  /** Field of the record; `row` where one of the two has no such row. */
  readonly field: string;
  readonly stored: unknown;
  readonly replayed: unknown;
}

/** What the rows of a run are held against, kind by kind. */
export type StoredRows = (kind: DecisionKind) => Iterator<StoredRow>;

interface Side {
  readonly rows: Iterator<StoredRow>;
  seen: number;
  /** The run's rows of this kind are used up. */
  isOver: boolean;
}

/**
 * The recorder of a replay: writes nothing, and compares each row with the one that the original put on file in its place.
 * It remembers the first difference; its driver stops there.
 */
export class Witness implements Recorder {
  readonly runId: number;
  /** The input that is being replayed. */
  current: NumberedEvent | null = null;
  readonly #sides: ReadonlyMap<DecisionKind, Side>;
  readonly #wasKilled: boolean;
  readonly #settledByTool: ReadonlySet<string>;
  readonly #hash = new DecisionHash();
  #difference: Difference | null = null;
  #beyond = 0;

  /** A run that was killed may have lost rows of its last moments, or the inputs that led to them. */
  constructor(
    runId: number,
    rows: StoredRows,
    about: { readonly wasKilled: boolean; readonly settledByTool: ReadonlySet<string> },
  ) {
    this.runId = runId;
    this.#wasKilled = about.wasKilled;
    this.#settledByTool = about.settledByTool;
    this.#sides = new Map(
      DECISION_KINDS.map((kind) => [kind, { rows: rows(kind), seen: 0, isOver: false }]),
    );
  }

  get difference(): Difference | null {
    return this.#difference;
  }

  get decisions(): number {
    return this.#hash.rows;
  }

  /** Rows that the replay made and the killed original had no time to put on file. */
  get beyond(): number {
    return this.#beyond;
  }

  digest(): string {
    return this.#hash.digest();
  }

  /** Rows on file that the replay did not make; a difference, unless the run was killed. Call it once, at the end. */
  leftOver(): number {
    let count = 0;
    for (const [kind, side] of this.#sides) {
      for (let next = side.rows.next(); next.done !== true; next = side.rows.next()) {
        if (!this.#wasKilled) this.#differ(kind, side.seen + 1, ["row", next.value, undefined]);
        count++;
      }
    }
    return count;
  }

  opportunity(row: Opportunity): void {
    this.#check("opportunity", asStored(row));
  }

  order(row: DecisionRows["order"]): void {
    this.#check("order", row);
  }

  orderEvent(row: DecisionRows["orderEvent"]): void {
    this.#check("orderEvent", row);
  }

  fill(row: DecisionRows["fill"]): void {
    this.#check("fill", row);
  }

  ledger(row: DecisionRows["ledger"]): void {
    // What a tool booked first is on file in its words.
    if (row.action === "settle" && this.#settledByTool.has(row.ticker)) this.#take("ledger", row);
    else this.#check("ledger", row);
  }

  position(row: DecisionRows["position"]): void {
    this.#check("position", row);
  }

  risk(row: DecisionRows["risk"]): void {
    this.#check("risk", row);
  }

  together(rows: () => void): void {
    rows();
  }

  event(): void {}
  /** Nothing is decided by it, and a replay has no such account. */
  pessimistic(): void {}
  finished(): void {}
  flush(): void {}
  async drain(): Promise<void> {}
  counts(): ReadonlyMap<string, number> {
    return new Map();
  }
  stored(): ReadonlyMap<string, number> {
    return new Map();
  }
  async close(): Promise<void> {}

  #check(kind: DecisionKind, row: DecisionRows[DecisionKind]): void {
    if (this.#difference !== null) return;
    this.#take(kind, row);
    const side = this.#sides.get(kind);
    if (side === undefined) return;
    const next = side.isOver ? null : side.rows.next();
    side.seen++;
    if (next === null || next.done === true) {
      side.isOver = true;
      if (this.#wasKilled) this.#beyond++;
      else this.#differ(kind, side.seen, ["row", undefined, row]);
      return;
    }
    const field = firstDifference(row, next.value);
    if (field === null) return;
    this.#differ(kind, side.seen, [field, next.value[field], Reflect.get(row, field)]);
  }

  #take(kind: DecisionKind, row: DecisionRows[DecisionKind]): void {
    this.#hash.add(kind, row);
  }

  #differ(
    kind: DecisionKind,
    row: number,
    [field, stored, replayed]: readonly [field: string, stored: unknown, replayed: unknown],
  ): void {
    this.#difference ??= { kind, row, at: this.current, field, stored, replayed };
  }
}

/** First field that is not the same in both; null when all are. */
function firstDifference(record: object, stored: StoredRow): string | null {
  for (const [field, value] of Object.entries(record)) {
    // Words from the engine to the ledger's writer; what it says is in the payload.
    if (field === "ruling") continue;
    const other = stored[field];
    if (value === other) continue;
    const isPlain = typeof value !== "object" || value === null;
    if (isPlain || JSON.stringify(value) !== JSON.stringify(other)) return field;
  }
  return null;
}

import type { Ballast } from "./ballast.ts";
import { createPatience, retryBusy } from "./busy.ts";
import { isFull, isRefusedRow, storeError } from "./errors.ts";
import type { Db } from "./open.ts";

/** Writes audit rows and names the table that got one more, null when none did. */
export type AuditWork = () => string | null;

interface AuditQueueParts {
  readonly path: string;
  readonly durable: Db;
  /** Freed when the disk is full; null for none. */
  readonly ballast: Ballast | null;
  /** Attempts at a locked database. */
  readonly attempts: () => number;
  /** Keeps the other connection of this process from writing meanwhile. */
  readonly exclusively: <T>(work: () => T) => T;
  readonly count: (table: string) => void;
}

/** Orders, fills and their kind on the way to the file: each call is committed on return, or what has happened is kept. */
export class AuditQueue {
  readonly #parts: AuditQueueParts;
  readonly #transaction: { immediate(queue: readonly AuditWork[]): (string | null)[] };
  readonly #patience = createPatience();
  /** Rows that could not be committed yet; they go before the next one. */
  #unsaved: AuditWork[] = [];
  /** Rows that are to be committed as one; null while each is by itself. */
  #gathered: AuditWork[] | null = null;

  constructor(parts: AuditQueueParts) {
    this.#parts = parts;
    this.#transaction = parts.durable.transaction((queue: readonly AuditWork[]) =>
      queue.map((work) => work()),
    );
  }

  get pending(): number {
    return this.#unsaved.length;
  }

  /** What is only meant is dropped when it cannot be committed. */
  refuseUnlessSaved(works: readonly AuditWork[]): void {
    this.#commit(works, false);
  }

  /** What has happened stays true: it is kept until it can be written, whatever the caller does now. */
  keep(work: AuditWork): void {
    if (this.#gathered === null) this.#commit([work], true);
    else this.#gathered.push(work);
  }

  /** What is kept meanwhile is committed as one; of a call that fails in the middle none of it, rather than half. */
  together(rows: () => void): void {
    if (this.#gathered !== null) {
      rows();
      return;
    }
    const gathered: AuditWork[] = [];
    this.#gathered = gathered;
    try {
      rows();
    } finally {
      this.#gathered = null;
    }
    if (gathered.length > 0) this.#commit(gathered, true);
  }

  /** Another attempt at what is kept; a locked database is borne for a while. */
  flush(): void {
    if (this.#unsaved.length > 0) this.#patience.bear(() => this.#commit([], false));
  }

  drain(): void {
    if (this.#unsaved.length > 0) this.#commit([], false);
  }

  #commit(works: readonly AuditWork[], isKept: boolean): void {
    const { attempts, ballast, count, exclusively, path } = this.#parts;
    const queue = [...this.#unsaved, ...works];
    const run = (): (string | null)[] =>
      exclusively(() => retryBusy(() => this.#transaction.immediate(queue), attempts()));
    let tables: (string | null)[];
    try {
      try {
        tables = run();
      } catch (error) {
        if (!isFull(error) || ballast?.release() !== true) throw error;
        tables = run();
      }
    } catch (error) {
      if (isKept && !isRefusedRow(error)) this.#unsaved.push(...works);
      throw storeError(error, path);
    }
    this.#unsaved = [];
    this.#patience.renew();
    for (const table of tables) if (table !== null) count(table);
  }
}

import type { Happening } from "../world.ts";

export interface IndexValue {
  readonly atMs: number;
  readonly value: number;
}

/** The newest minute of one-second values of every index. */
export class IndexMemory {
  readonly #values = new Map<string, readonly IndexValue[]>();

  observe(happening: Happening): void {
    if (happening.type !== "index") return;
    const { indexId, last60, atMs } = happening;
    const first = last60.length - 1;
    const values = last60.map((value, at) => ({ value, atMs: atMs - (first - at) * 1000 }));
    this.#values.set(indexId, values);
  }

  /** Oldest first; undefined when the index was never published. */
  values(indexId: string): readonly IndexValue[] | undefined {
    return this.#values.get(indexId);
  }
}

/** Something that happens at a time and says when it happens next; null ends it. */
export interface Task {
  run(atMs: number): number | null;
}

interface Entry {
  atMs: number;
  /** Breaks ties in the order of creation, so that a stream does not depend on how the heap happens to lie. */
  readonly order: number;
  readonly task: Task;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Everything that is going to happen, soonest first (a binary heap whose entries are reused). */
export class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;
  /** Time of the task that runs, or of the last one that ran. */
  nowMs: number;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  add(atMs: number, task: Task): void {
    const entry = { atMs: Math.ceil(atMs), order: this.#order++, task };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1, entry);
  }

  /** Runs a function once. */
  once(atMs: number, run: (atMs: number) => void): void {
    const task: Task = {
      run(now) {
        run(now);
        return null;
      },
    };
    this.add(atMs, task);
  }

  /** Time of the soonest task, infinite when there is none. */
  nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  runNext(): void {
    const entry = this.#heap[0];
    if (entry === undefined) return;
    this.nowMs = entry.atMs;
    const next = entry.task.run(entry.atMs);
    // Tasks added meanwhile may lie before this one, so it need not be at the top any more.
    const index = this.#heap[0] === entry ? 0 : this.#heap.indexOf(entry);
    if (next === null) this.#remove(index);
    else {
      entry.atMs = Math.max(entry.atMs, Math.ceil(next));
      this.#sink(index, entry);
    }
  }

  #remove(index: number): void {
    const last = this.#heap.pop();
    if (last === undefined || index >= this.#heap.length) return;
    this.#heap[index] = last;
    this.#rise(index, last);
    if (this.#heap[index] === last) this.#sink(index, last);
  }

  #rise(from: number, entry: Entry): void {
    let index = from;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = this.#heap[up];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[index] = parent;
      index = up;
    }
    this.#heap[index] = entry;
  }

  #sink(from: number, entry: Entry): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      let down = 2 * index + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        down++;
      }
      if (!isBefore(child, entry)) break;
      heap[index] = child;
      index = down;
    }
    heap[index] = entry;
  }
}

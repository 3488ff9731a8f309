/**
 * Tells everything that happened in the order in which it happened. What a request causes is held back until its answer
 * has left (kalshi.md §3.5: the REST acknowledgement precedes the public data of that order).
 */
export class Outbox<Item> {
  readonly #tell: (item: Item) => void;
  /** Caused by requests; told at the next `flush`, or before whatever happens next. */
  readonly #held: Item[] = [];
  /** Caused by what is being told right now; told directly after it. */
  readonly #caused: Item[] = [];
  #requests = 0;
  #isTelling = false;

  constructor(tell: (item: Item) => void) {
    this.#tell = tell;
  }

  /** True when nothing waits to be told. */
  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  put(item: Item): void {
    if (this.#requests > 0) {
      this.#held.push(item);
    } else if (this.#isTelling) {
      this.#caused.push(item);
    } else {
      this.flush();
      this.#tellNow(item);
    }
  }

  /** Runs a request's handler: what it puts stays here until the answer it returns is on its way. */
  answer<Answer>(handle: () => Answer): Answer {
    this.#requests++;
    try {
      return handle();
    } finally {
      this.#requests--;
    }
  }

  /** Tells what is held. Within a telling it does nothing: a client that reacts to a frame is not told out of turn. */
  flush(): void {
    if (this.#isTelling || this.#held.length === 0) return;
    for (const item of this.#held.splice(0)) this.#tellNow(item);
  }

  #tellNow(item: Item): void {
    this.#isTelling = true;
    try {
      this.#tell(item);
      for (let at = 0; at < this.#caused.length; at++) {
        const next = this.#caused[at];
        if (next !== undefined) this.#tell(next);
      }
    } finally {
      this.#caused.length = 0;
      this.#isTelling = false;
    }
  }
}

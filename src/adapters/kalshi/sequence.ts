import type { Ms } from "../../core/units.ts";

// A server that starts counting anew on the same sid would look like endless duplicates; after this many in a row the
// connection is given up (reliability.md W5).
const REPEATS_MAX = 8;

interface Count {
  last: number;
  lastMs: Ms;
  repeats: number;
}

export interface Hole {
  readonly sid: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly fromMs: Ms;
}

export type Verdict = "next" | "duplicate" | "reset" | Hole;

/** Sequence numbers of one connection. They count per sid over all its markets, acknowledgements included (§3.3). */
export class Sequence {
  readonly #counts = new Map<number, Count>();
  /** Of the sid that was asked about last: nearly all frames are changes of books, and all of those have one. */
  #current: Count | undefined;
  #currentSid: number | null = null;

  /**
   * Takes note of one frame. The first frame of a sid sets its count: a snapshot missed before it is noticed because no
   * book exists without one.
   */
  take(sid: number, seq: number, recvMs: Ms): Verdict {
    const count = this.#counts.get(sid);
    if (count === undefined) {
      this.#counts.set(sid, { last: seq, lastMs: recvMs, repeats: 0 });
      this.#currentSid = null;
      return "next";
    }
    if (seq <= count.last) return ++count.repeats >= REPEATS_MAX ? "reset" : "duplicate";
    const { last, lastMs } = count;
    count.last = seq;
    count.lastMs = recvMs;
    count.repeats = 0;
    if (seq === last + 1) return "next";
    return { sid, fromSeq: last + 1, toSeq: seq - 1, fromMs: lastMs };
  }

  /** Takes note of the frame if it is the one that was to come next; false, and nothing noted, for any other. */
  takeNext(sid: number, seq: number, recvMs: Ms): boolean {
    if (sid !== this.#currentSid) {
      this.#current = this.#counts.get(sid);
      this.#currentSid = sid;
    }
    const count = this.#current;
    if (count === undefined || seq !== count.last + 1) return false;
    count.last = seq;
    count.lastMs = recvMs;
    count.repeats = 0;
    return true;
  }

  last(sid: number | null): number | null {
    return sid === null ? null : (this.#counts.get(sid)?.last ?? null);
  }

  /** Every sid that has been heard of, with its newest number and when it came. */
  *newest(): Generator<{ readonly sid: number; readonly seq: number; readonly atMs: Ms }> {
    for (const [sid, { last, lastMs }] of this.#counts) yield { sid, seq: last, atMs: lastMs };
  }

  forget(sid: number): void {
    this.#counts.delete(sid);
    this.#currentSid = null;
  }
}

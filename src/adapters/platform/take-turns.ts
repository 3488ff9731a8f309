import { runTogether } from "./scope.ts";

// A connection that is known to end soon is relieved by the next one before it ends, so that nothing is lost in between.

/** One of a row of runners of which at most two overlap. */
export interface Turn {
  /** Aborted when the successor has taken over, when this turn has ended itself, and when everything ends. */
  readonly signal: AbortSignal;
  /** The successor has been called. */
  readonly isRelieved: boolean;
  /** Calls the successor, who begins beside this turn; only the first call counts. */
  relieve(): void;
  /** Ends the turn before this one. */
  takeOver(): void;
  /** Ends this turn, and with the last one everything. */
  end(): void;
}

/** Runs one turn after the other until one ends that called no successor; the first failure ends all and is thrown. */
export async function takeTurns(
  run: (turn: Turn) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const relay = new Relay(run);
  const lane = (until: AbortSignal): Promise<void> => relay.lane(until);
  await runTogether(signal, [lane, lane]);
}

class Relay {
  readonly #run: (turn: Turn) => Promise<void>;
  /** A turn was called for that nobody has begun: the third of a row waits until the first has gone. */
  #isCalled = true;
  #running = 0;
  #newest: AbortController | null = null;
  /** What the lane that waits does when something has changed. */
  #waiting: (() => void) | null = null;

  constructor(run: (turn: Turn) => Promise<void>) {
    this.#run = run;
  }

  async lane(signal: AbortSignal): Promise<void> {
    while (await this.#isMyTurn(signal)) {
      try {
        await this.#run(this.#begin(signal));
      } finally {
        this.#running--;
        this.#wake();
      }
    }
  }

  #isMyTurn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (signal.aborted) resolve(false);
        else if (this.#isCalled) {
          this.#isCalled = false;
          this.#running++;
          signal.removeEventListener("abort", look);
          resolve(true);
        } else if (this.#running === 0) resolve(false);
        else this.#waiting = look;
      };
      signal.addEventListener("abort", look, { once: true });
      look();
    });
  }

  /** Whoever waited looks again, and only then: a lane that runs must not answer a call. */
  #wake(): void {
    const look = this.#waiting;
    this.#waiting = null;
    look?.();
  }

  #begin(signal: AbortSignal): Turn {
    const own = new AbortController();
    const before = this.#newest;
    this.#newest = own;
    let isRelieved = false;
    return {
      signal: AbortSignal.any([signal, own.signal]),
      get isRelieved() {
        return isRelieved;
      },
      relieve: () => {
        if (isRelieved) return;
        isRelieved = true;
        this.#isCalled = true;
        this.#wake();
      },
      takeOver: () => before?.abort(),
      end: () => own.abort(),
    };
  }
}

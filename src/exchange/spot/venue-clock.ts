import type { FaultBox } from "./faults.ts";
import type { SpotGround } from "./markets.ts";

/** One venue's time: the exchange's, as its faults bend it, and what it is going to do by itself. */
export class VenueClock {
  readonly faults: FaultBox;
  readonly #ground: SpotGround;

  constructor(ground: SpotGround, faults: FaultBox) {
    this.#ground = ground;
    this.faults = faults;
  }

  /** The exchange's time, by which things happen. */
  nowMs(): number {
    return this.#ground.world.nowMs();
  }

  /** A time of the exchange as this venue writes it. */
  stampMs(ms: number): number {
    return this.faults.stampMs(ms);
  }

  /** Calls `run` after a while, and again after what it returns; null ends it. */
  later(ms: number, run: () => number | null): void {
    this.#ground.agenda.add(this.nowMs() + ms, {
      run: (atMs) => {
        const again = run();
        return again === null ? null : atMs + again;
      },
    });
  }
}

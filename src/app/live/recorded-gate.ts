import { KbtError } from "../../core/errors.ts";
import type { GateInput } from "../../core/events.ts";
import type { RiskGate } from "../../core/risk/gate.ts";
import type { Clock, Recorder } from "../../ports.ts";

/** What a run has spent by its own ledger until now, micro-dollars. */
export type SpentSoFar = () => number;

/** The gate of a live run for those who tell it something from outside: each word goes on file as an input. */
export class RecordedGate {
  readonly #gate: RiskGate;
  readonly #recorder: Pick<Recorder, "event">;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #spent: SpentSoFar;
  #held: string | null = null;
  #isHalted = false;
  #isClosed = false;
  #cash: number | null = null;

  constructor(
    gate: RiskGate,
    parts: {
      readonly recorder: Pick<Recorder, "event">;
      readonly clock: Pick<Clock, "nowMs">;
      readonly spent: SpentSoFar;
    },
  ) {
    this.#gate = gate;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#spent = parts.spent;
  }

  /** Said many times a second, and on file when it is another reason than before. */
  hold(reason: string | null): void {
    if (reason === this.#held) return;
    this.#held = reason;
    this.#tell({ type: "hold", reason });
  }

  halt(reason: string): void {
    if (this.#isHalted) return;
    this.#isHalted = true;
    this.#tell({ type: "halt", reason });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tell({ type: "close" });
  }

  /** `cash`: what the account had less what the run had spent by then. */
  fund(cash: number): void {
    if (cash === this.#cash) return;
    this.#cash = cash;
    this.#tell({ type: "fund", cash });
  }

  #tell(input: GateInput): void {
    tellGate(this.#gate, input, this.#spent);
    try {
      this.#recorder.event({ type: "account", what: input, recvMs: this.#clock.nowMs() }, null);
    } catch (error) {
      // Nothing keeps trading from being stopped; a file that cannot be written ends the run at its next event.
      if (!(error instanceof KbtError)) throw error;
    }
  }
}

/** The same in the run and in each replay of it. */
export function tellGate(gate: RiskGate, input: GateInput, spent: SpentSoFar): void {
  switch (input.type) {
    case "halt":
      gate.halt(input.reason);
      break;
    case "hold":
      gate.hold(input.reason);
      break;
    case "close":
      gate.close();
      break;
    case "fund":
      gate.fund(() => input.cash - spent());
      break;
  }
}

import { turn } from "../../adapters/platform/turn.ts";
import type { Clock } from "../../ports.ts";
import type { Environment } from "./environment.ts";

/**
 * The clock of a command that asks a few questions and drives nothing: with the local exchange whoever waits moves time
 * forward, because nobody else does.
 */
export function steppedClock(env: Pick<Environment, "clock" | "sim">): Clock {
  const { sim } = env;
  if (sim === null) return env.clock;
  const { clock, simulation } = sim;
  return {
    nowMs: () => clock.nowMs(),
    monoMs: () => clock.monoMs(),
    async sleep(ms, signal) {
      signal.throwIfAborted();
      const untilMs = Math.ceil(clock.nowMs() + ms);
      simulation.runUntil(untilMs);
      clock.moveTo(untilMs);
      clock.fireDue();
      await turn();
    },
  };
}

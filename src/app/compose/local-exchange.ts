import { basename } from "node:path";
import { createSigner } from "../../adapters/kalshi/auth.ts";
import { createHttpClient } from "../../adapters/platform/http.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { VirtualClock } from "../../adapters/platform/virtual-clock.ts";
import { createOpenSocket } from "../../adapters/platform/websocket.ts";
import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import { createLocalExchange, type LocalExchange } from "../../exchange/exchange.ts";
import { chaosRules } from "../../exchange/faults/chaos.ts";
import type { FaultOptions } from "../../exchange/faults/faults.ts";
import { CaptureError } from "../../exchange/replay/capture-error.ts";
import { openReplayWorld } from "../../exchange/replay/replay-world.ts";
import { createScenarioWorld, isScenario } from "../../exchange/scenario/scenario-world.ts";
import { spotUrls } from "../../exchange/spot/registry.ts";
import type { World } from "../../exchange/world.ts";
import type { SimOptions } from "../context.ts";
import type { Environment } from "./environment.ts";
import { createLockstepHttp, createLockstepSocket } from "./lockstep.ts";

export interface OpenedWorld {
  readonly world: World;
  readonly truncated: string | null;
  readonly badLines: number;
  readonly isReplay: boolean;
}

/** The world of a scenario name or of `replay:PATH`. A scenario may be started at a time of the caller's. */
export function openWorld(scenario: string, seed: number, startMs?: number): OpenedWorld {
  if (!scenario.startsWith("replay:")) {
    if (!isScenario(scenario)) {
      throw new KbtError({
        kind: "usage",
        code: "UNKNOWN_SCENARIO",
        message: `there is no scenario '${scenario}'`,
        hint: "use edge, fair, quiet, jumpy, chaos, or replay:PATH",
      });
    }
    const world = createScenarioWorld({
      scenario,
      seed,
      ...(startMs === undefined ? {} : { startMs }),
    });
    return { world, truncated: null, badLines: 0, isReplay: false };
  }
  try {
    const world = openReplayWorld(scenario.slice("replay:".length));
    const { badLines, truncated } = world;
    return { world, truncated, badLines, isReplay: true };
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    throw new KbtError({
      kind: "usage",
      code: "CAPTURE_UNREADABLE",
      message: error.message,
      hint: "name a recording of Kalshi frames, JSON lines, plain or gzipped",
      cause: error,
    });
  }
}

/** What goes wrong in a scenario: nothing, except in the one that is made of it. */
export function faultsOf({ scenario, seed }: Pick<SimOptions, "scenario" | "seed">): FaultOptions {
  return scenario === "chaos" ? { seed, rules: chaosRules(seed) } : {};
}

/**
 * Starts the local exchange inside this process: loopback sockets at a given speed, none in lockstep. A scenario may be
 * started at a time of the caller's.
 */
export async function openLocalExchange(sim: SimOptions, startMs?: Ms): Promise<Environment> {
  const opened = openWorld(sim.scenario, sim.seed, startMs);
  const exchange = createLocalExchange({ world: opened.world, faults: faultsOf(sim) });
  const clock = new VirtualClock(opened.world.startMs);
  const wires =
    sim.speed === "max" ? lockstepWires(exchange, clock) : await socketWires(exchange, clock);
  return {
    stamp: "sim",
    label: `local exchange (${opened.isReplay ? `replay of ${basename(sim.scenario.slice("replay:".length))}` : `${sim.scenario}, seed ${sim.seed}`})`,
    clock,
    real: createSystemClock(),
    ...wires,
    signer: createSigner({ keyId: exchange.keyId, privateKeyPem: exchange.privateKeyPem }),
    sim: {
      simulation: exchange,
      clock,
      speed: sim.speed,
      series: opened.world.series().map((series) => series.ticker),
      products: opened.world.products(),
      truncated: opened.truncated,
      badLines: opened.badLines,
      isReplay: opened.isReplay,
    },
  };
}

type Wires = Pick<Environment, "http" | "openSocket" | "urls" | "close">;

function lockstepWires(exchange: LocalExchange, clock: VirtualClock): Wires {
  return {
    http: createLockstepHttp(exchange, clock),
    openSocket: createLockstepSocket(exchange),
    urls: {
      kalshiRest: "http://exchange.local/trade-api/v2",
      kalshiWs: "ws://exchange.local/trade-api/ws/v2",
      spot: spotUrls("exchange.local"),
    },
    close: () => Promise.resolve(),
  };
}

async function socketWires(exchange: LocalExchange, clock: VirtualClock): Promise<Wires> {
  const listener = await exchange.listen();
  return {
    http: createHttpClient(),
    openSocket: createOpenSocket(clock),
    urls: {
      kalshiRest: listener.restUrl,
      kalshiWs: listener.wsUrl,
      spot: listener.spotUrls,
    },
    close: () => listener.close(),
  };
}

import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import type { LatchCause } from "../../../src/core/live/breakers.ts";
import { createLocalExchange, type LocalExchange } from "../../../src/exchange/exchange.ts";
import type { FaultRule } from "../../../src/exchange/faults/fault-rule.ts";
import { Rng } from "../../../src/exchange/random.ts";
import type { ReadLag } from "../../../src/exchange/trading/account-view.ts";
import { Client, type ClientParts, Crash } from "./client.ts";
import { CrowdWorld } from "./crowd-world.ts";
import { orderFaults } from "./faults.ts";
import { exposureWatch, finalProblems, standingProblems } from "./judge.ts";
import { MemoryJournal } from "./memory-journal.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Exchange time that clients trade for. */
  readonly seconds: number;
  /** The one place and time at which a client dies; left out, the seed chooses. */
  readonly crashAt?: { readonly place: string; readonly nth: number };
  readonly isFaulty?: boolean;
  /** What goes wrong instead of what the seed says. */
  readonly rules?: readonly FaultRule[];
  readonly readLag?: ReadLag;
}

export interface SimulationEnd {
  /** What was wrong, each once; empty when every invariant held. */
  readonly problems: readonly string[];
  readonly orders: number;
  readonly fills: number;
  readonly crashes: readonly string[];
  readonly latches: readonly LatchCause[];
  /** Newest state and reason of each order. */
  readonly ends: readonly string[];
  /** How the last life with faults ended, and the one without. */
  readonly verified: readonly boolean[];
  /** How long each of those ends took. */
  readonly endsMs: readonly number[];
}

const TICK_MS = 100;
/** After the faults are over: time for everything to be found out. */
const CALM_MS = 130_000;
const CALM_LIFE_MS = 8_000;
/** More than an end may take. */
const END_MS_MAX = 120_000;

/** One seed of the order path against the local exchange: the exchange's own books are the judge. */
export function simulate(options: SimulationOptions): Promise<SimulationEnd> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #rng: Rng;
  readonly #clock: VirtualClock;
  readonly #exchange: LocalExchange;
  readonly #exposure: () => string[];
  readonly #journal = new MemoryJournal();
  readonly #latches: LatchCause[] = [];
  readonly #crashes: string[] = [];
  readonly #problems = new Set<string>();
  readonly #verified: boolean[] = [];
  readonly #endsMs: number[] = [];
  readonly #passed = new Map<string, number>();
  #runs = 0;
  #mayCrash = true;

  constructor(options: SimulationOptions) {
    const { isFaulty = true, seed } = options;
    this.#options = options;
    this.#rng = new Rng(seed, "simulation");
    const world = new CrowdWorld(seed);
    this.#clock = new VirtualClock(world.startMs);
    const rules = options.rules ?? (isFaulty ? orderFaults(seed) : []);
    this.#exchange = createLocalExchange({
      world,
      faults: { seed, rules },
      hasWeeklyPause: false,
      // The slowest reads are those in which what is missing looks most like what never was.
      readLag: options.readLag ?? { minMs: 50, maxMs: this.#rng.chance(0.3) ? 6_000 : 1_500 },
    });
    this.#exposure = exposureWatch(this.#exchange);
  }

  async run(): Promise<SimulationEnd> {
    const { seconds } = this.#options;
    const endMs = this.#clock.nowMs() + seconds * 1000;
    while (this.#clock.nowMs() < endMs) {
      await this.#life(Math.min(endMs, this.#clock.nowMs() + 10_000 + this.#rng.below(60_000)));
      // A process that has died comes back after a while.
      await this.#pass(this.#rng.below(20_000), null);
    }
    this.#exchange.faults.remove(null);
    this.#mayCrash = false;
    const calmMs = this.#clock.nowMs() + CALM_MS;
    // Once to find everything out, and once more where nothing is left to find.
    for (let life = 0; life < 2 || this.#journal.openOrders().length > 0; life++) {
      await this.#life(this.#clock.nowMs() + CALM_LIFE_MS);
      if (this.#clock.nowMs() > calmMs) break;
    }
    for (const problem of finalProblems(this.#exchange, this.#journal)) this.#problems.add(problem);
    return {
      problems: [...this.#problems],
      orders: this.#journal.orders.length,
      fills: this.#journal.fills.length,
      crashes: this.#crashes,
      latches: this.#latches,
      ends: this.#journal.ends(),
      verified: this.#verified,
      endsMs: this.#endsMs,
    };
  }

  async #life(untilMs: number): Promise<void> {
    const runId = ++this.#runs;
    const client = new Client(this.#partsOf(runId));
    await this.#pass(untilMs - this.#clock.nowMs(), client, () => client.failure !== null);
    if (client.failure === null) await this.#end(client);
    if (client.failure === null) return;
    if (!(client.failure instanceof Crash)) {
      throw new Error(`seed ${this.#options.seed} found a bug`, { cause: client.failure });
    }
    this.#crashes.push(client.failure.message);
    await client.die();
  }

  async #end(client: Client): Promise<void> {
    const stop = new AbortController();
    const over = new AbortController();
    const startMs = this.#clock.nowMs();
    const ending = client.end(stop.signal).finally(() => over.abort());
    await this.#pass(END_MS_MAX, null, () => over.signal.aborted || client.failure !== null);
    if (!over.signal.aborted) stop.abort(new DOMException("crashed", "AbortError"));
    const { isVerified } = await ending;
    this.#endsMs.push(this.#clock.nowMs() - startMs);
    this.#verified.push(isVerified);
    if (!isVerified) return;
    for (const problem of standingProblems(this.#exchange)) this.#problems.add(problem);
  }

  #partsOf(runId: number): ClientParts {
    const { seed } = this.#options;
    const rng = new Rng(seed, `crashes/${runId}`);
    const rate = rng.chance(0.4) ? 0 : 0.02 * rng.unit();
    const parts = {
      exchange: this.#exchange,
      clock: this.#clock,
      journal: this.#journal,
      latches: this.#latches,
      runId,
      seed,
    };
    return { ...parts, crash: (place) => this.#crash(place, () => rng.chance(rate)) };
  }

  #crash(place: string, byChance: () => boolean): void {
    const passed = (this.#passed.get(place) ?? 0) + 1;
    this.#passed.set(place, passed);
    const { crashAt } = this.#options;
    // Reads are many: by chance nobody would live for long.
    const isMeant =
      crashAt === undefined
        ? !place.startsWith("read.") && byChance()
        : crashAt.place === place && crashAt.nth === passed;
    if (isMeant && this.#mayCrash) throw new Crash(place);
  }

  /** Lets time pass, one happening after the other; a client looks at the world ten times a second. */
  async #pass(ms: number, client: Client | null, isOver = isNever): Promise<void> {
    const endMs = this.#clock.nowMs() + ms;
    while (this.#clock.nowMs() < endMs && !isOver()) {
      await this.#step(Math.min(endMs, this.#clock.nowMs() + TICK_MS));
      client?.tick();
      await turn();
      this.#look();
    }
  }

  /** The limits, after each happening. */
  #look(): void {
    for (const problem of this.#exposure()) {
      this.#problems.add(`${problem} in life ${this.#runs}`);
    }
  }

  async #step(untilMs: number): Promise<void> {
    const [clock, exchange] = [this.#clock, this.#exchange];
    for (;;) {
      const timerMs = clock.nextTimerMs() ?? Number.POSITIVE_INFINITY;
      const nextMs = Math.min(exchange.nextMs() ?? Number.POSITIVE_INFINITY, timerMs);
      if (nextMs > untilMs) break;
      clock.moveTo(nextMs);
      exchange.runUntil(clock.nowMs());
      this.#look();
      if (timerMs > clock.nowMs()) continue;
      clock.fireDue();
      await turn();
      this.#look();
    }
    clock.moveTo(untilMs);
    exchange.runUntil(untilMs);
  }
}

function isNever(): boolean {
  return false;
}

/** Lets everything that was woken run to its next wait. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import type { Agenda } from "../agenda.ts";
import type { WorldControls, WorldMarket, WorldStatus } from "../world.ts";
import type { EventLife } from "./event-life.ts";
import type { LiveMarket } from "./live-market.ts";
import type { Registry } from "./registry.ts";

const OPEN: readonly WorldStatus[] = ["active", "inactive"];
const UNDECIDED: readonly WorldStatus[] = ["initialized", "active", "inactive", "closed"];
const BEFORE_CLOSE: readonly WorldStatus[] = ["initialized", "active", "inactive"];

/** Which shards stand still. */
export class Pauses {
  readonly #shards = new Set<number>();
  #isAll = false;

  has(shard: number): boolean {
    return this.#isAll || this.#shards.has(shard);
  }

  set(shard: number | null, isPaused: boolean): void {
    if (shard === null) {
      this.#isAll = isPaused;
      if (!isPaused) this.#shards.clear();
    } else if (isPaused) this.#shards.add(shard);
    else this.#shards.delete(shard);
  }
}

interface ControlsContext {
  readonly agenda: Agenda;
  readonly registry: Registry;
  readonly pauses: Pauses;
  readonly lives: ReadonlyMap<string, EventLife>;
  /** The markets that trade now, by asset. */
  readonly trading: readonly Iterable<LiveMarket>[];
}

/**
 * The levers of a scenario. What a lever does is told like everything else that happens, by the next `runUntil`, before
 * anything later. Throws when there is no such market or when it is past the point where the lever could do anything.
 */
export class ScenarioControls implements WorldControls {
  readonly #context: ControlsContext;

  constructor(context: ControlsContext) {
    this.#context = context;
  }

  pause(shard: number | null, isPaused: boolean): void {
    const { agenda, pauses, trading } = this.#context;
    agenda.once(agenda.nowMs, (atMs) => {
      pauses.set(shard, isPaused);
      if (isPaused) return;
      for (const markets of trading) for (const live of markets) live.resume(atMs);
    });
  }

  deactivate(ticker: string): void {
    this.#pull(ticker, OPEN, (life, market) => life.deactivate(market));
  }

  activate(ticker: string): void {
    this.#pull(ticker, OPEN, (life, market) => life.activate(market));
  }

  /** Closes are at whole seconds; a fraction counts as the next one. */
  moveClose(ticker: string, closeMs: number): void {
    const wholeMs = Math.ceil(closeMs / 1000) * 1000;
    const earliestMs = Math.max(this.#context.agenda.nowMs, this.#market(ticker).openMs);
    if (!(wholeMs > earliestMs)) throw new RangeError(`${ticker} cannot close at ${closeMs}`);
    this.#pull(ticker, BEFORE_CLOSE, (life, market) => life.moveClose(market, wholeMs));
  }

  changeStructure(ticker: string, structure: WorldMarket["structure"]): void {
    this.#pull(ticker, BEFORE_CLOSE, (life, market) => life.changeStructure(market, structure));
  }

  delaySettlement(ticker: string, byMs: number): void {
    if (!(byMs >= 0)) throw new RangeError(`settlement cannot be delayed by ${byMs} ms`);
    this.#pull(ticker, UNDECIDED, (life, market) => life.delaySettlement(market, byMs));
  }

  forceResult(ticker: string, payoutCc: number): void {
    checkPayout(payoutCc);
    this.#pull(ticker, UNDECIDED, (life, market) => life.forceResult(market, payoutCc));
  }

  amendResult(ticker: string, payoutCc: number): void {
    checkPayout(payoutCc);
    const decided: readonly WorldStatus[] = ["determined", "disputed", "amended", "finalized"];
    this.#pull(ticker, decided, (life, market) => life.amendResult(market, payoutCc));
  }

  #market(ticker: string): WorldMarket {
    const market = this.#context.registry.get(ticker);
    if (market === undefined) throw new RangeError(`there is no market ${ticker}`);
    return market;
  }

  #pull(
    ticker: string,
    statuses: readonly WorldStatus[],
    act: (life: EventLife, market: WorldMarket) => void,
  ): void {
    const market = this.#market(ticker);
    const life = this.#context.lives.get(ticker);
    if (life === undefined || !statuses.includes(market.status)) {
      throw new RangeError(`${ticker} is ${market.status}`);
    }
    const { agenda } = this.#context;
    agenda.once(agenda.nowMs, () => act(life, market));
  }
}

function checkPayout(payoutCc: number): void {
  if (!Number.isInteger(payoutCc) || payoutCc < 0 || payoutCc > 10_000) {
    throw new RangeError(`a payout is 0 to 10000 centicents, not ${payoutCc}`);
  }
}

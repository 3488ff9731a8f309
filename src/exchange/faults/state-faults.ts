import type { Rng } from "../random.ts";
import type { SpotFaults } from "../spot/faults.ts";
import type { SpotVenueName } from "../spot/types.ts";
import type { ShardState } from "../trading/types.ts";
import type { World, WorldControls, WorldMarket, WorldStatus } from "../world.ts";
import { globTest } from "./fault-plan.ts";
import type { FaultMatch, Strike } from "./fault-rule.ts";
import type { FaultsOf, ParamsOf } from "./fault-table.ts";
import { spotTrouble } from "./spot-trouble.ts";

/** Whether new TCP connections are taken; what stands behind the sockets looks at it. */
export type ListenerState = "up" | "refused" | "garbage";

/** The levers that faults of the exchange's state pull. */
export interface StateTargets {
  readonly world: World;
  setShard(state: ShardState): void;
  revokeKey(closeSockets: boolean): void;
  setSpot(venue: SpotVenueName, changes: Partial<SpotFaults>): void;
}

interface StateParts {
  readonly targets: StateTargets;
  readonly rng: Rng;
  /** Runs something at a time of the exchange's clock. */
  readonly at: (ms: number, run: () => void) => void;
}

const SPOT_VENUES: readonly SpotVenueName[] = [
  "coinbase",
  "kraken",
  "binance",
  "bitstamp",
  "gemini",
];
const LIVE: readonly WorldStatus[] = ["active"];
const OPEN: readonly WorldStatus[] = ["active", "inactive"];
const UNDECIDED: readonly WorldStatus[] = ["active", "inactive", "closed"];
const DECIDED: readonly WorldStatus[] = ["determined", "disputed", "amended", "finalized"];

/** Faults of markets, shards, keys, clocks and venues. */
export class StateFaults {
  readonly #parts: StateParts;
  skewMs = 0;
  listener: ListenerState = "up";
  /** Told whenever the listener's state changes. */
  readonly onListener: ((state: ListenerState) => void)[] = [];

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  strike<Name extends FaultsOf<"state">>(strike: Strike<Name>): void {
    const handler: StateHandlers[Name] = this.#handlers[strike.fault];
    handler(strike.params, strike.match);
  }

  readonly #handlers: StateHandlers = {
    listener_down: ({ how, for_ms }) => {
      this.#setListener(how);
      this.#after(for_ms, () => this.#setListener("up"));
    },
    key_revoked: ({ close_sockets }) => this.#parts.targets.revokeKey(close_sockets),
    clock_skewed: ({ by_ms, for_ms }) => {
      this.skewMs = by_ms;
      this.#after(for_ms, () => {
        this.skewMs = 0;
      });
    },
    shard_paused: (params) => this.#pause(params),
    market_deactivated: ({ for_ms }, match) =>
      this.#onMarket(match, LIVE, (controls, { ticker }) => {
        controls.deactivate(ticker);
        this.#after(for_ms, () => {
          // It may have closed meanwhile, and then there is nothing to activate.
          const status = this.#parts.targets.world.market(ticker)?.status;
          if (status === "inactive") controls.activate(ticker);
        });
      }),
    market_close_moved: ({ by_ms }, match) =>
      this.#onMarket(match, OPEN, (controls, { ticker, closeMs }) => {
        const nowMs = this.#parts.targets.world.nowMs();
        controls.moveClose(ticker, Math.max(closeMs + by_ms, nowMs + 2000));
      }),
    market_structure: ({ structure }, match) =>
      this.#onMarket(match, OPEN, (controls, market) => {
        if (market.structure !== structure) controls.changeStructure(market.ticker, structure);
      }),
    settlement_late: ({ by_ms }, match) =>
      this.#onMarket(match, UNDECIDED, (controls, { ticker }) =>
        controls.delaySettlement(ticker, by_ms),
      ),
    result_forced: ({ payout_cc }, match) =>
      this.#onMarket(match, UNDECIDED, (controls, { ticker }) =>
        controls.forceResult(ticker, payout_cc),
      ),
    result_amended: ({ payout_cc }, match) =>
      this.#onMarket(match, DECIDED, (controls, { ticker }) =>
        controls.amendResult(ticker, payout_cc),
      ),
    spot_trouble: ({ how, amount, for_ms }, { venue }) => {
      const { begin, end } = spotTrouble(how, amount);
      const name = SPOT_VENUES.find((known) => known === venue) ?? "coinbase";
      this.#parts.targets.setSpot(name, begin);
      if (end !== null) this.#after(for_ms, () => this.#parts.targets.setSpot(name, end));
    },
  };

  #setListener(state: ListenerState): void {
    this.listener = state;
    for (const tell of this.onListener) tell(state);
  }

  #after(ms: number, run: () => void): void {
    const { at, targets } = this.#parts;
    if (ms > 0) at(targets.world.nowMs() + ms, run);
  }

  #pause({ shard, exchange, for_ms }: ParamsOf<"shard_paused">): void {
    const { targets } = this.#parts;
    const set = (isPaused: boolean): void => {
      const isExchangeActive = !(isPaused && exchange);
      targets.setShard({ exchangeIndex: shard, isExchangeActive, isTradingActive: !isPaused });
      targets.world.controls?.pause(shard, isPaused);
    };
    set(true);
    this.#after(for_ms, () => set(false));
  }

  /** One market that fits, drawn from the seed; none may be there, and then nothing happens. */
  #onMarket(
    match: FaultMatch,
    statuses: readonly WorldStatus[],
    pull: (controls: WorldControls, market: WorldMarket) => void,
  ): void {
    const { targets, rng } = this.#parts;
    const { controls } = targets.world;
    if (controls === undefined) return;
    const fits = globTest(match.ticker ?? "*");
    const found = targets.world
      .markets()
      .filter(({ ticker, status }) => statuses.includes(status) && fits(ticker));
    const market = found[rng.below(found.length)];
    if (market !== undefined) pull(controls, market);
  }
}

type StateHandlers = {
  [Name in FaultsOf<"state">]: (params: ParamsOf<Name>, match: FaultMatch) => void;
};

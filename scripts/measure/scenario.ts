import type { ScenarioName } from "../../src/exchange/scenario/profile.ts";
import { createScenarioWorld } from "../../src/exchange/scenario/scenario-world.ts";
import type { Happening, World } from "../../src/exchange/world.ts";
import { MarketWatch } from "./market-watch.ts";
import type { Measured, SpotPrice } from "./statistics.ts";

const MINUTE_MS = 60_000;

export interface ScenarioRun {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly series: string;
  readonly product: string;
  /** Quarter hours to watch from opening to close, after the one that is running. */
  readonly windows: number;
}

/** Watches every market of a 15-minute series in a scenario world. */
export function measureScenario(run: ScenarioRun): Measured {
  const world = createScenarioWorld({ scenario: run.scenario, seed: run.seed });
  const watcher = new WorldWatcher(world, run);
  const quarter = 15 * MINUTE_MS;
  const endMs = Math.ceil(world.startMs / quarter) * quarter + run.windows * quarter;
  // Half a minute past the last close brings its empty snapshots.
  world.runUntil(endMs + MINUTE_MS / 2, (each) => watcher.hear(each));
  const markets = [...watcher.watches.values()].filter(({ closeMs }) => closeMs <= endMs);
  return { markets, spot: watcher.spot };
}

class WorldWatcher {
  readonly watches = new Map<string, MarketWatch>();
  readonly spot: SpotPrice[] = [];
  readonly #world: World;
  readonly #run: ScenarioRun;

  constructor(world: World, run: ScenarioRun) {
    this.#world = world;
    this.#run = run;
  }

  hear(happening: Happening): void {
    if (happening.type === "delta") {
      const { side, priceCc, deltaCq, atMs } = happening;
      const seen = { side, priceCc, deltaCq, atMs, stamp: atMs, heardMs: atMs };
      this.#watch(happening.ticker)?.delta(seen);
    } else if (happening.type === "snapshot") {
      const book = this.#world.book(happening.ticker) ?? { yes: [], no: [] };
      this.#watch(happening.ticker)?.snapshot(book, happening.atMs);
    } else if (happening.type === "ticker") this.#ticker(happening.ticker, happening.atMs);
    else if (happening.type === "spot") {
      const { product, price } = happening.spot;
      if (product === this.#run.product) this.spot.push({ price, atMs: happening.atMs });
    } else if (happening.type === "spotTrades") {
      for (const { product, price, atMs } of happening.trades) {
        if (product === this.#run.product) this.spot.push({ price, atMs });
      }
    }
  }

  #ticker(ticker: string, atMs: number): void {
    const watch = this.#watch(ticker);
    const volumeCq = this.#world.market(ticker)?.volumeCq ?? 0;
    const lastTradeCq = this.#world.trades(ticker)[0]?.countCq ?? 0;
    watch?.tickers.push({ atMs, volumeCq, lastTradeCq });
  }

  /** Markets that were open before the world began are left out: their books were not watched from empty. */
  #watch(ticker: string): MarketWatch | undefined {
    const known = this.watches.get(ticker);
    if (known !== undefined) return known;
    const market = this.#world.market(ticker);
    if (market?.seriesTicker !== this.#run.series || market.openMs < this.#world.startMs) {
      return undefined;
    }
    const watch = new MarketWatch(market.closeMs);
    this.watches.set(ticker, watch);
    return watch;
  }
}

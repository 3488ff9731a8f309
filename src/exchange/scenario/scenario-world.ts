import { Agenda } from "../agenda.ts";
import { Rng } from "../random.ts";
import type {
  Happening,
  World,
  WorldBook,
  WorldCandle,
  WorldControls,
  WorldFloor,
  WorldMarket,
  WorldSeries,
  WorldSpot,
  WorldTrade,
  WorldTruth,
} from "../world.ts";
import { seriesOf } from "./catalog.ts";
import { CoinbaseFeed } from "./coinbase.ts";
import { Pauses, ScenarioControls } from "./controls.ts";
import type { EventLife } from "./event-life.ts";
import { ErrorSource } from "./fair-value.ts";
import { IndexFeed } from "./index-feed.ts";
import { type ListingContext, startListing } from "./listing.ts";
import type { LiveMarket } from "./live-market.ts";
import { PricePath, STEP_MS } from "./price-path.ts";
import { ASSETS, type AssetSpec, type Profile, profileOf, type ScenarioName } from "./profile.ts";
import { Registry } from "./registry.ts";

/** 2026-11-02T14:03:30Z, a Monday: a quarter hour and an hour are running. */
const FIRST_START_MS = 1_793_628_210_000;
const DAY_MS = 86_400_000;
const WEEKS = 2000;
const SCENARIOS: readonly ScenarioName[] = ["edge", "fair", "quiet", "jumpy", "chaos"];
const HISTORY_S = 27 * 3600;
const SERIES = ["KXBTC15M", "KXSOL15M", "KXBTCD", "KXBTC"];
const TRADES_MAX = 1000;
/** How often a 15-minute strike is published a millionth short: today's are exact, but they were not always. */
const SHORT_STRIKE_SHARE = 0.1;
const EMPTY: WorldBook = { yes: [], no: [] };

type Emit = (happening: Happening) => void;

export interface ScenarioOptions {
  readonly scenario: ScenarioName;
  readonly seed: number;
  /** Epoch milliseconds of a whole second; left out, each scenario has its weekday and each seed its week. */
  readonly startMs?: number;
}

/** True for the names `createScenarioWorld` knows. */
export function isScenario(name: string): name is ScenarioName {
  return SCENARIOS.some((scenario) => scenario === name);
}

/** A synthetic market drawn from a seed: the same seed gives the same happenings, however time is cut into steps. */
export function createScenarioWorld(options: ScenarioOptions): World {
  return new ScenarioWorld(options);
}

// Two stories must not share a market: one database may hold runs of several scenarios and seeds, and a ticker has one
// result.
function startOf(scenario: ScenarioName, seed: number): number {
  const week = (((Math.trunc(seed) - 1) % WEEKS) + WEEKS) % WEEKS;
  return FIRST_START_MS + (week * 7 + SCENARIOS.indexOf(scenario)) * DAY_MS;
}

class ScenarioWorld implements World {
  readonly startMs: number;
  readonly ended = false;
  readonly #agenda: Agenda;
  readonly #registry = new Registry();
  readonly #coinbase: CoinbaseFeed[] = [];
  readonly #paths = new Map<string, PricePath>();
  readonly #series = SERIES.map(seriesOf);
  readonly #pauses = new Pauses();
  readonly #lives = new Map<string, EventLife>();
  readonly #trading: Set<LiveMarket>[] = [];
  readonly #shortStrikeShare: number;
  readonly controls: WorldControls;
  readonly truth: WorldTruth;
  #nowMs: number;
  #sink: Emit | null = null;

  constructor({ scenario, seed, startMs }: ScenarioOptions) {
    this.startMs = startMs ?? startOf(scenario, seed);
    this.truth = {
      seed,
      price: (product) => this.#paths.get(product)?.price,
      pastTrades: (product) => this.#feed(product)?.pastTrades ?? [],
    };
    this.#nowMs = this.startMs;
    this.#agenda = new Agenda(this.startMs);
    this.#shortStrikeShare = scenario === "chaos" ? SHORT_STRIKE_SHARE : 0;
    this.controls = new ScenarioControls({
      agenda: this.#agenda,
      registry: this.#registry,
      pauses: this.#pauses,
      lives: this.#lives,
      trading: this.#trading,
    });
    const profile = profileOf(scenario);
    const root = new Rng(seed, scenario);
    for (const asset of ASSETS) this.#addAsset(asset, profile, root.split(asset.coin));
  }

  readonly #emit: Emit = (happening) => {
    this.#sink?.(happening);
  };

  // The order of the tasks matters where they share a millisecond: price, then print, then everybody who looks at it.
  #addAsset(asset: AssetSpec, profile: Profile, rng: Rng): void {
    const { startMs } = this;
    const agenda = this.#agenda;
    const emit = this.#emit;
    const path = new PricePath(asset, profile, rng.split("path"));
    this.#paths.set(asset.product, path);
    const index = new IndexFeed(asset);
    const prices = path.history(HISTORY_S);
    const startS = startMs / 1000;
    for (let age = Math.min(HISTORY_S, 8000); age >= 0; age--) {
      index.publish(startS - age, prices[prices.length - 1 - age] ?? path.price);
    }
    const coinbase = new CoinbaseFeed(asset, path, rng.split("coinbase"), emit);
    coinbase.loadHistory(prices, startMs);
    this.#coinbase.push(coinbase);
    const trading = new Set<LiveMarket>();
    this.#trading.push(trading);
    agenda.add(startMs + STEP_MS, {
      run(atMs) {
        path.step();
        if (atMs % 1000 === 0) {
          const value = index.publish(atMs / 1000, path.price);
          emit({ type: "index", indexId: index.indexId, value, last60: index.newest(), atMs });
        }
        for (const live of trading) live.followSpot(atMs);
        return atMs + STEP_MS;
      },
    });
    coinbase.schedule(agenda, startMs);
    const list: ListingContext = {
      agenda,
      registry: this.#registry,
      lives: this.#lives,
      trading,
      asset,
      path,
      index,
      errors: new ErrorSource(profile.makers, rng.split("errors")),
      longErrors: new ErrorSource(profile.makers, rng.split("long errors")),
      rng: rng.split("list"),
      shortStrikeShare: this.#shortStrikeShare,
      isPaused: (shard) => this.#pauses.has(shard),
      emit,
    };
    startListing(list, prices, startMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  nextMs(): number {
    return this.#agenda.nextMs();
  }

  runUntil(ms: number, emit: Emit): void {
    const agenda = this.#agenda;
    this.#sink = emit;
    for (let next = agenda.nextMs(); next <= ms; next = agenda.nextMs()) {
      this.#nowMs = next;
      agenda.runNext();
    }
    this.#sink = null;
    this.#nowMs = Math.max(this.#nowMs, Math.floor(ms));
    // What clients do between two tasks happens now, not at the time of the last one.
    agenda.nowMs = this.#nowMs;
  }

  series(): readonly WorldSeries[] {
    return this.#series;
  }

  markets(): readonly WorldMarket[] {
    return this.#registry.list();
  }

  market(ticker: string): WorldMarket | undefined {
    return this.#registry.get(ticker);
  }

  book(ticker: string): WorldBook | undefined {
    if (this.market(ticker) === undefined) return undefined;
    return this.#registry.live(ticker)?.read() ?? EMPTY;
  }

  trades(ticker: string): readonly WorldTrade[] {
    return this.#registry.trades(ticker).slice(-TRADES_MAX).toReversed();
  }

  floor(ticker: string): WorldFloor | undefined {
    return this.#registry.live(ticker)?.floor();
  }

  products(): readonly string[] {
    return this.#coinbase.map((feed) => feed.product);
  }

  spot(product: string): WorldSpot | undefined {
    return this.#feed(product)?.spot();
  }

  candles(product: string, fromS: number, toS: number, granularityS: number): WorldCandle[] {
    const range = { fromS, toS, granularityS };
    return this.#feed(product)?.candles.read(range, this.#nowMs) ?? [];
  }

  #feed(product: string): CoinbaseFeed | undefined {
    return this.#coinbase.find((feed) => feed.product === product);
  }

  indexIds(): readonly string[] {
    return ASSETS.map((asset) => asset.indexId);
  }

  recordedSid(): undefined {
    return undefined;
  }

  awaits(): null {
    return null;
  }
}

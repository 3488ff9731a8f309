import { Agenda } from "../agenda.ts";
import { Rng } from "../random.ts";
import { SpotVenue, type VenueListener } from "../scenario/spot-venue.ts";
import { type ModelVenue, pairSpec, VENUES } from "../scenario/venue-spec.ts";
import type { World } from "../world.ts";
import type { FaultBox } from "./faults.ts";

const HISTORY_S = 27 * 3600;

/** Prices and time as every spot venue finds them. */
export class SpotGround {
  readonly world: World;
  /** Everything the venues are going to do. */
  readonly agenda: Agenda;

  constructor(world: World) {
    this.world = world;
    this.agenda = new Agenda(world.nowMs());
  }

  /** Coins the world has prices for. */
  coins(): readonly string[] {
    return this.world.products().map((product) => product.replace(/-USD$/, ""));
  }

  /** The one price all venues follow: the world's true one, or Coinbase's where a recording has no other. */
  price(coin: string): number | undefined {
    const product = productOf(coin);
    const truth = this.world.truth?.price(product);
    if (truth !== undefined) return truth;
    const spot = this.world.spot(product);
    if (spot === undefined) return undefined;
    return spot.bid === null || spot.ask === null ? spot.price : (spot.bid + spot.ask) / 2;
  }

  rng(label: string): Rng {
    return new Rng(this.world.truth?.seed ?? 1, `spot/${label}`);
  }

  start(venue: ModelVenue, coin: string, faults: FaultBox): SpotVenue | undefined {
    const pair = pairSpec(venue, coin);
    let price = this.price(coin);
    if (pair === undefined || price === undefined || !this.coins().includes(coin)) return undefined;
    const startMs = this.world.nowMs();
    const startS = Math.floor(startMs / 1000);
    return new SpotVenue({
      coin,
      spec: VENUES[venue],
      pair,
      truth: () => {
        price = this.price(coin) ?? price;
        return price ?? 0;
      },
      mood: () => faults.now,
      seedRng: this.rng(`${venue}/${coin}`),
      // A venue nobody looks at costs nothing: it begins when somebody does, as the seed and that moment have it.
      rng: this.rng(`${venue}/${coin}/${startMs}`),
      startMs,
      history: this.world.candles(productOf(coin), startS - HISTORY_S, startS, 60),
    });
  }
}

function productOf(coin: string): string {
  return `${coin}-USD`;
}

/** The markets of one modelled venue, each started when it is first asked for. */
export class VenueMarkets {
  readonly #ground: SpotGround;
  readonly #venue: ModelVenue;
  readonly #faults: FaultBox;
  readonly #listen: (market: SpotVenue) => VenueListener;
  readonly #markets = new Map<string, SpotVenue>();

  constructor(
    ground: SpotGround,
    venue: ModelVenue,
    faults: FaultBox,
    listen: (market: SpotVenue) => VenueListener,
  ) {
    this.#ground = ground;
    this.#venue = venue;
    this.#faults = faults;
    this.#listen = listen;
  }

  /** Coins this venue lists. */
  coins(): readonly string[] {
    return this.#ground.coins().filter((coin) => pairSpec(this.#venue, coin) !== undefined);
  }

  get(coin: string): SpotVenue | undefined {
    const known = this.#markets.get(coin);
    if (known !== undefined) return known;
    const market = this.#ground.start(this.#venue, coin, this.#faults);
    if (market === undefined) return undefined;
    this.#markets.set(coin, market);
    market.schedule(this.#ground.agenda, this.#listen(market));
    return market;
  }
}

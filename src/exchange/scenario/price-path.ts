import type { Rng } from "../random.ts";
import type { AssetSpec, Profile } from "./profile.ts";

/** The true price moves on this grid; it divides a second, so that an index print is a point of the path. */
export const STEP_MS = 200;

/** Log-volatility is an Ornstein–Uhlenbeck process: two hours of memory, 30 % either way. */
const VOL_MEMORY_S = 7200;
const VOL_SPREAD = 0.3;
const RING = 64;

/** True price and volatility of one asset. */
export class PricePath {
  price: number;
  readonly #asset: AssetSpec;
  readonly #profile: Profile;
  readonly #rng: Rng;
  readonly #recent = new Float64Array(RING);
  #steps = 0;
  #logVol: number;

  constructor(asset: AssetSpec, profile: Profile, rng: Rng) {
    this.#asset = asset;
    this.#profile = profile;
    this.#rng = rng;
    this.#logVol = VOL_SPREAD * rng.normal();
    this.price = asset.startPrice;
  }

  /** Lives through the time before the start; the last element is the price at the start. */
  history(seconds: number): Float64Array {
    const prices = new Float64Array(seconds + 1);
    prices[0] = this.price;
    for (let second = 1; second <= seconds; second++) {
      this.#advance(1);
      prices[second] = this.price;
    }
    // A day of wandering would start each seed far from the price level the strikes and sizes are made for.
    const target = this.#asset.startPrice * (1 + 0.002 * this.#rng.normal());
    const factor = target / this.price;
    for (let second = 0; second <= seconds; second++)
      prices[second] = (prices[second] ?? 0) * factor;
    this.price = target;
    this.#recent.fill(target);
    return prices;
  }

  step(): void {
    this.#advance(STEP_MS / 1000);
    this.#steps++;
    this.#recent[this.#steps % RING] = this.price;
  }

  /** The price as it was `delayMs` ago, at most 12 s. */
  delayed(delayMs: number): number {
    const back = Math.min(RING - 1, Math.round(delayMs / STEP_MS));
    return this.#recent[(this.#steps - back + RING * 2) % RING] ?? this.price;
  }

  #advance(dtS: number): void {
    const rng = this.#rng;
    const profile = this.#profile;
    const root = Math.sqrt(dtS);
    const volNoise = VOL_SPREAD * Math.sqrt(2 / VOL_MEMORY_S);
    this.#logVol += (-this.#logVol * dtS) / VOL_MEMORY_S + volNoise * root * rng.normal();
    let move = this.#sigmaAt(this.#logVol) * root * rng.normal();
    if (rng.unit() < (profile.jumpsPerHour * dtS) / 3600) move += profile.jumpSize * rng.normal();
    this.price *= Math.exp(move);
  }

  #sigmaAt(logVol: number): number {
    const level = this.#asset.sigma * this.#profile.volScale;
    return level * Math.exp(logVol - (VOL_SPREAD * VOL_SPREAD) / 2);
  }

  /** Best forecast of the root mean variance per second over the horizon, jumps included. */
  sigmaAhead(horizonS: number): number {
    const sigma = this.#sigmaAt(this.#logVol * meanDecay(horizonS));
    const { jumpsPerHour, jumpSize } = this.#profile;
    return Math.sqrt(sigma * sigma + (jumpsPerHour / 3600) * jumpSize * jumpSize);
  }
}

// Average of e^(−t/memory) over the horizon: how much of today's deviation of log-volatility is still there.
function meanDecay(horizonS: number): number {
  const x = Math.max(horizonS, 1e-3) / VOL_MEMORY_S;
  return (1 - Math.exp(-x)) / x;
}

/** Standard deviation of the horizon's average log-volatility, given today's. */
export function volUncertainty(horizonS: number): number {
  const x = Math.max(horizonS, 1e-3) / VOL_MEMORY_S;
  // The exact expression cancels to nothing for short horizons, where the variance is 2x/3 of the stationary one.
  if (x < 0.02) return VOL_SPREAD * Math.sqrt((2 * x) / 3);
  const e = Math.exp(-x);
  return VOL_SPREAD * Math.sqrt(Math.max(0, (2 / (x * x)) * (x - 2 * (1 - e) + (1 - e * e) / 2)));
}

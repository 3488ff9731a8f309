import type { Happening, WorldSpot, WorldSpotTrade } from "../world.ts";
import type { Agenda } from "./agenda.ts";
import { CandleStore } from "./candle-store.ts";
import { roundTo } from "./number.ts";
import type { PricePath } from "./price-path.ts";
import type { AssetSpec } from "./profile.ts";
import type { Rng } from "./random.ts";

/** Coinbase trades a little above the index, by an amount that wanders over about twenty minutes. */
const BASIS_MEAN = 1e-4;
const BASIS_SPREAD = 0.3e-4;
const BASIS_MEMORY_S = 1200;
const TICKS_PER_DOLLAR = 100;

/** Coinbase's view of one asset: quotes, trades and candles. */
export class CoinbaseFeed {
  readonly product: string;
  readonly candles = new CandleStore();
  readonly #asset: AssetSpec;
  readonly #path: PricePath;
  readonly #rng: Rng;
  readonly #emit: (happening: Happening) => void;
  #basis: number;
  #tradeId: number;
  #bidTicks = 0;
  #askTicks = 0;
  #quotedMs = 0;
  #spot: WorldSpot | undefined;

  constructor(asset: AssetSpec, path: PricePath, rng: Rng, emit: (happening: Happening) => void) {
    this.product = asset.product;
    this.#asset = asset;
    this.#path = path;
    this.#rng = rng;
    this.#emit = emit;
    this.#basis = BASIS_MEAN + BASIS_SPREAD * rng.normal();
    this.#tradeId = 900_000_000 + rng.below(50_000_000);
  }

  /** Candles of the time before the start, from one true price per second. */
  loadHistory(prices: Float64Array, startMs: number): void {
    for (let second = 0; second < prices.length; second++) {
      const age = prices.length - 1 - second;
      if (age % 60 === 0) this.#moveBasis(60);
      const price = roundTo((prices[second] ?? 0) * (1 + this.#basis), 2);
      const volume = this.#asset.tradeSize.median * 12 * this.#rng.unit();
      this.candles.add(startMs - age * 1000, price, volume);
    }
    this.#quotedMs = startMs;
    this.#quote(startMs);
  }

  schedule(agenda: Agenda, startMs: number): void {
    const rng = this.#rng;
    agenda.add(startMs + rng.between(1, 250), {
      run: (atMs) => {
        if (this.#quote(atMs) && this.#spot !== undefined) {
          this.#emit({ type: "spot", spot: this.#spot, atMs });
        }
        return atMs + rng.between(130, 330);
      },
    });
    agenda.add(startMs + rng.between(1, 900), {
      run: (atMs) => {
        this.#trade(atMs);
        return atMs + 20 + rng.wait(520);
      },
    });
  }

  spot(): WorldSpot | undefined {
    return this.#spot;
  }

  #moveBasis(dtS: number): void {
    const pull = (BASIS_MEAN - this.#basis) * Math.min(1, dtS / BASIS_MEMORY_S);
    const noise = BASIS_SPREAD * Math.sqrt((2 * dtS) / BASIS_MEMORY_S);
    this.#basis += pull + noise * this.#rng.normal();
  }

  /** Moves the quote to the true price; false when it stayed where it was. */
  #quote(atMs: number): boolean {
    const rng = this.#rng;
    this.#moveBasis((atMs - this.#quotedMs) / 1000);
    this.#quotedMs = atMs;
    const mid = this.#path.price * (1 + this.#basis) * TICKS_PER_DOLLAR;
    const width = rng.chance(0.8) ? 1 : 2 + rng.below(3);
    const bid = Math.floor(mid - width / 2 + 0.5);
    const isSame = bid === this.#bidTicks && bid + width === this.#askTicks;
    this.#bidTicks = bid;
    this.#askTicks = bid + width;
    if (!isSame) this.#setLast(rng.chance(0.5) ? this.#bidTicks : this.#askTicks, atMs, 0);
    return !isSame;
  }

  #setLast(ticks: number, atMs: number, volume: number): void {
    this.candles.add(atMs, ticks / TICKS_PER_DOLLAR, volume);
    this.#spot = {
      product: this.product,
      price: ticks / TICKS_PER_DOLLAR,
      bid: this.#bidTicks / TICKS_PER_DOLLAR,
      ask: this.#askTicks / TICKS_PER_DOLLAR,
      bidSize: this.#size(),
      askSize: this.#size(),
    };
  }

  #size(): number {
    return roundTo(this.#rng.size(this.#asset.tradeSize), 8);
  }

  #trade(atMs: number): void {
    const rng = this.#rng;
    const isBuy = rng.chance(0.5);
    const ticks = isBuy ? this.#askTicks : this.#bidTicks;
    const trades: WorldSpotTrade[] = [];
    do {
      const size = this.#size();
      this.#setLast(ticks, atMs, size);
      trades.push({
        product: this.product,
        tradeId: this.#tradeId++,
        price: ticks / TICKS_PER_DOLLAR,
        size,
        makerSide: isBuy ? "SELL" : "BUY",
        atMs,
      });
    } while (rng.chance(0.35) && trades.length < 8);
    this.#emit({ type: "spotTrades", trades, atMs });
  }
}

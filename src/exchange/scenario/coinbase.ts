import type { Agenda } from "../agenda.ts";
import type { Rng } from "../random.ts";
import type { Happening, WorldSpot, WorldSpotTrade } from "../world.ts";
import { CandleStore } from "./candle-store.ts";
import { roundTo } from "./number.ts";
import type { PricePath } from "./price-path.ts";
import type { AssetSpec } from "./profile.ts";

/** Coinbase trades a little above the index, by an amount that wanders over about twenty minutes. */
const BASIS_MEAN = 1e-4;
const BASIS_SPREAD = 0.3e-4;
const BASIS_MEMORY_S = 1200;
const TICKS_PER_DOLLAR = 100;
/** Trades a snapshot can show at the start, some minutes of them. */
const PAST_TRADES = 100;
const PAST_TRADE_MS = 2500;

/** Coinbase's view of one asset: quotes, trades and candles. */
export class CoinbaseFeed {
  readonly product: string;
  readonly candles = new CandleStore();
  /** The newest trades before the start, oldest first. */
  pastTrades: readonly WorldSpotTrade[] = [];
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
    this.pastTrades = this.#pastTrades(prices, startMs);
  }

  // Drawn by a generator of their own: the trades to come do not depend on them.
  #pastTrades(prices: Float64Array, startMs: number): WorldSpotTrade[] {
    const rng = this.#rng.split("past");
    const trades: WorldSpotTrade[] = [];
    let atMs = startMs;
    for (let back = 1; back <= PAST_TRADES; back++) {
      atMs -= 1 + rng.wait(PAST_TRADE_MS);
      const age = Math.floor((startMs - atMs) / 1000);
      const price = prices[prices.length - 1 - age] ?? this.#path.price;
      trades.push({
        product: this.product,
        tradeId: this.#tradeId - back,
        price: roundTo(price * (1 + this.#basis), 2),
        size: roundTo(rng.size(this.#asset.tradeSize), 8),
        makerSide: rng.chance(0.5) ? "SELL" : "BUY",
        atMs: Math.floor(atMs),
      });
    }
    return trades.toReversed();
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
    if (!isSame) {
      const last = rng.chance(0.5) ? this.#bidTicks : this.#askTicks;
      this.#setLast(last, { atMs, volume: 0 }, { bidSize: this.#size(), askSize: this.#size() });
    }
    return !isSame;
  }

  #setLast(
    ticks: number,
    print: { readonly atMs: number; readonly volume: number },
    sizes: { readonly bidSize: number; readonly askSize: number },
  ): void {
    this.candles.add(print.atMs, ticks / TICKS_PER_DOLLAR, print.volume);
    this.#spot = {
      product: this.product,
      price: ticks / TICKS_PER_DOLLAR,
      bid: this.#bidTicks / TICKS_PER_DOLLAR,
      ask: this.#askTicks / TICKS_PER_DOLLAR,
      ...sizes,
    };
  }

  /** Sizes at the touch after a taker of one side; what it empties is quoted anew at once. */
  #sizesAfter(isBuy: boolean, size: number): { bidSize: number; askSize: number } {
    const fresh = { bidSize: this.#size(), askSize: this.#size() };
    const bidSize = this.#spot?.bidSize ?? fresh.bidSize;
    const askSize = this.#spot?.askSize ?? fresh.askSize;
    const left = roundTo((isBuy ? askSize : bidSize) - size, 8);
    if (isBuy) return { bidSize, askSize: left > 0 ? left : fresh.askSize };
    return { bidSize: left > 0 ? left : fresh.bidSize, askSize };
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
      this.#setLast(ticks, { atMs, volume: size }, this.#sizesAfter(isBuy, size));
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

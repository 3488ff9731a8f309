import { formatDecimal } from "../../../core/units.ts";
import type { SpotVenue } from "../../scenario/spot-venue.ts";
import type { SpotGround } from "../markets.ts";
import { priceText, symbolOf } from "./symbols.ts";

export const FUNDING_MS = 8 * 3_600_000;
/** Without demand the rate is this: 0.01 % per eight hours. */
const USUAL_RATE = 0.0001;
const RATE_SPREAD = 0.000_06;
/** The perpetual is this far from the index, in fractions of the price. */
const PREMIUM = 2e-4;

/** One moment of a perpetual; prices as text, the rate as a fraction per funding interval. */
export interface Premium {
  readonly symbol: string;
  readonly markPrice: string;
  readonly indexPrice: string;
  readonly estimatedSettlePrice: string;
  readonly rate: string;
  readonly nextFundingMs: number;
}

/** Funding of the USD-M perpetuals: a pure function of seed and time, so that history needs no memory. */
export class Funding {
  readonly #ground: SpotGround;

  constructor(ground: SpotGround) {
    this.#ground = ground;
  }

  /** The rate paid at the end of the period that ends at `endMs`. */
  rateAt(coin: string, endMs: number): number {
    const rng = this.#ground.rng(`funding/${coin}/${Math.floor(endMs / FUNDING_MS)}`);
    return USUAL_RATE + RATE_SPREAD * rng.normal();
  }

  /** `lastFundingRate` is the running estimate of the period that is on. */
  premium(market: SpotVenue, nowMs: number): Premium {
    const nextFundingMs = (Math.floor(nowMs / FUNDING_MS) + 1) * FUNDING_MS;
    const passed = 1 - (nextFundingMs - nowMs) / FUNDING_MS;
    const before = this.rateAt(market.coin, nextFundingMs - FUNDING_MS);
    const after = this.rateAt(market.coin, nextFundingMs);
    const rate = before + (after - before) * passed;
    const { bids, asks } = market.book;
    const index = ((bids.priceAt(0) ?? 0) + (asks.priceAt(0) ?? 0)) / 2;
    const text = (price: number): string => priceText(Math.round(price * 1e6) / 1e6, market.pair);
    return {
      symbol: symbolOf(market.coin),
      markPrice: text(index * (1 + PREMIUM * (rate / USUAL_RATE - 1))),
      indexPrice: text(index),
      estimatedSettlePrice: text(index * (1 + PREMIUM / 2)),
      rate: rateText(rate),
      nextFundingMs,
    };
  }
}

export function rateText(rate: number): string {
  return formatDecimal(Math.round(rate * 1e8), 8);
}

export function markPriceJson(premium: Premium, at: (ms: number) => string, nowMs: number): string {
  const { symbol, markPrice, indexPrice, estimatedSettlePrice, rate, nextFundingMs } = premium;
  return `{"e":"markPriceUpdate","E":${at(nowMs)},"s":"${symbol}","p":"${markPrice}","ap":"${markPrice}","P":"${estimatedSettlePrice}","i":"${indexPrice}","r":"${rate}","T":${at(nextFundingMs)}}`;
}

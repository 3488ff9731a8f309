import type { Happening, WorldCandle, WorldSpot, WorldSpotTrade } from "../world.ts";
import { candlesOf, type SpotTape } from "./spot-tape.ts";

/** Serves one product's recorded trades in the order the recorder got them. */
export class TapePlayer {
  readonly product: string;
  readonly #tape: SpotTape;
  #served: number;

  constructor(tape: SpotTape) {
    this.product = tape.product;
    this.#tape = tape;
    this.#served = tape.firstLive;
  }

  /** Receive time of the next trade, infinite after the last. */
  nextMs(): number {
    return this.#tape.rows[this.#served]?.recvMs ?? Number.POSITIVE_INFINITY;
  }

  /** Everything received in the next trade's millisecond: a batch must not hand out a trade before its time. */
  serve(emit: (happening: Happening) => void): void {
    const atMs = Math.floor(this.nextMs());
    const before = this.#lastPrice();
    const trades: WorldSpotTrade[] = [];
    while (Math.floor(this.nextMs()) === atMs) {
      const row = this.#tape.rows[this.#served];
      if (row === undefined) break;
      const { tradeId, price } = row;
      trades.push({
        product: this.product,
        tradeId,
        price,
        size: null,
        makerSide: null,
        atMs: row.atMs,
      });
      this.#served++;
    }
    emit({ type: "spotTrades", trades, atMs });
    const spot = this.spot();
    if (spot !== undefined && spot.price !== before) emit({ type: "spot", spot, atMs });
  }

  spot(): WorldSpot | undefined {
    const price = this.#lastPrice();
    if (price === undefined) return undefined;
    return { product: this.product, price, bid: null, ask: null, bidSize: null, askSize: null };
  }

  #lastPrice(): number | undefined {
    return this.#tape.rows[this.#served - 1]?.price;
  }

  candles(
    range: { readonly fromS: number; readonly toS: number; readonly granularityS: number },
    nowMs: number,
  ): WorldCandle[] {
    return candlesOf(this.#tape, this.#served, range, nowMs);
  }
}

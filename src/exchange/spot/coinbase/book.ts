import { SpotBook } from "../../scenario/spot-book.ts";
import { SpotMaker } from "../../scenario/spot-maker.ts";
import { levelSize, SIZE_SCALE } from "../../scenario/venue-spec.ts";
import type { WorldSpot } from "../../world.ts";
import type { SpotGround } from "../markets.ts";

const CENTS = 100;
const FULL_DEPTH = new Map([["BTC-USD", 20_000]]);
const OTHER_DEPTH = 5000;
const GAP_CENTS = new Map([["BTC-USD", 12]]);
const OTHER_GAP = 1;

/** Level 2 of one product: the world's touch, and the rest of the book behind it. Prices in cents, sizes in 1e-8 coins. */
export class CoinbaseBook {
  readonly product: string;
  readonly book: SpotBook;
  readonly #maker: SpotMaker;

  constructor(product: string, spot: WorldSpot, ground: SpotGround) {
    this.product = product;
    this.book = new SpotBook();
    const rng = ground.rng(`coinbase/${product}/${ground.world.nowMs()}`);
    this.#maker = new SpotMaker(
      this.book,
      {
        tick: 1,
        sizeStep: 1,
        levels: FULL_DEPTH.get(product) ?? OTHER_DEPTH,
        gapTicks: GAP_CENTS.get(product) ?? OTHER_GAP,
        size: levelSize(product.replace(/-USD$/, ""), 0.5),
      },
      rng,
    );
    this.follow(spot);
    this.book.takeChanges();
  }

  /** Takes over the touch; a recording without quotes gets the tick around its last trade. */
  follow(spot: WorldSpot): void {
    const hasQuotes = spot.bid !== null || spot.ask !== null;
    const bid = hasQuotes ? inCents(spot.bid) : inCents(spot.price - 1 / CENTS);
    const ask = hasQuotes ? inCents(spot.ask) : inCents(spot.price);
    this.#side("bid", bid, spot.bidSize);
    this.#side("ask", ask, spot.askSize);
  }

  #side(side: "bid" | "ask", price: number | null, size: number | null): void {
    this.#maker.moveTouch(side, price);
    if (price === null || size === null) return;
    this.book.set(side, price, Math.max(1, Math.round(size * SIZE_SCALE)));
  }

  /** A few changes behind the touch, which is the world's. */
  churn(spot: WorldSpot): void {
    this.#maker.churn(3);
    this.follow(spot);
  }
}

function inCents(usd: number | null): number | null {
  return usd === null ? null : Math.round(usd * CENTS);
}

import { crc32 } from "node:zlib";
import type { DepthLevel } from "../../../core/events.ts";
import type { Usd } from "../../../core/units.ts";
import type { Precision } from "./frames.ts";

/** The checksum is over that many levels a side, whatever the depth (spot-feeds.md §2.4). */
const CHECKED = 10;

/** Levels by side; size 0 where nothing rests, or nothing is known any more. */
interface Sides {
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
}

/** One symbol's book as Kraken's own checksum has it: the best `depth` levels a side. */
export class KrakenBook {
  readonly #bids: Ladder;
  readonly #asks: Ladder;

  constructor(precision: Precision, depth: number) {
    this.#bids = new Ladder(-1, precision, depth);
    this.#asks = new Ladder(1, precision, depth);
  }

  /**
   * Takes in one message's levels and returns those that they pushed out of view. Kraken says nothing of a level once it
   * is out of view, its end included: whoever kept it would find it among the best again, where it is not.
   */
  apply({ bids, asks }: Sides): Sides {
    return { bids: this.#bids.apply(bids), asks: this.#asks.apply(asks) };
  }

  checksum(): number {
    return crc32(this.#asks.checkedText() + this.#bids.checkedText());
  }

  /** True when these are the best prices. */
  isTouch(bidUsd: Usd, askUsd: Usd): boolean {
    return this.#bids.best === bidUsd && this.#asks.best === askUsd;
  }

  /** Everything in view, best first. */
  levels(): Sides {
    return { bids: this.#bids.levels(), asks: this.#asks.levels() };
  }
}

interface Row {
  readonly priceUsd: Usd;
  readonly size: number;
  /** What the checksum is made of. */
  readonly digits: string;
}

const NONE: readonly DepthLevel[] = [];

/** One side, best first. An array: at a hundred levels, most of them changing near the top, nothing is quicker. */
class Ladder {
  /** 1 when the lowest price is the best. */
  readonly #sign: 1 | -1;
  readonly #depth: number;
  readonly #priceScale: number;
  readonly #sizeScale: number;
  readonly #rows: Row[] = [];
  /** Null after a change among the checked levels. */
  #text: string | null = null;

  constructor(sign: 1 | -1, precision: Precision, depth: number) {
    this.#sign = sign;
    this.#depth = depth;
    this.#priceScale = 10 ** precision.price;
    this.#sizeScale = 10 ** precision.qty;
  }

  get best(): Usd | undefined {
    return this.#rows[0]?.priceUsd;
  }

  apply(levels: readonly DepthLevel[]): readonly DepthLevel[] {
    for (const [priceUsd, size] of levels) this.#set(priceUsd, size);
    if (this.#rows.length <= this.#depth) return NONE;
    return this.#rows.splice(this.#depth).map(({ priceUsd }): DepthLevel => [priceUsd, 0]);
  }

  checkedText(): string {
    this.#text ??= this.#rows
      .slice(0, CHECKED)
      .map(({ digits }) => digits)
      .join("");
    return this.#text;
  }

  levels(): readonly DepthLevel[] {
    return this.#rows.map(({ priceUsd, size }): DepthLevel => [priceUsd, size]);
  }

  #set(priceUsd: Usd, size: number): void {
    const at = this.#placeOf(priceUsd);
    const isThere = this.#rows[at]?.priceUsd === priceUsd;
    if (size === 0 && !isThere) return;
    if (at < CHECKED) this.#text = null;
    if (size === 0) this.#rows.splice(at, 1);
    else this.#rows.splice(at, isThere ? 1 : 0, this.#row(priceUsd, size));
  }

  /** Where this price is, or belongs. */
  #placeOf(priceUsd: Usd): number {
    let from = 0;
    let to = this.#rows.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const isBefore = this.#sign * ((this.#rows[middle]?.priceUsd ?? 0) - priceUsd) < 0;
      if (isBefore) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  // All digits of a number without point and leading zeros are the integer of its smallest units. JSON.parse drops
  // trailing zeros, and with them what the checksum is made of; the pair's precision brings them back.
  #row(priceUsd: Usd, size: number): Row {
    const digits = `${Math.round(priceUsd * this.#priceScale)}${Math.round(size * this.#sizeScale)}`;
    return { priceUsd, size, digits };
  }
}

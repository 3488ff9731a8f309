import { roundTo } from "./number.ts";
import type { AssetSpec } from "./profile.ts";

const WINDOW_S = 60;
/** Prints kept: the settlements of the last two hours can be computed from them. */
const KEEP_S = 8192;

/** The published index: one print at every whole second. Values are integers of the last decimal, so sums are exact. */
export class IndexFeed {
  readonly indexId: string;
  readonly digits: number;
  readonly #scale: number;
  readonly #units = new Float64Array(KEEP_S);
  readonly #sums = new Float64Array(KEEP_S);
  #lastS = Number.NaN;

  constructor(asset: AssetSpec) {
    this.indexId = asset.indexId;
    this.digits = asset.digits;
    this.#scale = 10 ** asset.digits;
  }

  /** Second of the newest print. */
  get lastS(): number {
    return this.#lastS;
  }

  publish(second: number, price: number): number {
    const units = Math.round(price * this.#scale);
    const before = this.#sums[(second - 1 + KEEP_S) % KEEP_S] ?? 0;
    this.#units[second % KEEP_S] = units;
    this.#sums[second % KEEP_S] = before + units;
    this.#lastS = second;
    return units / this.#scale;
  }

  /** The up to 60 newest values, oldest first. */
  newest(): number[] {
    const values: number[] = [];
    for (let second = this.#lastS - WINDOW_S + 1; second <= this.#lastS; second++) {
      values.push((this.#units[second % KEEP_S] ?? 0) / this.#scale);
    }
    return values;
  }

  /** Sum in dollars of the prints of (fromS, toS]. */
  sum(fromS: number, toS: number): number {
    return this.#sumUnits(fromS, toS) / this.#scale;
  }

  #sumUnits(fromS: number, toS: number): number {
    return (this.#sums[toS % KEEP_S] ?? 0) - (this.#sums[fromS % KEEP_S] ?? 0);
  }

  /** Mean of the 60 prints of (close − 60 s, close], rounded as it settles. */
  settlementValue(closeS: number): number {
    const mean = this.#sumUnits(closeS - WINDOW_S, closeS) / WINDOW_S;
    return roundTo(Math.round(mean) / this.#scale, this.digits);
  }
}

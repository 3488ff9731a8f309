import { PRICE_ONE, parsePrice, parseQty } from "../../core/units.ts";
import type { WorldBook } from "../world.ts";

type Level = readonly [priceCc: number, countCq: number];
type Json = Readonly<Record<string, unknown>>;

/** One market's bids as the recorded frames leave them. */
export class RecordedBook {
  readonly #yes = new Float64Array(PRICE_ONE + 1);
  readonly #no = new Float64Array(PRICE_ONE + 1);

  /** A snapshot replaces everything; a side it does not name is empty. */
  applySnapshot(msg: Json): void {
    fill(this.#yes, msg["yes_dollars_fp"]);
    fill(this.#no, msg["no_dollars_fp"]);
  }

  applyDelta(msg: Json): void {
    const { side, price_dollars: priceText, delta_fp: deltaText } = msg;
    if (typeof priceText !== "string" || typeof deltaText !== "string") return;
    const price = parsePrice(priceText);
    const delta = parseQty(deltaText);
    if (price === undefined || delta === undefined) return;
    const levels = side === "yes" ? this.#yes : this.#no;
    levels[price] = (levels[price] ?? 0) + delta;
  }

  read(): WorldBook {
    return { yes: collect(this.#yes), no: collect(this.#no) };
  }
}

function fill(levels: Float64Array, rows: unknown): void {
  levels.fill(0);
  if (!Array.isArray(rows)) return;
  for (const row of rows) {
    if (!Array.isArray(row)) continue;
    const price = parsePrice(String(row[0]));
    const count = parseQty(String(row[1]));
    if (price !== undefined && count !== undefined) levels[price] = count;
  }
}

function collect(levels: Float64Array): Level[] {
  const out: Level[] = [];
  for (let price = 0; price < levels.length; price++) {
    const count = levels[price] ?? 0;
    if (count > 0) out.push([price, count]);
  }
  return out;
}

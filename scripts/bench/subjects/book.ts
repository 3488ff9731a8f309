// Changes of one order book with both bests read after each: `kbt` is the product's book, `bare` two arrays in a loop.
import { readFileSync } from "node:fs";
import { Book } from "../../../src/core/book.ts";
import type { Level } from "../../../src/core/events.ts";
import { type Price, price, type Qty, qty } from "../../../src/core/units.ts";
import { numberAt, textAt } from "../child.ts";
import { type Changes, prepareBare } from "../limit/bare-book.ts";
import { serve, timed } from "../serve.ts";

const [who = ""] = process.argv.slice(2);

/** As the decoder would hand them over. */
interface Ops extends Changes {
  readonly levels: readonly Price[];
  readonly deltas: readonly Qty[];
}

const cache = new Map<string, Ops>();

await serve(async (request) => {
  const ops = load(textAt(request, "file"));
  const count = numberAt(request, "count");
  const loops = numberAt(request, "loops");
  let [sum, ms] = [0, 0];
  for (let loop = 0; loop < loops; loop++) {
    const run = who === "kbt" ? prepareKbt(ops) : prepareBare(ops);
    const cost = await timed(() => {
      sum = run(count);
    });
    ms += cost.ms;
  }
  return { ms, sum, count: count * loops };
});

function prepareKbt({ start, sides, levels, deltas }: Ops): (count: number) => number {
  const book = new Book();
  book.replace(levelsOf(start, 0), levelsOf(start, 1), 0);
  return (count) => {
    let sum = 0;
    for (let at = 0; at < count; at++) {
      const level = levels[at];
      const delta = deltas[at];
      if (level === undefined || delta === undefined) break;
      book.apply(sides[at] === 0 ? "yes" : "no", level, delta, at);
      sum += 3 * (book.bid("yes") ?? 0) + (book.bid("no") ?? 0);
    }
    return sum;
  };
}

function levelsOf(start: Int32Array, side: number): Level[] {
  const found: Level[] = [];
  for (let at = 0; at < start.length; at += 3) {
    if (start[at] === side) found.push([price(start[at + 1] ?? 0), qty(start[at + 2] ?? 0)]);
  }
  return found;
}

function load(file: string): Ops {
  const known = cache.get(file);
  if (known !== undefined) return known;
  const bytes = readFileSync(file);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [first = 0, changes = 0] = words;
  const start = words.slice(2, 2 + 3 * first);
  const ops = words.subarray(2 + 3 * first, 2 + 3 * first + 4 * changes);
  const sides = new Uint8Array(changes);
  const levels: Price[] = [];
  const deltas: Qty[] = [];
  for (let at = 0; at < changes; at++) {
    sides[at] = ops[4 * at] ?? 0;
    levels.push(price(ops[4 * at + 1] ?? 0));
    deltas.push(qty(ops[4 * at + 2] ?? 0));
  }
  const loaded = { start, sides, levels, deltas };
  cache.set(file, loaded);
  return loaded;
}

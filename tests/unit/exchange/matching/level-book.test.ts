import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LevelBook } from "../../../../src/exchange/matching/level-book.ts";
import { gridOf } from "../../../../src/exchange/matching/price-grid.ts";
import type { FloorOrder, Happening } from "../../../../src/exchange/world.ts";

interface Rig {
  readonly book: LevelBook;
  readonly seen: Happening[];
  readonly emit: (happening: Happening) => void;
  /** Called before a happening is noted. */
  react: (happening: Happening) => void;
}

function rig(structure: "linear_cent" | "tapered_deci_cent" = "linear_cent"): Rig {
  let trades = 0;
  const made: Rig = {
    seen: [],
    emit: (happening) => {
      made.react(happening);
      made.seen.push(happening);
    },
    react: () => undefined,
    book: new LevelBook({
      ticker: "M",
      grid: gridOf(structure),
      owners: 2,
      nowMs: () => 77,
      tradeId: () => `own${++trades}`,
      emit: (happening) => made.emit(happening),
    }),
  };
  return made;
}

function client(orderId: string, leftCq: number, priceCc = 6000): FloorOrder {
  return { orderId, side: "no", priceCc, leftCq };
}

const AT_60 = { side: "no", index: 59 } as const;

describe("makers", () => {
  test("a taker pays the touch and takes no more than there is", () => {
    const { book, seen } = rig();
    book.add({ ...AT_60, owner: 0 }, 500, 1);
    book.add({ ...AT_60, owner: 1 }, 300, 1);
    book.add({ side: "no", owner: 1, index: 40 }, 100, 1);
    const trades = book.take({ takerSide: "yes", wanted: 9000, tradeId: "t" }, 2);
    expect(trades).toEqual([
      { tradeId: "t", ticker: "M", yesPriceCc: 4000, countCq: 800, takerSide: "yes", atMs: 2 },
    ]);
    expect(seen.slice(-2).map((happening) => happening.type)).toEqual(["trade", "delta"]);
    expect(book.read()).toEqual({ yes: [], no: [[4100, 100]] });
    book.remove({ side: "no", owner: 0, index: 40 }, 100, 3);
    book.pullAbove(1, "no", 39, 3);
    expect(book.read()).toEqual({ yes: [], no: [] });
    expect(book.take({ takerSide: "yes", wanted: 1, tradeId: "t" }, 4)).toEqual([]);
  });

  test("a cancel takes the maker's newest size first", () => {
    const { book, emit } = rig();
    const order = client("a", 100);
    book.add({ ...AT_60, owner: 0 }, 200, 1);
    book.rest(order, emit);
    book.add({ ...AT_60, owner: 0 }, 300, 1);
    expect(book.aheadCq(order)).toBe(200);
    book.remove({ ...AT_60, owner: 0 }, 300, 2);
    expect(book.aheadCq(order)).toBe(200);
    book.remove({ ...AT_60, owner: 0 }, 50, 2);
    expect(book.aheadCq(order)).toBe(150);
    expect(book.size("no", 59)).toBe(250);
  });

  test("never cancel more than they hold, and never a client's order", () => {
    const { book, seen, emit } = rig();
    book.rest(client("a", 100), emit);
    book.add({ ...AT_60, owner: 0 }, 200, 1);
    book.remove({ ...AT_60, owner: 0 }, 900, 2);
    book.pullAbove(1, "no", 0, 2);
    expect(seen.at(-1)).toMatchObject({ deltaCq: -200 });
    expect(book.read().no).toEqual([[6000, 100]]);
  });

  test("stay below a client's bid on the other side", () => {
    const { book, emit } = rig();
    book.rest(client("a", 100, 6000), emit);
    expect(gridOf("linear_cent").prices[book.highestPassive("yes")]).toBe(3900);
  });
});

describe("clients' orders in the queue", () => {
  test("are hit in the order of arrival, each with a trade of its own", () => {
    const { book, seen, emit } = rig();
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    book.add({ ...AT_60, owner: 1 }, 150, 1);
    const order = client("a", 50);
    book.rest(order, emit);
    book.add({ ...AT_60, owner: 0 }, 400, 1);
    seen.length = 0;
    const trades = book.take({ takerSide: "yes", wanted: 500, tradeId: "t" }, 9);
    expect(trades.map(({ tradeId, countCq }) => [tradeId, countCq])).toEqual([
      ["t", 250],
      ["own1", 50],
      ["own2", 200],
    ]);
    expect(seen.map((happening) => happening.type)).toEqual(
      "trade delta execution trade delta trade delta".split(" "),
    );
    expect(seen[2]).toEqual({ type: "execution", orderId: "a", trade: trades[1], atMs: 9 });
    expect(seen[4]).not.toHaveProperty("orderId");
    expect(seen[4]).toMatchObject({ side: "no", priceCc: 6000, deltaCq: -50, atMs: 9 });
    expect(order.leftCq).toBe(0);
    expect(book.read().no).toEqual([[6000, 200]]);
  });

  test("at a better price come before older ones at a worse price", () => {
    const { book, emit } = rig();
    const older = client("a", 50, 6000);
    const better = client("b", 50, 6100);
    book.rest(older, emit);
    book.rest(better, emit);
    expect(book.aheadCq(older)).toBe(50);
    expect(book.aheadCq(better)).toBe(0);
    expect(book.front("no")).toEqual({ priceCc: 6100, countCq: 50, order: better });
    const trades = book.take({ takerSide: "yes", wanted: 500, tradeId: "t" }, 9);
    expect(trades.map((trade) => trade.yesPriceCc)).toEqual([3900]);
  });

  test("keep their place when reduced and report the change to their owner", () => {
    const { book, seen, emit } = rig();
    const first = client("a", 50);
    book.rest(first, emit);
    book.add({ ...AT_60, owner: 0 }, 70, 1);
    book.reduce(first, 20, emit);
    expect(first.leftCq).toBe(30);
    expect(seen.at(-1)).toMatchObject({ type: "delta", deltaCq: -20, atMs: 77, orderId: "a" });
    expect(book.aheadCq(first)).toBe(0);
    book.reduce(first, 30, emit);
    const told = seen.length;
    book.reduce(first, 30, emit);
    expect(seen).toHaveLength(told);
    expect(book.read().no).toEqual([[6000, 70]]);
  });

  test("survive the clearing of their level at the close", () => {
    const { book, seen, emit } = rig();
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    book.rest(client("a", 50), emit);
    book.add({ ...AT_60, owner: 1 }, 100, 1);
    book.clearLevel("no", 59, 5);
    // One cancel for each maker's order, as in the captures.
    expect(seen.slice(-2)).toMatchObject([
      { deltaCq: -100, atMs: 5 },
      { deltaCq: -100, atMs: 5 },
    ]);
    expect(book.read().no).toEqual([[6000, 50]]);
    book.clearLevel("no", 59, 6);
    expect(seen.at(-1)).toMatchObject({ atMs: 5 });
  });

  test("may be cancelled from inside the report of a fill without harm to the rest", () => {
    const made = rig();
    const { book, emit } = made;
    const [first, second] = [client("a", 50), client("b", 60)];
    book.rest(first, emit);
    book.rest(second, emit);
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    made.react = (happening) => {
      if (happening.type === "execution") book.reduce(second, second.leftCq, emit);
    };
    const trades = book.take({ takerSide: "yes", wanted: 120, tradeId: "t" }, 9);
    expect(trades.map((trade) => trade.countCq)).toEqual([50, 70]);
    expect(book.read().no).toEqual([[6000, 30]]);
  });

  test("cannot rest between two ticks", () => {
    const { book, emit } = rig();
    expect(() => book.rest(client("a", 50, 6050), emit)).toThrow("not on the price grid");
  });
});

describe("a client's hit", () => {
  test("takes the oldest piece only and names the time and a trade id of its own", () => {
    const { book, seen, emit } = rig();
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    book.add({ ...AT_60, owner: 1 }, 100, 1);
    const trade = book.hit("no", 150, emit);
    expect(trade).toMatchObject({ tradeId: "own1", yesPriceCc: 4000, countCq: 100, atMs: 77 });
    expect(trade?.takerSide).toBe("yes");
    expect(seen.slice(-2).map((happening) => happening.type)).toEqual(["trade", "delta"]);
    expect(book.front("no")).toEqual({ priceCc: 6000, countCq: 100, order: null });
    expect(book.hit("yes", 150, emit)).toBeNull();
  });

  test("on the YES bids is a sale at the bid's own price", () => {
    const { book, emit } = rig();
    book.add({ side: "yes", owner: 0, index: 41 }, 100, 1);
    expect(book.hit("yes", 30, emit)).toMatchObject({ yesPriceCc: 4200, takerSide: "no" });
  });

  test("can look up how much it would find", () => {
    const { book, emit } = rig();
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    book.add({ side: "no", owner: 1, index: 55 }, 40, 1);
    book.rest(client("a", 7, 5000), emit);
    expect(book.sizeTo("no", 6000)).toBe(100);
    expect(book.sizeTo("no", 5600)).toBe(140);
    expect(book.sizeTo("no", 100)).toBe(147);
    expect(book.sizeTo("no", 6100)).toBe(0);
    expect(book.sizeTo("yes", 100)).toBe(0);
  });
});

describe("another tick ladder", () => {
  test("a finer one keeps every level and its queue", () => {
    const { book, seen, emit } = rig();
    book.add({ ...AT_60, owner: 0 }, 100, 1);
    const order = client("a", 50);
    book.rest(order, emit);
    const told = seen.length;
    book.changeGrid(gridOf("tapered_deci_cent"), 5);
    expect(seen).toHaveLength(told);
    expect(book.read().no).toEqual([[6000, 150]]);
    expect(book.aheadCq(order)).toBe(100);
    expect(book.owned("no", 0, book.best("no"))).toBe(100);
    expect(book.grid.count).toBe(279);
  });

  test("a coarser one drops what it has no price for", () => {
    const { book, seen } = rig("tapered_deci_cent");
    const index = (cc: number): number => book.grid.floorIndex(cc);
    book.add({ side: "yes", owner: 0, index: index(450) }, 100, 1);
    book.add({ side: "yes", owner: 1, index: index(400) }, 60, 1);
    book.changeGrid(gridOf("linear_cent"), 5);
    expect(seen.at(-1)).toMatchObject({ side: "yes", priceCc: 450, deltaCq: -100 });
    expect(book.read().yes).toEqual([[400, 60]]);
    expect(book.best("yes")).toBe(3);
  });
});

const place = fc.record({
  side: fc.constantFrom("yes" as const, "no" as const),
  owner: fc.constantFrom(0, 1),
  index: fc.integer({ min: 0, max: 98 }),
});
const step = fc.record({
  action: fc.constantFrom(
    ...(["add", "remove", "take", "rest", "reduce", "hit", "pull", "clear"] as const),
  ),
  at: place,
  cq: fc.integer({ min: 1, max: 500 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform({ book, emit }: Rig, orders: FloorOrder[], { action, at, cq }: Step): void {
  const other = orders[cq % Math.max(1, orders.length)] ?? client("none", 0);
  const order = { orderId: `${cq}`, side: at.side, priceCc: (at.index + 1) * 100, leftCq: cq };
  const actions: Record<Step["action"], () => unknown> = {
    add: () => book.add(at, cq, 1),
    remove: () => book.remove(at, cq, 1),
    pull: () => book.pullAbove(at.owner, at.side, at.index, 1),
    clear: () => book.clearLevel(at.side, at.index, 1),
    hit: () => book.hit(at.side, cq, emit),
    take: () => book.take({ takerSide: at.side, wanted: cq, tradeId: "t" }, 1),
    reduce: () => book.reduce(other, cq, emit),
    rest: () => {
      orders.push(order);
      book.rest(order, emit);
    },
  };
  actions[action]();
}

/** What the deltas add up to, by side and price, levels that came back to 0 left out. */
function summed(seen: readonly Happening[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const happening of seen) {
    if (happening.type !== "delta") continue;
    const key = `${happening.side} ${happening.priceCc}`;
    const total = (sums.get(key) ?? 0) + happening.deltaCq;
    expect(total).toBeGreaterThanOrEqual(0);
    if (total === 0) sums.delete(key);
    else sums.set(key, total);
  }
  return sums;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

test("the deltas always add up to the book, and the book to its makers and clients", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const made = rig();
      const { book, seen } = made;
      const orders: FloorOrder[] = [];
      for (const one of steps) perform(made, orders, one);
      const levels = (["yes", "no"] as const).flatMap((side) =>
        book.read()[side].map(([cc, cq]) => ({ side, cc, cq })),
      );
      expect(new Map(levels.map(({ side, cc, cq }) => [`${side} ${cc}`, cq]))).toEqual(
        summed(seen),
      );
      for (const { side, cc, cq } of levels) {
        const index = cc / 100 - 1;
        const here = orders.filter((order) => order.side === side && order.priceCc === cc);
        const clients = sum(here.map((order) => order.leftCq));
        expect(book.owned(side, 0, index) + book.owned(side, 1, index) + clients).toBe(cq);
        expect(book.best(side)).toBeGreaterThanOrEqual(index);
      }
    }),
    { numRuns: 300 },
  );
});

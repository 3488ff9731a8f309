import { describe, expect, test } from "vitest";
import { createScenarioWorld } from "../../../src/exchange/scenario/scenario-world.ts";
import type {
  FloorOrder,
  Happening,
  World,
  WorldFloor,
  WorldTrade,
} from "../../../src/exchange/world.ts";

const SECOND = 1000;
const START_MS = Date.parse("2026-11-02T14:03:30Z");
const QUARTER = "KXBTC15M-26NOV020915-15";
/** Here takers without an opinion come by every few seconds only. */
const SLOW_QUARTER = "KXSOL15M-26NOV020915-15";

type Of<Type extends Happening["type"]> = Extract<Happening, { type: Type }>;
type Side = "yes" | "no";

function quiet(): void {}

/** A world with a quarter-hour market, seen from the floor. */
function floorOf(seed: number, ticker = QUARTER): { world: World; floor: WorldFloor } {
  const world = createScenarioWorld({ scenario: "fair", seed, startMs: START_MS });
  const floor = world.floor(ticker);
  if (floor === undefined) throw new Error("no floor");
  return { world, floor };
}

function best(floor: WorldFloor, side: Side): number {
  return floor.front(side)?.priceCc ?? 0;
}

function bid(side: Side, priceCc: number, countCq: number): FloorOrder {
  return { orderId: `${side} ${priceCc}`, side, priceCc, leftCq: countCq };
}

/** Runs until `isDone`, at most the given time. */
function runWhile(
  world: World,
  ms: number,
  see: (happening: Happening) => void,
  isDone: () => boolean,
): void {
  const endMs = world.nowMs() + ms;
  while (world.nowMs() < endMs && !isDone()) world.runUntil(world.nowMs() + 50, see);
}

describe("a client's order at the touch", () => {
  const { world, floor } = floorOf(1);
  const order = bid("yes", best(floor, "yes"), 3000);
  const executions: Of<"execution">[] = [];
  const trades: WorldTrade[] = [];
  const deltas: Of<"delta">[] = [];
  const aheadAtFill: number[] = [];
  const sizeBefore = world.book(QUARTER)?.yes.at(-1)?.[1] ?? 0;
  floor.rest(order, (each) => {
    if (each.type === "delta") deltas.push(each);
  });
  const aheadFirst = floor.aheadCq(order);
  const see = (each: Happening): void => {
    if (each.type === "execution") {
      executions.push(each);
      if (order.leftCq > 0) aheadAtFill.push(floor.aheadCq(order));
    } else if (each.type === "trade" && each.trade.ticker === QUARTER) trades.push(each.trade);
  };
  runWhile(world, 600 * SECOND, see, () => order.leftCq === 0);

  test("queues behind what is there", () => {
    expect(aheadFirst).toBe(sizeBefore);
    expect(deltas).toEqual([
      {
        type: "delta",
        ticker: QUARTER,
        side: "yes",
        priceCc: order.priceCc,
        deltaCq: 3000,
        atMs: START_MS,
        orderId: order.orderId,
      },
    ]);
  });

  test("is filled by others, when nothing is ahead of it any more", () => {
    expect(executions.length).toBeGreaterThan(0);
    expect(new Set(aheadAtFill).size).toBeLessThanOrEqual(1);
    expect(aheadAtFill.every((ahead) => ahead === 0)).toBe(true);
    const filled = executions.reduce((sum, { trade }) => sum + trade.countCq, 0);
    expect(filled).toBe(3000 - order.leftCq);
  });

  test("fills in public trades at its own price, by takers of the other side", () => {
    for (const { trade, orderId, atMs } of executions) {
      expect(orderId).toBe(order.orderId);
      expect(trades).toContainEqual(trade);
      expect(trade).toMatchObject({ yesPriceCc: order.priceCc, takerSide: "no", atMs });
    }
  });
});

/** Rests a YES bid eight cents over its worth, having taken every NO bid in its way. */
function overpay(): { world: World; floor: WorldFloor; order: FloorOrder; fairCc: number } {
  const { world, floor } = floorOf(2, SLOW_QUARTER);
  const fairCc = (best(floor, "yes") + 10_000 - best(floor, "no")) / 2;
  const order = bid("yes", Math.floor(fairCc / 100) * 100 + 800, 100_000);
  while (best(floor, "no") + order.priceCc >= 10_000) floor.hit("no", 1e9, quiet);
  floor.rest(order, quiet);
  return { world, floor, order, fairCc };
}

describe("a client's order that the price has left behind", () => {
  const { world, floor, order, fairCc } = overpay();
  const executions: Of<"execution">[] = [];
  const bestNo: number[] = [];
  const see = (each: Happening): void => {
    if (each.type === "execution") executions.push(each);
    bestNo.push(best(floor, "no"));
  };
  runWhile(world, 5 * SECOND, see, () => order.leftCq === 0);

  test("is run over within seconds, but not before anybody could have seen it", () => {
    expect(fairCc).toBeGreaterThan(1000);
    expect(fairCc).toBeLessThan(9000);
    expect(order.leftCq).toBe(0);
    for (const { trade, atMs } of executions) {
      expect(trade).toMatchObject({ yesPriceCc: order.priceCc, takerSide: "no" });
      expect(atMs - START_MS).toBeGreaterThan(25);
    }
  });

  test("is not quoted through before that", () => {
    expect(Math.max(...bestNo.slice(0, -1)) + order.priceCc).toBeLessThan(10_000);
  });
});

test("an order taken away in time is not run over", () => {
  const { world, floor, order } = overpay();
  world.runUntil(START_MS + 20, quiet);
  floor.reduce(order, order.leftCq, quiet);
  let executed = 0;
  world.runUntil(START_MS + 5 * SECOND, (each) => {
    if (each.type === "execution") executed++;
  });
  expect(executed).toBe(0);
});

test("an order that is first in the queue at a fair price is no bargain to anybody", () => {
  const { world, floor } = floorOf(2, SLOW_QUARTER);
  while (best(floor, "yes") + best(floor, "no") > 9700) floor.hit("yes", 1e9, quiet);
  const order = bid("yes", best(floor, "yes") + 100, 100_000);
  floor.rest(order, quiet);
  world.runUntil(START_MS + 700, quiet);
  expect(order.leftCq).toBe(100_000);
});

interface Crossing {
  readonly deltas: Of<"delta">[];
}

/** Books rebuilt from deltas, and every stretch during which one was crossed. */
function crossings(minutes: number): { runs: Crossing[]; open: number } {
  const world = createScenarioWorld({ scenario: "fair", seed: 4, startMs: START_MS });
  const books = new Map<string, Record<Side, Map<number, number>>>();
  const running = new Map<string, Crossing>();
  const runs: Crossing[] = [];
  for (const { ticker } of world.markets()) {
    const book = world.book(ticker);
    books.set(ticker, { yes: new Map(book?.yes), no: new Map(book?.no) });
  }
  const follow = (delta: Of<"delta">): void => {
    const book = books.get(delta.ticker) ?? { yes: new Map(), no: new Map() };
    books.set(delta.ticker, book);
    const size = (book[delta.side].get(delta.priceCc) ?? 0) + delta.deltaCq;
    if (size === 0) book[delta.side].delete(delta.priceCc);
    else book[delta.side].set(delta.priceCc, size);
    const isCrossed = Math.max(0, ...book.yes.keys()) + Math.max(0, ...book.no.keys()) >= 10_000;
    const run = running.get(delta.ticker);
    run?.deltas.push(delta);
    if (isCrossed && run === undefined) running.set(delta.ticker, { deltas: [delta] });
    if (isCrossed || run === undefined) return;
    runs.push(run);
    running.delete(delta.ticker);
  };
  world.runUntil(START_MS + minutes * 60 * SECOND, (each) => {
    if (each.type === "delta" && each.ticker.startsWith("KXBTC15M")) follow(each);
    if (each.type === "snapshot") books.delete(each.ticker);
  });
  return { runs, open: running.size };
}

describe("a crossed book", () => {
  const { runs, open } = crossings(6);

  test("happens, and never lasts", () => {
    expect(runs.length).toBeGreaterThan(0);
    expect(open).toBe(0);
  });

  test("is one instant: the new bid first, then what it met of its owner's", () => {
    for (const { deltas } of runs) {
      const [first, ...rest] = deltas;
      expect(deltas.length).toBeLessThanOrEqual(20);
      expect(first?.deltaCq).toBeGreaterThan(0);
      for (const delta of rest) {
        expect(delta.atMs).toBe(first?.atMs);
        expect(delta.side).not.toBe(first?.side);
        expect(delta.deltaCq).toBeLessThan(0);
      }
    }
  });
});

/** A client that quotes both sides every few seconds, told in one line per happening. */
function quoting(stepsMs: readonly number[]): string[] {
  const { world, floor } = floorOf(6);
  const lines: string[] = [];
  const see = (each: Happening): void => {
    if (each.type !== "index") lines.push(JSON.stringify(each));
  };
  let resting: FloorOrder[] = [];
  let step = 0;
  for (let at = START_MS; at < START_MS + 40 * SECOND; at += 5 * SECOND) {
    while (world.nowMs() < at) {
      const wantedMs = world.nowMs() + (stepsMs[step++ % stepsMs.length] ?? 1);
      world.runUntil(Math.min(at, wantedMs), see);
    }
    for (const order of resting) floor.reduce(order, order.leftCq, see);
    resting = (["yes", "no"] as const).map((side) => bid(side, best(floor, side), 5000));
    for (const order of resting) floor.rest(order, see);
    floor.hit("yes", 700, see);
  }
  return lines;
}

test("the same client actions at the same times give the same story, however time is cut", () => {
  const whole = quoting([1e9]);
  expect(quoting([3, 777, 2100])).toEqual(whole);
  expect(whole.some((line) => line.includes('"execution"'))).toBe(true);
});

test("a world that nobody trades in does not depend on who looks at it", () => {
  const seen: string[][] = [];
  for (const isWatched of [false, true]) {
    const { world } = floorOf(7);
    const lines: string[] = [];
    for (let at = START_MS; at <= START_MS + 20 * SECOND; at += SECOND) {
      world.runUntil(at, (each) => lines.push(JSON.stringify(each)));
      if (!isWatched) continue;
      for (const { ticker } of world.markets()) {
        world.book(ticker);
        world.floor(ticker)?.front("yes");
        world.trades(ticker);
      }
    }
    seen.push(lines);
  }
  expect(seen[1]).toEqual(seen[0]);
});

test("a taker now and then goes through more than one level", () => {
  const { world } = floorOf(8);
  const prices = new Map<number, Set<number>>();
  world.runUntil(START_MS + 120 * SECOND, (each) => {
    if (each.type !== "trade" || each.trade.ticker !== QUARTER) return;
    const { atMs, yesPriceCc } = each.trade;
    prices.set(atMs, (prices.get(atMs) ?? new Set()).add(yesPriceCc));
  });
  const swept = [...prices.values()].filter((levels) => levels.size > 1);
  expect(swept.length).toBeGreaterThan(0);
  expect(swept.length).toBeLessThan(prices.size / 2);
});

/** When somebody took, and which side, in four minutes of a market; a client may be there for the first of them. */
function takersOf(seed: number, meanwhile: (world: World, floor: WorldFloor) => void): string[] {
  const { floor, world } = floorOf(seed);
  const takers = new Set<string>();
  meanwhile(world, floor);
  world.runUntil(START_MS + 240 * SECOND, (each) => {
    if (each.type !== "trade" || each.trade.ticker !== QUARTER) return;
    const { atMs, takerSide } = each.trade;
    if (atMs > START_MS + 60 * SECOND) takers.add(`${atMs} ${takerSide}`);
  });
  return [...takers];
}

test.each([1, 2])("a client changes whom takers meet, not who comes and when (seed %i)", (seed) => {
  let filledCq = 0;
  const visited = takersOf(seed, (world, floor) => {
    const order = bid("yes", best(floor, "yes") + 100, 100_000);
    floor.rest(order, quiet);
    world.runUntil(START_MS + 60 * SECOND, quiet);
    filledCq = 100_000 - order.leftCq;
    floor.reduce(order, order.leftCq, quiet);
  });
  const alone = takersOf(seed, (world) => world.runUntil(START_MS + 60 * SECOND, quiet));
  expect(filledCq).toBeGreaterThan(0);
  expect(alone.length).toBeGreaterThan(10);
  expect(visited).toEqual(alone);
});

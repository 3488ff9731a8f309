import { describe, expect, test } from "vitest";
import { Agenda } from "../../../src/exchange/scenario/agenda.ts";
import { formatTarget, seriesOf } from "../../../src/exchange/scenario/catalog.ts";
import {
  hourlyEventTicker,
  quarterEventTicker,
  quarterMarketTicker,
} from "../../../src/exchange/scenario/event-ticker.ts";
import { LevelBook } from "../../../src/exchange/scenario/level-book.ts";
import { hourlyMarkets, resultAt } from "../../../src/exchange/scenario/market-factory.ts";
import { cumulativeNormal } from "../../../src/exchange/scenario/normal.ts";
import { roundTo } from "../../../src/exchange/scenario/number.ts";
import { gridOf } from "../../../src/exchange/scenario/price-grid.ts";
import { Rng } from "../../../src/exchange/scenario/random.ts";
import type { Happening } from "../../../src/exchange/world.ts";

describe("tickers carry the close on New York's clock", () => {
  test.each([
    ["summer", "2026-08-17T05:00:00Z", "KXBTC15M-26AUG170100-00"],
    ["midnight", "2026-08-17T04:00:00Z", "KXBTC15M-26AUG170000-00"],
    ["winter", "2026-11-02T14:15:00Z", "KXBTC15M-26NOV020915-15"],
    ["before the clocks go back", "2026-11-01T05:30:00Z", "KXBTC15M-26NOV010130-30"],
    ["the same clock face an hour later", "2026-11-01T06:30:00Z", "KXBTC15M-26NOV010130-30"],
    ["after the repeated hour", "2026-11-01T07:00:00Z", "KXBTC15M-26NOV010200-00"],
    ["after the hour that spring skips", "2027-03-14T07:00:00Z", "KXBTC15M-27MAR140300-00"],
  ])("%s", (_name, close, ticker) => {
    expect(quarterMarketTicker("KXBTC15M", Date.parse(close))).toBe(ticker);
    expect(quarterEventTicker("KXBTC15M", Date.parse(close))).toBe(ticker.slice(0, -3));
  });

  test("hourly events end in the hour", () => {
    const close = Date.parse("2026-08-17T21:00:00Z");
    expect(hourlyEventTicker("KXBTCD", close)).toBe("KXBTCD-26AUG1717");
  });
});

describe("the hourly ladder", () => {
  const times = { createdMs: 0, closeMs: Date.parse("2026-11-02T15:00:00Z") };
  const brackets = hourlyMarkets("KXBTC", 104_030, times, new Rng(1));
  const thresholds = hourlyMarkets("KXBTCD", 104_030, times, new Rng(1));

  test("uses the real ticker grammar", () => {
    expect(thresholds[0]?.ticker).toBe("KXBTCD-26NOV0210-T101999.99");
    expect(brackets[0]?.ticker).toBe("KXBTC-26NOV0210-T102000");
    expect(brackets[0]).toMatchObject({ strikeType: "less", floorUsd: null, capUsd: 102_000 });
    expect(brackets[1]?.ticker).toBe("KXBTC-26NOV0210-B102050");
    expect(brackets[1]).toMatchObject({ floorUsd: 102_000, capUsd: 102_099.99 });
    expect(brackets.at(-1)?.ticker).toBe("KXBTC-26NOV0210-T105999.99");
    expect(new Set(brackets.map((market) => market.ticker)).size).toBe(42);
  });

  test.each([101_999.99, 102_000, 102_099.99, 102_100, 103_950, 105_999.99, 106_000, 1, 999_999])(
    "exactly one bracket holds %d, and a bracket is the difference of two thresholds",
    (value) => {
      expect(brackets.filter((market) => resultAt(market, value) === "yes")).toHaveLength(1);
      const above = (at: number): boolean => resultAt(thresholds[at] ?? fail(), value) === "yes";
      for (let step = 0; step < 40; step++) {
        const inside = resultAt(brackets[step + 1] ?? fail(), value) === "yes";
        expect(inside).toBe(above(step) && !above(step + 1));
      }
    },
  );
});

function fail(): never {
  throw new Error("no such market");
}

function draws(rng: Rng): number[] {
  return [rng.unit(), rng.normal(), rng.wait(3)];
}

describe("the generator", () => {
  test("a stream depends on seed and label only", () => {
    const used = new Rng(5);
    for (let draw = 0; draw < 100; draw++) used.bits();
    expect(draws(used.split("a"))).toEqual(draws(new Rng(5).split("a")));
    expect(draws(new Rng(5).split("a"))).not.toEqual(draws(new Rng(5).split("b")));
    expect(draws(new Rng(5).split("a"))).not.toEqual(draws(new Rng(6).split("a")));
    expect(draws(new Rng(2 ** 40 + 5))).not.toEqual(draws(new Rng(5)));
  });

  test("moments", () => {
    const rng = new Rng(1);
    let sum = 0;
    let squares = 0;
    let uniform = 0;
    for (let draw = 0; draw < 50_000; draw++) {
      const value = rng.normal();
      sum += value;
      squares += value * value;
      uniform += rng.unit();
    }
    expect(Math.abs(sum / 50_000)).toBeLessThan(0.015);
    expect(Math.abs(squares / 50_000 - 1)).toBeLessThan(0.02);
    expect(Math.abs(uniform / 50_000 - 0.5)).toBeLessThan(0.005);
  });
});

test("the agenda runs by time, then in the order of creation", () => {
  const agenda = new Agenda(0);
  const rng = new Rng(9);
  const seen: [number, number][] = [];
  for (let id = 0; id < 300; id++) {
    let runs = 0;
    agenda.add(rng.below(40), {
      run: (atMs) => {
        seen.push([atMs, id]);
        return ++runs < 4 ? atMs + rng.below(20) : null;
      },
    });
  }
  while (agenda.nextMs() < Number.POSITIVE_INFINITY) agenda.runNext();
  expect(seen).toHaveLength(1200);
  expect(seen.map(([atMs]) => atMs)).toEqual(seen.map(([atMs]) => atMs).toSorted((a, b) => a - b));
});

describe("the price grid", () => {
  test.each(["tapered_deci_cent", "linear_cent"] as const)("%s", (structure) => {
    const grid = gridOf(structure);
    for (let index = 0; index < grid.count; index++) {
      const cc = grid.prices[index] ?? 0;
      expect(grid.prices[grid.count - 1 - index]).toBe(10_000 - cc);
      expect(grid.floorIndex(cc)).toBe(index);
      expect(grid.floorIndex(cc - 0.5)).toBe(index - 1);
    }
    expect(grid.floorIndex(10_000)).toBe(grid.count - 1);
  });
});

test("a taker pays the touch and takes no more than there is", () => {
  const seen: Happening[] = [];
  const book = new LevelBook("M", gridOf("linear_cent"), 2, (happening) => seen.push(happening));
  book.add({ side: "no", owner: 0, index: 59 }, 500, 1);
  book.add({ side: "no", owner: 1, index: 59 }, 300, 1);
  book.add({ side: "no", owner: 1, index: 40 }, 100, 1);
  const trade = book.take({ takerSide: "yes", wanted: 9000, tradeId: "t" }, 2);
  expect(trade).toMatchObject({ yesPriceCc: 4000, countCq: 800, takerSide: "yes" });
  expect(seen.slice(-2).map((happening) => happening.type)).toEqual(["trade", "delta"]);
  expect(book.read()).toEqual({ yes: [], no: [[4100, 100]] });
  book.remove({ side: "no", owner: 0, index: 40 }, 100, 3);
  book.pullAbove(1, "no", 39, 3);
  expect(book.read()).toEqual({ yes: [], no: [] });
  expect(book.take({ takerSide: "yes", wanted: 1, tradeId: "t" }, 4)).toBeUndefined();
});

test.each([
  [-8, 6.22e-16],
  [-2, 0.022_750_131_948],
  [0, 0.5],
  [1, 0.841_344_746_069],
])("normal distribution at %d", (z, expected) => {
  expect(Math.abs(cumulativeNormal(z) - expected)).toBeLessThan(1e-7);
});

test.each([
  [67_628.899_999, 2, 67_628.9],
  [1.005, 2, 1.01],
  [168.123_45, 4, 168.1235],
])("%d to %d decimals is %d", (value, digits, expected) => {
  expect(roundTo(value, digits)).toBe(expected);
});

test("series and targets are written as the exchange writes them", () => {
  expect(seriesOf("KXSOL15M")).toMatchObject({ indexId: "SOLUSD_RTI", frequency: "fifteen_min" });
  expect(seriesOf("KXBTCD")).toMatchObject({ indexId: "BRTI", feeType: "quadratic" });
  expect(formatTarget(63_441.03, 2)).toBe("63,441.03");
  expect(formatTarget(168.5, 4)).toBe("168.5000");
});

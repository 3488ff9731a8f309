import { describe, expect, test } from "vitest";
import { Agenda } from "../../../src/exchange/agenda.ts";
import { Rng } from "../../../src/exchange/random.ts";
import { seriesOf } from "../../../src/exchange/scenario/catalog.ts";
import {
  hourlyEventTicker,
  quarterEventTicker,
  quarterMarketTicker,
} from "../../../src/exchange/scenario/event-ticker.ts";
import { LADDERS, ladderMarkets, resultAt } from "../../../src/exchange/scenario/market-factory.ts";
import { cumulativeNormal } from "../../../src/exchange/scenario/normal.ts";
import { roundTo } from "../../../src/exchange/scenario/number.ts";

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
  const closeMs = Date.parse("2026-11-02T15:00:00Z");
  const times = { createdMs: 0, openMs: closeMs - 3_600_000, closeMs };
  const ladder = LADDERS.hourly;
  const rng = new Rng(1);
  const brackets = ladderMarkets({ seriesTicker: "KXBTC", ladder }, 104_030, times, rng);
  const thresholds = ladderMarkets({ seriesTicker: "KXBTCD", ladder }, 104_030, times, rng);

  test("uses the real ticker grammar", () => {
    expect(thresholds[0]?.ticker).toBe("KXBTCD-26NOV0210-T94699.99");
    expect(brackets[0]?.ticker).toBe("KXBTC-26NOV0210-T94700");
    expect(brackets[0]).toMatchObject({ strikeType: "less", floorUsd: null, capUsd: 94_700 });
    expect(brackets[1]?.ticker).toBe("KXBTC-26NOV0210-B94750");
    expect(brackets[1]).toMatchObject({ floorUsd: 94_700, capUsd: 94_799.99 });
    expect(brackets.at(-1)?.ticker).toBe("KXBTC-26NOV0210-T113299.99");
    expect(new Set(brackets.map((market) => market.ticker)).size).toBe(188);
  });

  test("says its strikes as the exchange does", () => {
    expect(brackets[0]?.title).toBe("$94,699.99 or below");
    expect(brackets[1]?.title).toBe("$94,700 to 94,799.99");
    expect(brackets.at(-1)?.title).toBe("$113,300 or above");
  });

  test.each([
    ["daily", 80, "B103875", 250],
    ["weekly", 50, "B103750", 500],
  ] as const)("a %s one has %i brackets, wider", (kind, count, suffix, widthUsd) => {
    const listed = { seriesTicker: "KXBTC", ladder: LADDERS[kind] } as const;
    const wide = ladderMarkets(listed, 103_800, times, rng);
    expect(wide).toHaveLength(count);
    const middle = wide.find((market) => market.ticker.endsWith(suffix));
    expect((middle?.capUsd ?? 0) - (middle?.floorUsd ?? 0)).toBeCloseTo(widthUsd - 0.01, 6);
  });

  test.each([94_699.99, 94_700, 94_799.99, 94_800, 103_950, 113_299.99, 113_300, 1, 999_999])(
    "exactly one bracket holds %d, and a bracket is the difference of two thresholds",
    (value) => {
      expect(brackets.filter((market) => resultAt(market, value) === "yes")).toHaveLength(1);
      const above = (at: number): boolean => resultAt(thresholds[at] ?? fail(), value) === "yes";
      for (let step = 0; step < 186; step++) {
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
});

import { describe, expect, test } from "vitest";
import { consolidate } from "../../../../src/core/index/consolidate.ts";
import {
  INDEX_METHODS,
  type IndexMethod,
  readIndex,
} from "../../../../src/core/index/methodology.ts";
import { VenueBook } from "../../../../src/core/index/venue-book.ts";
import { fixtureLines } from "../../adapters/fixtures.ts";

type Level = [price: number, size: number];

interface Sides {
  readonly bids: Level[];
  readonly asks: Level[];
}

function aBook(bids: Level[], asks: Level[]): Sides {
  return { bids, asks };
}

function levelsOf(side: { at(rank: number): readonly [number, number] | undefined }): unknown[] {
  const found: unknown[] = [];
  for (let rank = 0; ; rank++) {
    const level = side.at(rank);
    if (level === undefined) return found;
    found.push(level);
  }
}

const numbers = (side: [string, string][]): Level[] =>
  side.map(([price, size]) => [Number(price), Number(size)]);

/** Levels of a tenth of a coin each. */
function ladder(from: number, step: number, count: number): Level[] {
  return Array.from({ length: count }, (_, at) => [from + at * step, 0.1]);
}

describe("the worked example of spot-feeds.md §4.2", () => {
  const { bids, asks } = JSON.parse(fixtureLines("coinbase/index-example.json").join("")) as Record<
    "bids" | "asks",
    [string, string][]
  >;
  const book = aBook(numbers(bids), numbers(asks));

  test("the index is 83272.50, with each figure on the way", () => {
    const reading = readIndex([book], INDEX_METHODS.BTC);
    expect(reading?.valueUsd).toBeCloseTo(83_272.5, 2);
    expect(reading?.sizeCap).toBeCloseTo(1.540485, 6);
    expect(reading?.midsUsd).toEqual([83_272.485, 83_272.905, 83_271.425]);
    expect([reading?.deepestBidUsd, reading?.deepestAskUsd]).toEqual([83_257.86, 83_284.99]);
  });

  test("a kept book gives what the lists give", () => {
    const kept = new VenueBook();
    const seen = { source: "coinbase", product: "BTC-USD", exchangeMs: null, recvMs: 1 };
    kept.apply({ type: "depth", kind: "snapshot", ...book, ...seen }, 1);
    expect(readIndex([kept], INDEX_METHODS.BTC)).toEqual(readIndex([book], INDEX_METHODS.BTC));
    expect(kept.midUsd()).toBe(83_277.255);
  });
});

describe("consolidation", () => {
  test("sizes add up at equal prices", () => {
    const { bids, asks } = consolidate([
      aBook(
        [[99, 1]],
        [
          [101, 1],
          [103, 2],
        ],
      ),
      aBook(
        [
          [99, 2],
          [98, 5],
        ],
        [
          [102, 4],
          [103, 1],
        ],
      ),
    ]);
    expect(levelsOf(bids)).toEqual([
      [99, 3],
      [98, 5],
    ]);
    expect(levelsOf(asks)).toEqual([
      [101, 1],
      [102, 4],
      [103, 3],
    ]);
  });

  test.each<[string, Sides[], Sides]>([
    [
      "a bid above an ask takes as much from both",
      [
        aBook(
          [
            [102, 1],
            [99, 1],
          ],
          [[105, 1]],
        ),
        aBook([[98, 1]], [[101, 3]]),
      ],
      aBook(
        [
          [99, 1],
          [98, 1],
        ],
        [
          [101, 2],
          [105, 1],
        ],
      ),
    ],
    [
      "a crossing that goes through several levels",
      [
        aBook(
          [
            [103, 1],
            [102, 2],
            [99, 1],
          ],
          [[110, 1]],
        ),
        aBook(
          [[98, 1]],
          [
            [101, 1],
            [102, 1],
            [104, 1],
          ],
        ),
      ],
      aBook(
        [
          [102, 1],
          [99, 1],
          [98, 1],
        ],
        [
          [104, 1],
          [110, 1],
        ],
      ),
    ],
    [
      "equal prices cross too",
      [aBook([[100, 2]], [[105, 1]]), aBook([[98, 1]], [[100, 2]])],
      aBook([[98, 1]], [[105, 1]]),
    ],
    [
      "nothing is left of one side",
      [aBook([[102, 1]], []), aBook([], [[101, 3]])],
      aBook([], [[101, 2]]),
    ],
  ])("%s", (_name, venues, left) => {
    const { bids, asks } = consolidate(venues);
    expect({ bids: levelsOf(bids), asks: levelsOf(asks) }).toEqual(left);
  });
});

describe("curves", () => {
  /** A method in which every figure can be worked out in the head. */
  const method: IndexMethod = { ...INDEX_METHODS.BTC, stepSize: 1, spreadMax: 0.05, trim: 0 };

  test("depth ends where one side has no more", () => {
    const reading = readIndex(
      [
        aBook(
          [
            [99, 1],
            [98, 1],
            [97, 1],
          ],
          [[101, 2.5]],
        ),
      ],
      method,
    );
    // The cap is far above every size, so two steps of the asks are there, and no third.
    expect(reading?.midsUsd).toEqual([100, 99.5]);
  });

  test("depth ends where half the spread is too wide, exactly at the limit included", () => {
    const sides = aBook(
      [
        [99, 1],
        [95, 1],
        [94, 1],
      ],
      [
        [101, 1],
        [105, 1],
        [106, 1],
      ],
    );
    expect(readIndex([sides], method)?.midsUsd).toEqual([100, 100]);
    expect(readIndex([sides], { ...method, spreadMax: 0.0499 })?.midsUsd).toEqual([100]);
  });

  test("without one step of depth it is the mid of the best prices", () => {
    const thin = readIndex([aBook([[99, 0.1]], [[102, 0.1]])], method);
    expect(thin).toMatchObject({ valueUsd: 100.5, midsUsd: [] });
    expect([thin?.deepestBidUsd, thin?.deepestAskUsd]).toEqual([99, 102]);
    const wide = readIndex([aBook([[50, 9]], [[150, 9]])], method);
    expect(wide).toMatchObject({ valueUsd: 100, midsUsd: [] });
  });

  test("weights fall by e in three tenths of the utilised depth", () => {
    const reading = readIndex(
      [
        aBook(
          [
            [99, 1],
            [97, 1],
          ],
          [
            [101, 1],
            [101, 1],
          ],
        ),
      ],
      method,
    );
    const near = Math.exp(-1 / 0.6);
    const far = Math.exp(-2 / 0.6);
    expect(reading?.midsUsd).toEqual([100, 99]);
    expect(reading?.valueUsd).toBeCloseTo((100 * near + 99 * far) / (near + far), 10);
  });

  test("ten tenths are one", () => {
    expect(
      readIndex([aBook(ladder(99, -0.1, 10), ladder(101, 0.1, 10))], method)?.midsUsd,
    ).toHaveLength(1);
  });

  test("an empty side has no index", () => {
    expect(readIndex([aBook([], [[101, 1]])], method)).toBeNull();
    expect(readIndex([], method)).toBeNull();
  });
});

describe("size cap", () => {
  test("mean and deviation of the sizes near the touch, trimmed and winsorised at both ends", () => {
    // 100 sizes 1..100 a side of 50: one is cut at each end, so the mean is that of 2..99 and the ends count as these.
    const bids = Array.from({ length: 50 }, (_, at): Level => [1000 - at * 0.1, at + 1]);
    const asks = Array.from({ length: 50 }, (_, at): Level => [1001 + at * 0.1, at + 51]);
    const sizes = Array.from({ length: 100 }, (_, at) => Math.min(99, Math.max(2, at + 1)));
    const mean = 50.5;
    const deviation = Math.sqrt(sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / 99);
    const reading = readIndex([aBook(bids, asks)], INDEX_METHODS.BTC);
    expect(reading?.sizeCap).toBeCloseTo(mean + 5 * deviation, 9);
  });

  test("levels too far from the best are not asked", () => {
    const near = aBook([[1000, 1]], [[1001, 1]]);
    const far = aBook(
      [
        [1000, 1],
        [949, 500],
      ],
      [
        [1001, 1],
        [1052, 500],
      ],
    );
    expect(readIndex([far], INDEX_METHODS.BTC)?.sizeCap).toBe(1);
    expect(readIndex([near], INDEX_METHODS.BTC)?.sizeCap).toBe(1);
  });

  test("one enormous order does not become the depth", () => {
    const asks = ladder(1000.1, 0.1, 60);
    asks[5] = [1000.6, 10_000];
    const reading = readIndex([aBook(ladder(999.9, -0.1, 60), asks)], INDEX_METHODS.BTC);
    // It is the largest of a hundred, so trimming and winsorising take it out of both figures.
    expect(reading?.sizeCap).toBeCloseTo(0.1, 9);
    // The tenth ask and the tenth bid are a coin away; the sixth ask alone would be.
    expect(reading?.midsUsd[0]).toBeCloseTo((1001 + 999) / 2, 9);
  });
});

test.each([
  ["BTC", 1, 0.005, 0.05],
  ["ETH", 25, 0.01, 0.05],
  ["SOL", 100, 0.01, 0.05],
  ["XRP", 10_000, 0.01, 0.1],
  ["DOGE", 10_000, 0.01, 0.1],
] as const)(
  "%s has the parameters of spot-feeds.md §4.2",
  (asset, stepSize, spreadMax, deviationMax) => {
    expect(INDEX_METHODS[asset]).toMatchObject({ stepSize, spreadMax, deviationMax });
  },
);

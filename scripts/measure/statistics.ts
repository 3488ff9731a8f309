import type { MarketWatch, Sample } from "./market-watch.ts";
import { correlation, deviation, mean, quantile, quantiles, share } from "./numbers.ts";

export interface SpotPrice {
  readonly atMs: number;
  readonly price: number;
}

export interface Measured {
  readonly markets: readonly MarketWatch[];
  /** Coinbase trades, oldest first, on the clock of the quotes. */
  readonly spot: readonly SpotPrice[];
}

/** Names of statistics with their values: the same names whatever was measured. */
export type Statistics = ReadonlyMap<string, number>;

const isOpen = ({ midCc }: Sample): boolean => midCc >= 2000 && midCc <= 8000;
const isTail = ({ midCc }: Sample): boolean => midCc < 1000 || midCc > 9000;
const isDecided = ({ midCc }: Sample): boolean => midCc < 300 || midCc > 9700;

/** Everything the calibration compares, from markets watched alike. */
export function statisticsOf(measured: Measured): Statistics {
  const { markets } = measured;
  const samples = markets.flatMap((market) => market.samples);
  return new Map([
    ...rates(samples),
    ...spreads(samples.filter((sample) => sample.isTwoSided)),
    ...depths(samples.filter((sample) => sample.isTwoSided && isOpen(sample))),
    ...shapes(markets),
    ...tickers(markets),
    ...closes(markets),
    ...moves(samples),
    ...lag(measured),
  ]);
}

type Entry = readonly [name: string, value: number];

const TAUS = [
  [0, 60],
  [60, 120],
  [120, 300],
  [300, 600],
  [600, 900],
] as const;

function rates(samples: readonly Sample[]): Entry[] {
  const counts = samples.map((sample) => sample.deltas);
  const [p50 = 0, p90 = 0, p99 = 0, max = 0] = quantiles(counts, [0.5, 0.9, 0.99, 1]);
  const open = samples.filter(isOpen);
  return [
    ["deltas per second, mean", mean(counts)],
    ["deltas per second, median", p50],
    ["deltas per second, p90", p90],
    ["deltas per second, p99", p99],
    ["deltas per second, max", max],
    ...TAUS.map(([from, to]): Entry => {
      const rows = open.filter(({ tauS }) => tauS >= from && tauS < to);
      return [
        `deltas per second, mid 20–80c, ${from}–${to} s to close`,
        mean(rows.map((row) => row.deltas)),
      ];
    }),
    [
      "deltas per second, mid under 3c or over 97c",
      mean(samples.filter(isDecided).map((row) => row.deltas)),
    ],
  ];
}

const BANDS = [
  [0, 500],
  [500, 1000],
  [1000, 3500],
  [3500, 6500],
] as const;

function spreads(samples: readonly Sample[]): Entry[] {
  const open = samples.filter(isOpen);
  return [
    // The book has two mirror images, so a band holds both.
    ...BANDS.flatMap(([from, to]): Entry[] => {
      const rows = samples.filter(({ midCc }) => inBand(Math.min(midCc, 10_000 - midCc), from, to));
      const cents = rows.map((row) => row.spreadCc / 100);
      const name = `spread in cents, mid ${from / 100}–${to / 100}c or its mirror`;
      return [
        [`${name}, mean`, mean(cents)],
        [`${name}, median`, quantile(cents, 0.5)],
        [`${name}, p90`, quantile(cents, 0.9)],
      ];
    }),
    ...TAUS.slice(1).map(([from, to]): Entry => {
      const rows = open.filter(({ tauS }) => inBand(tauS, from, to));
      const cents = mean(rows.map((row) => row.spreadCc / 100));
      return [`spread in cents, mid 20–80c, ${from}–${to} s to close, mean`, cents];
    }),
  ];
}

function inBand(value: number, from: number, to: number): boolean {
  return value >= from && value < to;
}

const DEPTH_NAMES = [
  "contracts at the touch",
  "contracts 1–2 ticks behind",
  "contracts 3–5 ticks behind",
  "contracts 6–10 ticks behind",
  "contracts on a side",
];

function depths(samples: readonly Sample[]): Entry[] {
  const sides = samples.flatMap((sample) => sample.depth);
  const late = samples.filter(({ tauS }) => tauS < 300).flatMap((sample) => sample.depth);
  return [
    ...DEPTH_NAMES.flatMap((name, at): Entry[] => {
      const contracts = sides.map((side) => side[at] ?? 0);
      return [
        [`${name}, median`, quantile(contracts, 0.5)],
        [`${name}, mean`, mean(contracts)],
      ];
    }),
    [
      "contracts on a side, last 5 minutes, median",
      quantile(
        late.map((side) => side.at(-1) ?? 0),
        0.5,
      ),
    ],
    [
      "levels on a side, median",
      quantile(
        samples.flatMap((sample) => [...sample.levels]),
        0.5,
      ),
    ],
  ];
}

function shapes(markets: readonly MarketWatch[]): Entry[] {
  const sizes = markets.flatMap((market) => market.sizes);
  const added = sizes.filter((size) => size > 0);
  const [p10 = 0, p50 = 0, p90 = 0, p99 = 0] = quantiles(added, [0.1, 0.5, 0.9, 0.99]);
  const runs = markets.flatMap((market) => market.crossedRuns);
  return [
    ["size added, p10", p10],
    ["size added, median", p50],
    ["size added, p90", p90],
    ["size added, p99", p99],
    ["size added, mean", mean(added)],
    ["fractional sizes, share of deltas", share(sizes, (size) => !Number.isInteger(size))],
    ["moves of an order, share of deltas", sum(markets, ({ moved }) => moved) / sizes.length],
    ["deltas in the millisecond of another, share", sum(markets, (m) => m.sameMs) / sizes.length],
    ["crossed runs per 10,000 deltas", (1e4 * runs.length) / sizes.length],
    ["crossed run, longest", Math.max(0, ...runs)],
  ];
}

function sum(markets: readonly MarketWatch[], value: (market: MarketWatch) => number): number {
  return markets.reduce((total, market) => total + value(market), 0);
}

function tickers(markets: readonly MarketWatch[]): Entry[] {
  const gaps: number[] = [];
  const traded: number[] = [];
  const last: number[] = [];
  let [volume, seconds] = [0, 0];
  for (const market of markets) {
    for (const [at, ticker] of market.tickers.entries()) {
      const before = market.tickers[at - 1];
      if (before === undefined || ticker.atMs > market.closeMs) continue;
      const contracts = (ticker.volumeCq - before.volumeCq) / 100;
      gaps.push(ticker.atMs - before.atMs);
      traded.push(contracts);
      if (contracts > 0) last.push(ticker.lastTradeCq / 100);
      volume += contracts;
      seconds += (ticker.atMs - before.atMs) / 1000;
    }
  }
  const [p5 = 0, p50 = 0, p95 = 0] = quantiles(gaps, [0.05, 0.5, 0.95]);
  return [
    ["ticker interval in ms, p5", p5],
    ["ticker interval in ms, median", p50],
    ["ticker interval in ms, p95", p95],
    ["contracts traded per second", volume / seconds],
    ["tickers that report trades, share", share(traded, (contracts) => contracts > 0)],
    ["last trade, contracts, median", quantile(last, 0.5)],
    ["last trade, contracts, p90", quantile(last, 0.9)],
    ["last trade, contracts, mean", mean(last)],
    ["last trade, share that is fractional", share(last, (size) => !Number.isInteger(size))],
  ];
}

function closes(markets: readonly MarketWatch[]): Entry[] {
  const bursts = markets
    .map((market) => market.burst)
    .filter((burst) => burst.emptySnapshotsMs.length > 0);
  const full = bursts.filter((burst) => burst.deltas > 20);
  return [
    ["closes watched", bursts.length],
    ["closes with a burst of cancels, share", full.length / bursts.length],
    [
      "burst at the close, deltas, median",
      quantile(
        full.map((burst) => burst.deltas),
        0.5,
      ),
    ],
    ["last delta after the close, ms, max", Math.max(...bursts.map((burst) => burst.lastMs))],
    [
      "first empty snapshot after the close, ms, median",
      quantile(
        bursts.map((burst) => burst.emptySnapshotsMs[0] ?? 0),
        0.5,
      ),
    ],
    ["empty snapshots per close", mean(bursts.map((burst) => burst.emptySnapshotsMs.length))],
  ];
}

function moves(samples: readonly Sample[]): Entry[] {
  const rows = samples.filter((row) => row.isTwoSided && isOpen(row) && row.tauS >= 120);
  const known = rows.filter((row) => !Number.isNaN(row.midChangeCc));
  const tail = samples.filter((row) => isTail(row) && !Number.isNaN(row.midChangeCc));
  return [
    [
      "change of the mid in a second, cents, standard deviation, mid 20–80c",
      deviation(known.map((row) => row.midChangeCc / 100)),
    ],
    [
      "change of the mid in a second, cents, standard deviation, mid under 10c or over 90c",
      deviation(tail.map((row) => row.midChangeCc / 100)),
    ],
  ];
}

const GRID_MS = 100;
const CHANGE = 5;
const LAG_FROM = -15;
const LAG_TO = 30;
const SPOT_AGE_MAX_MS = 3000;

/** Where half-second changes of the mid correlate best with those of the Coinbase price, mean over the markets. */
function lag({ markets, spot }: Measured): Entry[] {
  const sums = new Map<number, number[]>();
  for (const market of markets) {
    const first = market.mids[0];
    const last = market.mids.at(-1);
    if (first === undefined || last === undefined) continue;
    const times: number[] = [];
    for (let ms = Math.ceil(first.atMs); ms < last.atMs; ms += GRID_MS) times.push(ms);
    const mids = changes(onGrid(market.mids, times, (each) => each.midCc, Infinity));
    const prices = changes(onGrid(spot, times, (each) => each.price, SPOT_AGE_MAX_MS));
    if (prices.filter((price) => !Number.isNaN(price)).length < 600) continue;
    for (let steps = LAG_FROM; steps <= LAG_TO; steps++) {
      const shifted = steps >= 0 ? mids.slice(steps) : mids.slice(0, steps);
      const ahead = steps >= 0 ? prices : prices.slice(-steps);
      sums.set(steps, [...(sums.get(steps) ?? []), correlation(shifted, ahead)]);
    }
  }
  const means = [...sums].map(([steps, each]): Entry => [`${steps}`, mean(each)]);
  const best = means.reduce((a, b) => (b[1] > a[1] ? b : a), ["NaN", -1]);
  const at = (ms: number): number => new Map(means).get(`${ms / GRID_MS}`) ?? Number.NaN;
  return [
    ["quote lag behind Coinbase in ms", Number(best[0]) * GRID_MS],
    ["correlation at that lag", best[1]],
    ["correlation 500 ms later", at(Number(best[0]) * GRID_MS + 500)],
    ["correlation 1000 ms later", at(Number(best[0]) * GRID_MS + 1000)],
  ];
}

function onGrid<T extends { readonly atMs: number }>(
  rows: readonly T[],
  times: readonly number[],
  value: (row: T) => number,
  ageMax: number,
): number[] {
  const out: number[] = [];
  let next = lowerBound(rows, times[0] ?? 0);
  for (const ms of times) {
    while (next < rows.length && (rows[next]?.atMs ?? 0) <= ms) next++;
    const row = rows[next - 1];
    out.push(row === undefined || ms - row.atMs > ageMax ? Number.NaN : value(row));
  }
  return out;
}

function lowerBound(rows: readonly { readonly atMs: number }[], ms: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.atMs ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function changes(values: readonly number[]): number[] {
  return values.slice(CHANGE).map((value, at) => value - (values[at] ?? Number.NaN));
}

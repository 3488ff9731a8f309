// The model's arithmetic, one thing a process: `sigma NAME` is the volatility of the product with that estimator, `exp` a
// bare Math.exp, which is the yardstick of the machine. Each answers `count` repetitions with the CPU time of one (the wall
// says how busy the others are) and a sum.
import type { Market } from "../../../src/core/market.ts";
import { boundsOf } from "../../../src/core/prob/bounds.ts";
import { chancesOf, probOf, probYes } from "../../../src/core/prob/market-prob.ts";
import { type ModelInputs, outlookOf } from "../../../src/core/prob/outlook.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { createVolEstimator } from "../../../src/core/vol/estimator.ts";
import {
  VOL_ESTIMATORS,
  type VolEstimatorName,
} from "../../../src/core/vol/estimators/registry.ts";
import { numberAt, textAt } from "../child.ts";
import { marketOf } from "../path-world.ts";
import { serve, timed } from "../serve.ts";

const [who = "", name = ""] = process.argv.slice(2);

const GRID_S = 5;
const HORIZON_S = 900;
/** A power of two, so that going round is a mask. */
const PRICES = 8192;
const START_MS = 1_700_000_000_001;

const MARKET: Market = marketOf("KXBTC-26JUL0921-B62050", 62_000);
const INPUTS: ModelInputs = {
  spotUsd: 62_010,
  sigma: 0.55e-4,
  tauS: 1_800,
  basisMean: 1.3e-4,
  basisSd: 0.5e-4,
  known: null,
  shape: "student",
  nu: 4,
};

const BRACKETS = 186;
const LOWEST_USD = 52_200;

/** What a process can do, by its first argument; each makes the work of `count` repetitions. */
const SUBJECTS: Readonly<Record<string, (request: Request) => (count: number) => number>> = {
  exp: () => prepareExp(),
  sigma: (request) => prepareSigma(textAt(request, "every")),
  threshold: () => prepareThreshold(),
  ladder: () => prepareLadder(name === "interval"),
};

type Request = Readonly<Record<string, unknown>>;

const prepare = SUBJECTS[who];
if (prepare === undefined) throw new Error(`there is no subject '${who}'`);

await serve(async (request) => {
  const count = numberAt(request, "count");
  const run = prepare(request);
  let sum = 0;
  const { cpuMs } = await timed(() => {
    sum = run(count);
  });
  return { ns: (1e6 * cpuMs) / count, sum };
});

function prepareExp(): (count: number) => number {
  const rng = mulberry32(1);
  const xs = Float64Array.from({ length: PRICES }, () => -rng.next());
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.exp(xs[i % PRICES] ?? 0);
    return sum;
  };
}

/**
 * A price and the volatility after it, each time. `grid`: every price completes a return, the most that an update can
 * cost. `tick`: prices are 50 ms apart, as a feed sends them, and one in a hundred completes one.
 */
function prepareSigma(every: string): (count: number) => number {
  const estimator = estimatorNamed(name);
  const vol = createVolEstimator({ gridS: GRID_S, estimator });
  const prices = roundTrip();
  const stepMs = every === "grid" ? GRID_S * 1000 : 50;
  let atMs = START_MS;
  // Two days, so that all parts and the time of day are in use.
  for (let i = 0; i < 2 * 17_280; i++)
    vol.onPrice(prices[i % PRICES] ?? 0, (atMs += GRID_S * 1000));
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      atMs += stepMs;
      vol.onPrice(prices[i % PRICES] ?? 0, atMs);
      sum += vol.sigma(HORIZON_S).sigma;
    }
    return sum;
  };
}

/** A threshold as anybody prices one: from a market and inputs, each time with another spot. */
function prepareThreshold(): (count: number) => number {
  const market = { ...MARKET, strikeType: "greater", floorUsd: 61_999.99 } as const;
  const prices = roundTrip();
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const p = probYes(market, { ...INPUTS, spotUsd: prices[i % PRICES] ?? 0 });
      if (typeof p === "string") throw new Error(p);
      sum += p;
    }
    return sum;
  };
}

/** The 188 markets of an hourly event, as the exchange lists them: 186 brackets and two tails. */
function prepareLadder(withIntervals: boolean): (count: number) => number {
  const markets = ladder();
  const prices = roundTrip();
  return (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const outlook = outlookOf({ ...INPUTS, spotUsd: prices[i % PRICES] ?? 0 });
      if (typeof outlook === "string") throw new Error(outlook);
      for (const market of markets) {
        const bounds = boundsOf(market);
        if (typeof bounds === "string") throw new Error(bounds);
        sum += withIntervals ? chancesOf(bounds, outlook).high : probOf(bounds, outlook);
      }
    }
    return sum;
  };
}

function ladder(): Market[] {
  const brackets = Array.from({ length: BRACKETS }, (_, k): Market => {
    const floorUsd = LOWEST_USD + 100 * k;
    return { ...MARKET, strikeType: "between", floorUsd, capUsd: floorUsd + 99.99 };
  });
  const top = LOWEST_USD + 100 * BRACKETS - 0.01;
  return [
    { ...MARKET, strikeType: "less", floorUsd: null, capUsd: LOWEST_USD },
    ...brackets,
    { ...MARKET, strikeType: "greater", floorUsd: top, capUsd: null },
  ];
}

function estimatorNamed(wanted: string): VolEstimatorName {
  if (!isEstimator(wanted)) throw new Error(`there is no estimator '${wanted}'`);
  return wanted;
}

function isEstimator(wanted: string): wanted is VolEstimatorName {
  return wanted in VOL_ESTIMATORS;
}

/** A walk there and back again: it can be repeated without a jump at the seam. */
function roundTrip(): Float64Array {
  const rng = mulberry32(2);
  const prices = new Float64Array(PRICES);
  let log = Math.log(60_000);
  for (let i = 0; i < PRICES / 2; i++) {
    log += 3e-4 * (rng.next() - 0.5);
    prices[i] = Math.exp(log);
    prices[PRICES - 1 - i] = Math.exp(log);
  }
  return prices;
}

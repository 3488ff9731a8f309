import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clusterMean, requiredSettlements, wilson } from "../../src/core/calibration/intervals.ts";
import {
  auc,
  brier,
  ece,
  logLoss,
  murphy,
  spiegelhalterZ,
} from "../../src/core/calibration/scores.ts";
import { evTaker } from "../../src/core/edge.ts";
import {
  createRoundingAccumulator,
  type FeeSchedule,
  feeScheduleOf,
  tradeFee,
} from "../../src/core/fees.ts";
import { bracketBounds, bracketLadder, monotoneRepair } from "../../src/core/prob/ladder.ts";
import { normCdf, normInv, normLogCdf, normSf, tCdf } from "../../src/core/prob/normal.ts";
import {
  effectiveVariance,
  probAbove,
  probAboveMerton,
  probAboveVolMixture,
} from "../../src/core/prob/settlement.ts";
import { probUpDown } from "../../src/core/prob/up-down.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import { walkBook } from "../../src/core/sim/walk.ts";
import {
  type Action,
  costOf,
  formatMoney,
  type Money,
  money,
  parseDecimal,
  parseMoney,
  price,
  qty,
} from "../../src/core/units.ts";
import { ewmaBars, ewmaTime } from "../../src/core/vol/ewma.ts";
import { harFit } from "../../src/core/vol/har.ts";
import {
  bipowerVariance,
  jumpRatioZ,
  medRV,
  minRV,
  tripowerQuarticity,
} from "../../src/core/vol/jumps.ts";
import {
  noiseVariance,
  preAveragedRV,
  realizedKernelParzen,
  twoScaleRV,
} from "../../src/core/vol/noise.ts";
import {
  annualizedToPerSecond,
  realizedVariancePerSecond,
  sampleGrid,
  tickVarianceRate,
} from "../../src/core/vol/realized.ts";
import { seasonalIntegral } from "../../src/core/vol/seasonal.ts";

// The reference vectors through the product's own functions. The whole collection lives beside the repository; an
// excerpt of up to five cases per function is committed in tests/fixtures/vectors, so that no function is untested
// without it. Most functions take the vector's input as it is; the adapters below only translate units and shapes.

interface VectorCase {
  readonly id: string;
  readonly fn: string;
  readonly input: Record<string, unknown>;
  readonly expected: unknown;
  readonly tol: { readonly abs: number; readonly rel: number };
}

// A vector's input is unchecked JSON; a wrong shape shows as a wrong number.
type VectorFunction = (input: never) => unknown;

const FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  normCdf: ({ z }: { z: number }) => normCdf(z),
  normSf: ({ z }: { z: number }) => normSf(z),
  normLogCdf: ({ z }: { z: number }) => normLogCdf(z),
  normInv: ({ p }: { p: number }) => normInv(p),
  tCdf: ({ x, nu }: { x: number; nu: number }) => tCdf(x, nu),
  effectiveVariance,
  probAbove,
  probAboveVolMixture,
  probAboveMerton,
  probUpDown,
  bracketBounds,
  bracketLadder,
  monotoneRepair,
  sampleGrid,
  realizedVariancePerSecond,
  tickVarianceRate,
  ewmaBars: ({ lambda_: lambda, ...input }: { returns: number[]; dt: number; lambda_: number }) =>
    readings(ewmaBars({ ...input, lambda }), 1),
  ewmaTime: (input: Parameters<typeof ewmaTime>[0]) => readings(ewmaTime(input), 0),
  seasonalIntegral,
  annualizedToPerSecond,
  bipowerVariance,
  minRV,
  medRV,
  tripowerQuarticity,
  jumpRatioZ,
  twoScaleRV,
  preAveragedRV,
  realizedKernelParzen,
  noiseVariance,
  harFit: (input: Parameters<typeof harFit>[0]) => {
    const fit = harFit(input);
    return { ...fit, forecastVarLast: fit.forecast(input.X.at(-1) ?? []) };
  },
  takerFeeCents: (input: FeeInput) => feeOf(input, { tradeQuantum: 10_000 }) / 10_000,
  feeFloatTrap: (input: FeeInput) => feeOf(input, { tradeQuantum: 10_000 }) / 10_000,
  takerFeeCentiCents: (input: FeeInput) => feeOf(input) / 100,
  makerFeeCentiCents: (input: FeeInput) => feeOf(input, { isTaker: false }) / 100,
  feeAccumulator,
  evTaker,
  walkBook,
  brier,
  logLoss,
  ece,
  murphy,
  spiegelhalterZ,
  auc,
  wilson,
  clusterMean,
  requiredSettlements,
  mulberry32: ({ seed, n }: { seed: number; n: number }) => {
    const rng = mulberry32(seed);
    return Array.from({ length: n }, () => rng.next());
  },
};

/** A sequence read at its end, its start, and the places that vectors name. */
function readings(outputs: readonly (number | null)[], base: 0 | 1): Record<string, unknown> {
  const named = Object.fromEntries(outputs.map((v, i) => [`at${i + base}`, v]));
  return { ...named, last: outputs.at(-1), first3: outputs.slice(0, 3) };
}

interface FeeInput {
  readonly price: string;
  readonly count: number | string;
  readonly multiplier?: string;
  readonly feeType?: string;
}

function scheduleFor(input: Partial<FeeInput>, tradeQuantum = 100, align = 100): FeeSchedule {
  const schedule = feeScheduleOf({
    feeType: input.feeType ?? "quadratic",
    multiplierBps: parseDecimal(input.multiplier ?? "1", 4),
    tradeQuantum: money(tradeQuantum),
    align: money(align),
  });
  if (schedule === undefined) throw new Error(`unknown fee type ${input.feeType}`);
  return schedule;
}

function feeOf(
  input: FeeInput,
  { tradeQuantum = 100, isTaker = true }: { tradeQuantum?: number; isTaker?: boolean } = {},
): number {
  return tradeFee(price(parseDecimal(input.price, 4)), qty(parseDecimal(String(input.count), 2)), {
    schedule: scheduleFor(input, tradeQuantum),
    isTaker,
  });
}

interface FeeFillInput extends FeeInput {
  readonly action: Action;
  readonly tradeFee?: string;
}

/** The published examples give the trade fee; where they do not, it is the product's own. */
function feeAccumulator(input: { precision: string; fills: readonly FeeFillInput[] }): unknown {
  const schedule = scheduleFor({}, 100, parseDecimal(input.precision, 6));
  const rounding = createRoundingAccumulator(schedule);
  return input.fills.map((fill) => {
    const at = price(parseDecimal(fill.price, 4));
    const size = qty(parseDecimal(String(fill.count), 2));
    const trade =
      fill.tradeFee === undefined
        ? tradeFee(at, size, { schedule, isTaker: true })
        : (parseMoney(fill.tradeFee) as Money);
    const cost = costOf(at, size);
    const parts = rounding.add(money(fill.action === "buy" ? 0 - cost : cost), trade);
    return {
      tradeFee: formatMoney(parts.trade),
      roundingFee: formatMoney(parts.rounding),
      accumulator: formatMoney(parts.accumulator),
      rebate: formatMoney(parts.rebate),
      netFee: formatMoney(parts.net),
      balanceChange: formatMoney(parts.balanceChange),
    };
  });
}

/** Paths at which the answer leaves the tolerance; more fields than expected are fine. */
function differences(got: unknown, expected: unknown, tol: VectorCase["tol"], at = "$"): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(got) || got.length !== expected.length) return [`${at}: other length`];
    return expected.flatMap((e, i) => differences(got[i], e, tol, `${at}[${i}]`));
  }
  if (typeof expected === "object" && expected !== null) {
    const fields = (got ?? {}) as Record<string, unknown>;
    return Object.entries(expected).flatMap(([key, e]) =>
      differences(fields[key], e, tol, `${at}.${key}`),
    );
  }
  return isClose(got, expected, tol)
    ? []
    : [`${at}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`];
}

/** Null stands for NaN too, numeric strings are decimals, and a bare number meets the field `p` of an object. */
function isClose(got: unknown, expected: unknown, tol: VectorCase["tol"]): boolean {
  if (expected === null) return got === null || Number.isNaN(got);
  if (typeof expected === "boolean") return got === expected;
  const value = Number(typeof got === "object" && got !== null && "p" in got ? got.p : got);
  const wanted = Number(expected);
  return Math.abs(value - wanted) <= tol.abs + tol.rel * Math.abs(wanted);
}

function casesIn(folder: URL): Map<string, VectorCase[]> {
  const byFunction = new Map<string, VectorCase[]>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()) {
    const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
      cases: VectorCase[];
    };
    for (const one of cases) {
      if (one.fn in FUNCTIONS) byFunction.set(one.fn, [...(byFunction.get(one.fn) ?? []), one]);
    }
  }
  return byFunction;
}

function checkAll(folder: URL): void {
  const byFunction = casesIn(folder);
  test.each([...byFunction])("%s", (name, cases) => {
    const run = FUNCTIONS[name] as (input: unknown) => unknown;
    const failed = cases.flatMap((one) =>
      differences(run(one.input), one.expected, one.tol).map((text) => `${one.id} ${text}`),
    );
    expect(failed).toEqual([]);
  });
  test("no function is without a case", () => {
    expect([...byFunction.keys()].toSorted()).toEqual(Object.keys(FUNCTIONS).toSorted());
  });
}

const excerpt = new URL("../fixtures/vectors/", import.meta.url);
describe("excerpt of the reference vectors", () => checkAll(excerpt));

const whole = new URL("../../../shared/reference/vectors/", import.meta.url);
if (existsSync(whole)) {
  describe("reference vectors", () => checkAll(whole));
} else {
  describe("reference vectors", () => {
    test.skip("NOT RUN: ../shared/reference/vectors is absent, only the excerpt was checked", () => {});
  });
}

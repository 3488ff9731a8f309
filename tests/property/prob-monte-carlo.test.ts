import { describe, expect, test } from "vitest";
import { probYes } from "../../src/core/prob/market-prob.ts";
import type { ModelInputs } from "../../src/core/prob/outlook.ts";
import { upDownChances } from "../../src/core/prob/unpublished.ts";
import { mulberry32, type Rng } from "../../src/core/rng.ts";
import { aMarket } from "../support/builders.ts";

// The same process as the model's, simulated: spot without drift, values once a second, the market settling on the mean
// of the last sixty, all of them off by one common basis error. Fixed seeds, so a pass today is a pass tomorrow.

const PATHS = 20_000;
const SCENARIOS = 20;

function normals(rng: Rng): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
    const angle = 2 * Math.PI * rng.next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

interface Scenario {
  readonly spotUsd: number;
  readonly sigma: number;
  readonly tauS: number;
  readonly basisSd: number;
  /** Values of the averaging minute that are known; 0 before it. */
  readonly knownCount: number;
  readonly knownSumUsd: number;
}

function scenario(rng: Rng, isInside: boolean): Scenario {
  const between = (low: number, high: number): number => low + (high - low) * rng.next();
  const spotUsd = between(50, 100_000);
  const sigma = between(0.3e-4, 3e-4);
  const knownCount = isInside ? 1 + Math.floor(between(0, 55)) : 0;
  return {
    spotUsd,
    sigma,
    tauS: isInside ? 60 - knownCount : 60 + Math.floor(between(0, 1_800)),
    basisSd: between(0, 2e-4),
    knownCount,
    knownSumUsd: knownCount * spotUsd * (1 + between(-2, 2) * sigma * 4),
  };
}

/** One settlement average; the basis error multiplies what is still to come. */
function settle(given: Scenario, normal: () => number): number {
  const { knownCount, knownSumUsd, sigma, tauS } = given;
  const open = 60 - knownCount;
  let spot = given.spotUsd;
  const step = (seconds: number): void => {
    spot *= Math.exp(sigma * Math.sqrt(seconds) * normal() - (sigma * sigma * seconds) / 2);
  };
  let sum = 0;
  for (let j = 0; j < open; j++) {
    step(j === 0 ? tauS - (open - 1) : 1);
    sum += spot;
  }
  return (knownSumUsd + sum * (1 + given.basisSd * normal())) / 60;
}

function inputsOf(given: Scenario): ModelInputs {
  const { basisSd, knownCount, knownSumUsd, sigma, spotUsd, tauS } = given;
  return {
    spotUsd,
    sigma,
    tauS,
    basisMean: 0,
    basisSd,
    known: knownCount === 0 ? null : { count: knownCount, sumUsd: knownSumUsd, source: "index" },
    shape: "normal",
    nu: 4,
  };
}

/** Standard errors that the share of simulated successes lies from p; a rule-of-three bound where all or none succeed. */
function distance(hits: number, p: number): number {
  const error = Math.sqrt(Math.max(p * (1 - p), 3 / PATHS) / PATHS);
  return Math.abs(hits / PATHS - p) / error;
}

function number(p: number | string): number {
  return typeof p === "string" ? Number.NaN : p;
}

describe.each([
  ["before the averaging minute", false],
  ["inside the averaging minute", true],
])("%s the model agrees with a simulation", (name, isInside) => {
  test.each(Array.from({ length: SCENARIOS }, (_, seed) => seed))("scenario %d", (seed) => {
    const rng = mulberry32(1000 + seed + (isInside ? 500 : 0));
    const normal = normals(rng);
    const given = scenario(rng, isInside);
    const inputs = inputsOf(given);
    const sd = given.spotUsd * given.sigma * Math.sqrt(isInside ? 4 : given.tauS);
    const strikes = [-1.5, -0.3, 0.4, 1.2].map((z) => given.spotUsd + z * sd);
    const hits = strikes.map(() => 0);
    for (let path = 0; path < PATHS; path++) {
      const average = settle(given, normal);
      strikes.forEach((strike, i) => {
        if (average >= strike) hits[i] = (hits[i] ?? 0) + 1;
      });
    }
    strikes.forEach((strike, i) => {
      const market = aMarket({ strikeType: "greater_or_equal", floorUsd: strike });
      const p = number(probYes(market, inputs));
      expect(distance(hits[i] ?? 0, p), `${name}, strike ${i}, p ${p}`).toBeLessThan(3);
    });
  });
});

describe("an up/down market whose strike is not out agrees with a simulation", () => {
  test.each(Array.from({ length: 10 }, (_, seed) => seed))("scenario %d", (seed) => {
    const rng = mulberry32(2000 + seed);
    const normal = normals(rng);
    const spotUsd = 80_000;
    const sigma = 0.3e-4 + 2e-4 * rng.next();
    // From 45 seconds before the open to ten after it, with a few values of the reference minute in flight.
    const toOpenS = Math.floor(55 * rng.next()) - 10;
    const known = Math.max(0, Math.min(60, 60 - toOpenS) - (toOpenS > 0 ? 0 : 2));
    const overdue = toOpenS > 0 ? 0 : 60 - known;
    const refSum = known * spotUsd * (1 + (rng.next() - 0.5) * sigma * 20);
    const basisSd = 1e-4 * rng.next();
    const chances = upDownChances({
      spotUsd,
      sigma,
      tauS: 900 + toOpenS,
      windowS: 900,
      basisMean: 0,
      basisSd,
      known: null,
      reference: { count: known, sumUsd: refSum, source: "index" },
      shape: "normal",
      nu: 4,
    });
    if (typeof chances === "string") throw new Error(chances);
    let ups = 0;
    for (let path = 0; path < PATHS; path++) {
      let spot = spotUsd;
      const step = (seconds: number): void => {
        spot *= Math.exp(sigma * Math.sqrt(seconds) * normal() - (sigma * sigma * seconds) / 2);
      };
      let reference = refSum + overdue * spot;
      for (let j = known + overdue; j < 60; j++) {
        step(j === known ? toOpenS - (59 - known) : 1);
        reference += spot;
      }
      step(840 + Math.min(0, toOpenS));
      let sum = 0;
      for (let j = 0; j < 60; j++) {
        step(1);
        sum += spot;
      }
      if (sum * (1 + basisSd * normal()) >= reference) ups++;
    }
    expect(distance(ups, chances.p), `to the open ${toOpenS}, p ${chances.p}`).toBeLessThan(3);
    expect(chances.low).toBeLessThanOrEqual(chances.p);
    expect(chances.high).toBeGreaterThanOrEqual(chances.p);
  });
});

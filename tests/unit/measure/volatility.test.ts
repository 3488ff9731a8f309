import { expect, test } from "vitest";
import { type Forecasts, forecastSeries } from "../../../scripts/measure/vol-loss.ts";
import { scores } from "../../../scripts/measure/vol-score.ts";
import type { Series } from "../../../scripts/measure/vol-series.ts";
import { simulatedTicks } from "../../support/price-paths.ts";

/** A Wednesday, 00:00 UTC. */
const START_MS = Date.UTC(2026, 6, 22);
const SIGMA = 0.6e-4;

const NOTHING: Forecasts = {
  horizonS: 0,
  block: [],
  realised: [],
  logReturn: [],
  forecast: new Map(),
};

function minutes(hours: number): Series {
  const timesMs: number[] = [];
  const prices: number[] = [];
  let nextMs = START_MS;
  for (const { atMs, price } of simulatedTicks({
    seed: 2,
    fromMs: START_MS,
    hours,
    sigma: SIGMA,
  })) {
    for (; nextMs <= atMs; nextMs += 60_000) {
      timesMs.push(nextMs);
      prices.push(price);
    }
  }
  return {
    name: "simulated",
    asset: "BTC",
    kind: "minutes",
    isPooled: true,
    gridS: 60,
    timesMs,
    prices,
  };
}

test("a diffusion's forecasts have the right size, and the longer memory the smaller loss", () => {
  const [five = NOTHING, , hour = NOTHING] = forecastSeries(minutes(240), [
    { name: "day", options: { estimator: "realised", windowS: 86_400, diurnal: "off" } },
    { name: "quarter", options: { estimator: "realised", windowS: 900, diurnal: "off" } },
  ]);
  // Nine days behind the warm-up, 288 windows a day; the last ones have no outcome.
  expect(five.block.length).toBeGreaterThan(2_580);
  expect(new Set(five.block).size).toBe(9);
  expect(five.realised.every((variance) => variance > 0)).toBe(true);
  const [day, quarter] = scores([five]);
  expect(day?.sdZ).toBeCloseTo(1, 1);
  expect(day?.lead).toBe(0);
  expect(quarter?.lead).toBeGreaterThan(5 * (quarter?.leadSe ?? 1));
  // A normal variable is beyond 0.75 in 22.7 % on each side, where t4 has 17.4 %.
  expect(day?.tailCents).toBeGreaterThan(4);
  expect(day?.tailCents).toBeLessThan(7);
  // Sixty squares: the outcome itself is a ninth off, and so is the forecast's median error.
  expect(scores([hour])[0]?.medianErrorPct).toBeLessThan(10);
});

test("the loss is smallest for the true variance", () => {
  const realised = [1e-6, 4e-6, 9e-6];
  const of = (factor: number): number[] => realised.map((variance) => variance * factor);
  const [right, low, high] = scores([
    {
      horizonS: 300,
      block: ["a", "b", "c"],
      realised,
      logReturn: [1e-3, -2e-3, 3e-3],
      forecast: new Map([
        ["right", of(1)],
        ["low", of(0.5)],
        ["high", of(2)],
      ]),
    },
  ]);
  expect(right?.qlike).toBeCloseTo(0, 12);
  expect(right?.sdZ).toBeCloseTo(1, 12);
  expect(low?.qlike).toBeCloseTo(2 - Math.log(2) - 1, 12);
  expect(high?.qlike).toBeCloseTo(0.5 + Math.log(2) - 1, 12);
  expect(right?.t4).toMatchObject({ mean: 0, se: 0 });
  // Of z² = 1: t4 and t5 of unit variance at one s.d.
  const t4 = Math.log(0.375 * Math.SQRT2 * 1.5 ** -2.5);
  const t5 = Math.log((8 / (3 * Math.PI * Math.sqrt(3))) * (4 / 3) ** -3);
  expect(right?.t5.mean).toBeCloseTo(1000 * (t5 - t4), 6);
  const twice = Math.log(0.375 * Math.SQRT2 * 2 ** -2.5) - Math.log(0.5) / 2;
  expect(low?.t4.mean).toBeCloseTo(1000 * (twice - t4), 6);
  expect(low?.medianErrorPct).toBeCloseTo(50 * Math.log(2), 9);
});

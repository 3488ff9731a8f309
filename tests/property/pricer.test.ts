import fc from "fast-check";
import { expect, test } from "vitest";
import { AssetState } from "../../src/core/asset-state.ts";
import { type Market, underlyingOf } from "../../src/core/market.ts";
import { Pricer } from "../../src/core/pricer.ts";
import { mulberry32 } from "../../src/core/rng.ts";
import { aMarket, STUDENT } from "../support/builders.ts";

// One event through its last minutes, with a spot feed and an index that fall silent, repeat themselves and come back.

const OPEN = Date.UTC(2026, 10, 2, 14);
const FLOORS = [99_800, 99_900, 99_950, 100_000, 100_050, 100_100, 100_200];

/** Thresholds, the same from below, and the brackets between them with both tails. */
function ladder(closeMs: number): Record<"above" | "below" | "whole", readonly Market[]> {
  const base = { openMs: OPEN, closeMs };
  const of = (strikeType: Market["strikeType"], floorUsd: number | null, capUsd: number | null) =>
    aMarket({ ...base, strikeType, floorUsd, capUsd });
  const first = FLOORS[0] ?? 0;
  return {
    above: FLOORS.map((floor) => of("greater", floor - 0.01, null)),
    below: FLOORS.map((floor) => of("less_or_equal", null, floor - 0.01)),
    whole: [
      of("less", null, first),
      ...FLOORS.slice(1).map((cap, i) => of("between", FLOORS[i] ?? 0, cap - 0.01)),
      of("greater_or_equal", FLOORS.at(-1) ?? 0, null),
    ],
  };
}

interface Outage {
  readonly from: number;
  readonly length: number;
}

const outage = fc.record({
  from: fc.integer({ min: 700, max: 900 }),
  length: fc.integer({ min: 0, max: 60 }),
});

const isOut = ({ from, length }: Outage, second: number): boolean =>
  second >= from && second < from + length;

function check(pricer: Pricer, asset: AssetState, nowMs: number, closeMs: number): boolean {
  const { above, below, whole } = ladder(closeMs);
  const price = (market: Market) => pricer.price(market, asset, nowMs, STUDENT.law);
  const all = [...above, ...below, ...whole].map(price);
  // One look, one reason, and a number exactly where there is none.
  expect(new Set(all.map(({ problem }) => problem)).size).toBe(1);
  for (const { chances, problem } of all) {
    expect(chances === null).toBe(problem !== null);
    if (chances === null) continue;
    const { high, low, p } = chances;
    expect(low >= 0 && low <= p && p <= high && high <= 1).toBe(true);
  }
  const p = (market: Market): number => price(market).chances?.p ?? Number.NaN;
  const chancesAbove = above.map(p);
  if (chancesAbove.some(Number.isNaN)) return false;
  for (const [i, chance] of chancesAbove.entries()) {
    expect(chance).toBeLessThanOrEqual(chancesAbove[i - 1] ?? 1);
  }
  for (const [i, market] of below.entries()) {
    expect(Math.abs(p(market) + (chancesAbove[i] ?? 0) - 1)).toBeLessThan(1e-12);
  }
  expect(Math.abs(whole.reduce((sum, market) => sum + p(market), 0) - 1)).toBeLessThan(1e-12);
  return true;
}

test("through outages and an early close, an event is priced as one or not at all", () => {
  let priced = 0;
  const scenario = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    spot: outage,
    index: fc.option(outage),
    repeats: fc.integer({ min: 1, max: 3 }),
    closeS: fc.constantFrom(900, 850, 3_600),
  });
  fc.assert(
    fc.property(scenario, ({ seed, spot, index, repeats, closeS }) => {
      const underlying = underlyingOf("KXBTCD");
      if (underlying === undefined) throw new Error("no underlying");
      const asset = new AssetState(underlying, { basisSd: 1e-4, vol: { gridS: 5 } });
      const pricer = new Pricer(10_000);
      const rng = mulberry32(seed);
      let priceUsd = 100_000;
      for (let second = 600; second < 900; second++) {
        const atMs = OPEN + second * 1000;
        priceUsd *= Math.exp((rng.next() - 0.5) * 2e-4);
        const event = {
          type: "spot",
          source: "coinbase",
          product: "BTC-USD",
          kind: "trade",
        } as const;
        const tick = { ...event, priceUsd, bidUsd: null, askUsd: null, size: null, tradeId: null };
        for (let n = 0; n < repeats && !isOut(spot, second); n++) {
          asset.onSpot({ ...tick, exchangeMs: atMs, recvMs: atMs }, 0);
        }
        asset.onSecond(atMs);
        const prints = index === null || isOut(index, second) ? 0 : repeats;
        for (let n = 0; n < prints; n++) {
          asset.onIndex(priceUsd + 13, atMs, atMs + 40);
        }
        // The close is brought forward while the market runs.
        const closeMs = OPEN + (second < 800 ? 900 : closeS) * 1000;
        if (second % 3 === 0 && atMs + 500 <= closeMs) {
          if (check(pricer, asset, atMs + 500, closeMs)) priced++;
        }
      }
    }),
    { numRuns: 25 },
  );
  expect(priced).toBeGreaterThan(500);
});

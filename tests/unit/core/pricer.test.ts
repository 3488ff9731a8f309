import { describe, expect, test } from "vitest";
import { AssetState } from "../../../src/core/asset-state.ts";
import type { SpotTick } from "../../../src/core/events.ts";
import { underlyingOf } from "../../../src/core/market.ts";
import { Pricer } from "../../../src/core/pricer.ts";
import { aMarket, STUDENT } from "../../support/builders.ts";

const OPEN = Date.UTC(2026, 10, 2, 14);
const CLOSE = OPEN + 900_000;
const MARKET = aMarket({ openMs: OPEN, closeMs: CLOSE });
const UNPUBLISHED = { ...MARKET, floorUsd: null };
const { law } = STUDENT;

function spotAt(priceUsd: number, recvMs: number): SpotTick {
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "quote",
    priceUsd,
    bidUsd: priceUsd - 0.01,
    askUsd: priceUsd + 0.01,
    size: null,
    tradeId: null,
    exchangeMs: recvMs,
    recvMs,
  };
}

/** Spot every second from `fromS` to `toS` seconds after the open, restless enough for a volatility. */
function watched(fromS: number, toS: number): AssetState {
  const underlying = underlyingOf("KXBTC15M");
  if (underlying === undefined) throw new Error("no underlying");
  const asset = new AssetState(underlying, { basisSd: 1e-4, vol: { gridS: 5 } });
  for (let second = fromS; second <= toS; second++) {
    const atMs = OPEN + second * 1000;
    asset.onSpot(spotAt(100_000 + 20 * Math.sin(second), atMs), 0);
    asset.onSecond(atMs);
  }
  return asset;
}

function priced(asset: AssetState, market = MARKET, atS = 10, staleMs = 10_000) {
  return new Pricer(staleMs).price(market, asset, OPEN + atS * 1000, law);
}

describe("a strike that is not published", () => {
  test("is the average of the minute before the open, when that was watched", () => {
    const asset = watched(-200, 10);
    const { chances, problem, reference } = priced(asset, UNPUBLISHED);
    expect(problem).toBeNull();
    expect(reference).toMatchObject({ count: 60, source: "proxy" });
    const average = (reference?.sumUsd ?? 0) / 60;
    const published = priced(asset, { ...MARKET, floorUsd: average });
    // The basis is common to both averages, so that the unpublished one is the surer.
    expect(Math.abs((chances?.p ?? 0) - (published.chances?.p ?? 1))).toBeLessThan(0.02);
  });

  test("has no price when that minute was not watched", () => {
    const { chances, problem, reference } = priced(watched(-20, 140), UNPUBLISHED, 140);
    expect({ chances, problem, reference }).toEqual({
      chances: null,
      problem: "strike_tbd",
      reference: null,
    });
  });

  test("has none either where the strike is not an average", () => {
    const ladder = { ...UNPUBLISHED, strikeType: "greater" } as const;
    expect(priced(watched(-200, 10), ladder).problem).toBe("strike_tbd");
  });

  test("and neither inside the next averaging minute", () => {
    expect(priced(watched(-200, 850), UNPUBLISHED, 850).problem).toBe("strike_tbd");
  });
});

describe("a reason instead of a number", () => {
  test.each([
    ["nothing seen yet", watched(1, 0), MARKET, "no_spot"],
    ["too little seen for a volatility", watched(-20, 10), MARKET, "no_sigma"],
    ["spot silent", watched(-200, -10), MARKET, "spot_stale"],
    ["a kind of strike nobody knows", watched(-200, 10), unknown(), "strike_invalid"],
  ])("%s", (_, asset, market, reason) => {
    expect(priced(asset, market)).toMatchObject({ chances: null, problem: reason });
  });

  test("the index silent in the averaging minute, and spot with it", () => {
    const asset = watched(-200, 830);
    // Spot came back a second ago; what the average has collected since it began is unknown.
    asset.onSpot(spotAt(100_000, OPEN + 879_000), 0);
    expect(priced(asset, MARKET, 880)).toMatchObject({ chances: null, problem: "index_stale" });
  });

  test("a price that does not move has no volatility to believe in", () => {
    const asset = watched(-1, -1);
    for (let second = 0; second <= 200; second++) {
      asset.onSpot(spotAt(100_000, OPEN + second * 1000), 0);
    }
    expect(priced(asset, MARKET, 200)).toMatchObject({ chances: null, problem: "sigma_floor" });
  });
});

function unknown() {
  return { ...MARKET, strikeType: "unknown" } as const;
}

test("the strikes of one event share one look, and a new fact makes another", () => {
  const asset = watched(-200, 10);
  const pricer = new Pricer(10_000);
  const nowMs = OPEN + 10_000;
  const first = pricer.price(MARKET, asset, nowMs, law);
  const second = pricer.price({ ...MARKET, floorUsd: 100_050 }, asset, nowMs, law);
  expect(second.chances?.p).toBeLessThan(first.chances?.p ?? 0);
  asset.onSpot(spotAt(100_500, nowMs), 0);
  const third = pricer.price(MARKET, asset, nowMs, law);
  expect(third.spotUsd).toBe(100_500);
  expect(third.chances?.p).toBeGreaterThan(first.chances?.p ?? 1);
});

test("the index published, its values decide the averaging minute", () => {
  const asset = watched(-200, 870);
  for (let second = 780; second <= 870; second++) {
    const atMs = OPEN + second * 1000;
    asset.onIndex(100_030, atMs, atMs + 20);
  }
  const { known } = priced(asset, MARKET, 870);
  expect(known).toEqual({ count: 30, sumUsd: 30 * 100_030, source: "index" });
});

/** Index and spot each second, the index rising by a dollar a second. */
function withIndex(lastPrintOffsetMs: number): AssetState {
  const underlying = underlyingOf("KXBTC15M");
  if (underlying === undefined) throw new Error("no underlying");
  const asset = new AssetState(underlying, {
    basisSd: 1e-4,
    vol: { gridS: 5 },
    lastPrintOffsetMs,
  });
  for (let second = -200; second <= 900; second++) {
    const atMs = OPEN + second * 1000;
    asset.onSpot(spotAt(100_000 + 20 * Math.sin(second), atMs), 0);
    asset.onSecond(atMs);
    asset.onIndex(100_000 + second, atMs, atMs);
  }
  return asset;
}

describe("a last print that does not come at the close", () => {
  test.each([
    [0, 59, 841],
    [-1_000, 60, 840],
    [1_000, 58, 842],
  ])("%d ms after it", (offsetMs, count, firstS) => {
    const asset = withIndex(offsetMs);
    expect(priced(asset, MARKET, firstS - 1).known).toBeNull();
    const { known, problem } = priced(asset, MARKET, 899.5);
    const lastS = firstS + count - 1;
    const sumUsd = count * (100_000 + (firstS + lastS) / 2);
    expect({ known, problem }).toEqual({
      known: { count, sumUsd, source: "index" },
      problem: null,
    });
  });

  test("all of them known before the close, it is settled and still open", () => {
    const { chances, problem } = priced(withIndex(-1_000), { ...MARKET, floorUsd: 100_870 }, 899.5);
    expect({ p: chances?.p, problem }).toEqual({ p: 0, problem: null });
    expect(priced(withIndex(1_000), MARKET, 900.5).problem).toBe("market_closed");
  });

  test("the average before the open ends as much beside it", () => {
    const { reference } = priced(withIndex(-1_000), UNPUBLISHED, 10);
    // From 60 s to 1 s before the open.
    expect(reference?.sumUsd).toBe(60 * (100_000 - 30.5));
  });

  test("and is compared with the samples of that minute", () => {
    const asset = withIndex(-1_000);
    const silentMs = OPEN + 900_000 + 3_600_000;
    asset.onAverage(100_010, OPEN);
    const fromSamples = asset.basis.mean(silentMs);
    let sum = 0;
    for (let second = -60; second <= -1; second++) sum += 100_000 + 20 * Math.sin(second);
    expect(fromSamples).toBeCloseTo(Math.log((100_010 * 60) / sum) / 1.5, 9);
  });
});

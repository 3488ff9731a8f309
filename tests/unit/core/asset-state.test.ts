import { describe, expect, test } from "vitest";
import { AssetState } from "../../../src/core/asset-state.ts";
import type { SpotTick } from "../../../src/core/events.ts";
import { underlyingOf } from "../../../src/core/market.ts";

const START = 1_786_941_900_000;

function asset(): AssetState {
  const underlying = underlyingOf("KXBTC15M");
  if (underlying === undefined) throw new Error("KXBTC15M is a series");
  return new AssetState(underlying, { basisSd: 1e-4, vol: { gridS: 5 } });
}

function tick(kind: "quote" | "trade", priceUsd: number, recvMs: number): SpotTick {
  const quoted = kind === "quote";
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind,
    priceUsd,
    bidUsd: quoted ? priceUsd - 0.5 : null,
    askUsd: quoted ? priceUsd + 0.5 : null,
    size: quoted ? null : 0.1,
    tradeId: quoted ? null : "1",
    exchangeMs: recvMs,
    recvMs,
  };
}

describe("AssetState", () => {
  test.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])("%d is no price", (priceUsd) => {
    const state = asset();
    state.onSpot(tick("trade", 60_000, START), 0);
    expect(state.onSpot({ ...tick("trade", priceUsd, START + 10) }, 0)).toBe(false);
    const quote = { ...tick("quote", 60_000, START + 20), bidUsd: priceUsd, askUsd: priceUsd };
    expect(state.onSpot(quote, 0)).toBe(false);
    expect([state.basis.spotUsd, state.heardMs]).toEqual([60_000, START]);
    // No quote stands against the next trade.
    expect(state.onSpot(tick("trade", 60_001, START + 30), 0)).toBe(true);
  });

  test("a trade stands in while there is no quote", () => {
    const state = asset();
    expect(state.onSpot(tick("trade", 60_000, START), 300)).toBe(true);
    expect(state.basis.spotUsd).toBe(60_000);
    state.onSpot(tick("quote", 60_010, START + 10), 0);
    expect(state.onSpot(tick("trade", 60_050, START + 20), 0)).toBe(false);
    expect(state.basis.spotUsd).toBe(60_010);
  });

  test.each([
    [2_000, true],
    [2_001, false],
    [60_000, false],
  ])("a trade %d ms late is taken for a price of now: %s", (lateMs, isTaken) => {
    const state = asset();
    expect(state.onSpot(tick("trade", 60_000, START), lateMs)).toBe(isTaken);
    expect(state.basis.spotUsd).toBe(isTaken ? 60_000 : null);
  });

  test("trades fetched after an outage change neither price nor volatility", () => {
    const plain = asset();
    const filled = asset();
    for (let second = 0; second < 400; second++) {
      // A minute without quotes, as a lost connection leaves it; the trades of it arrive at its end.
      if (second >= 200 && second < 260) continue;
      const recvMs = START + second * 1000;
      const priceUsd = 60_000 + 30 * Math.sin(second / 3);
      if (second === 260) {
        for (let late = 60; late > 0; late--) {
          filled.onSpot(tick("trade", 60_000 + 900 * (late % 2), recvMs), late * 1000 + 2_000);
        }
      }
      for (const state of [plain, filled]) state.onSpot(tick("quote", priceUsd, recvMs), 0);
    }
    expect(filled.vol.sigma()).toEqual(plain.vol.sigma());
    expect(filled.vol.sigma().ready).toBe(true);
    expect(filled.basis.spotUsd).toBe(plain.basis.spotUsd);
  });

  test("a late quote is the price of when it was made, not of when it came", () => {
    const state = asset();
    state.onSpot(tick("quote", 60_000, START), 4_000);
    expect([state.heardMs, state.basis.spotMs]).toEqual([START, START - 4_000]);
    // Too old to stand for the second in which it came.
    state.basis.onSecond(START);
    expect(state.basis.knownPrints(START + 59_000, START)).toBeNull();
  });
});

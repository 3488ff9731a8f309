import { expect, test } from "vitest";
import { Engine } from "../../../src/core/engine.ts";
import type { EngineEvent, FundingRate } from "../../../src/core/events.ts";
import { hold, type MarketView } from "../../../src/core/strategy.ts";
import { aMarket } from "../../support/builders.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

// What a strategy sees of events that change no book and no price of now.

const HOUR_MS = 3_600_000;
const BASE = Date.UTC(2026, 10, 2, 14);
const NOW = BASE + 960_000;

/** The view of one BTC market after these events. */
function seenAfter(events: readonly EngineEvent[], nowMs = NOW): MarketView {
  const views: MarketView[] = [];
  const engine = new Engine(
    anEngineConfig({
      strategies: [
        {
          name: "watcher",
          evaluate(view) {
            views.push(view);
            return hold(["nothing"]);
          },
        },
      ],
    }),
  );
  const market = aMarket({ openMs: BASE + 900_000, closeMs: BASE + 1_800_000 });
  engine.step({ type: "market", market, recvMs: NOW });
  for (const event of events) engine.step(event);
  engine.step({ type: "wake", recvMs: nowMs });
  const view = views.at(-1);
  if (view === undefined) throw new Error("nobody looked at the market");
  return view;
}

const funding = (rate: number, atMs: number, isEstimate: boolean): FundingRate => ({
  type: "funding",
  source: "binance",
  product: "BTC-USDT",
  rate,
  atMs,
  isEstimate,
  recvMs: NOW,
});

const candle = (source: string, product: string, closeUsd: number): EngineEvent => ({
  type: "candle",
  source,
  product,
  openMs: BASE + 840_000,
  intervalS: 60,
  openUsd: closeUsd,
  highUsd: closeUsd,
  lowUsd: closeUsd,
  closeUsd,
  volume: 1,
  recvMs: NOW,
});

test("nobody reports a funding rate: null", () => {
  expect(seenAfter([]).funding).toBeNull();
});

test("the estimate of the running interval stands while older payments are told after it", () => {
  const running = BASE + 2 * HOUR_MS;
  const told = [
    funding(0.0002, running, true),
    funding(0.0001, running - 16 * HOUR_MS, false),
    funding(0.00015, running - 8 * HOUR_MS, false),
  ];
  expect(seenAfter(told).funding?.rate).toBe(0.0002);
  expect(seenAfter([...told, funding(0.0003, running, true)]).funding?.rate).toBe(0.0003);
});

test("another coin's rate is not this one's", () => {
  const other = { ...funding(0.0005, BASE, true), product: "SOL-USDT" };
  expect(seenAfter([other]).funding).toBeNull();
});

test("closes are those of the venue whose spot is watched", () => {
  const usd = candle("coinbase", "BTC-USD", 100_000);
  const usdt = candle("binance", "BTC-USDT", 99_900);
  expect(seenAfter([usdt], BASE + 900_500).closes(1, 1)).toBeNull();
  expect(seenAfter([usdt, usd], BASE + 900_500).closes(1, 1)).toEqual([100_000]);
});

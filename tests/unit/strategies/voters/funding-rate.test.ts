import { describe, expect, test } from "vitest";
import type { FundingRate } from "../../../../src/core/events.ts";
import { fundingRateParams } from "../../../../src/strategies/funding-rate.params.ts";
import { fundingVote } from "../../../../src/strategies/voters/funding-rate.ts";

const SETTINGS = fundingRateParams.parse({});
const HOUR_MS = 3_600_000;
const NOW = 1_000 * HOUR_MS;

const funding = (rate: number, agedHours = -3): FundingRate => ({
  type: "funding",
  source: "binance",
  product: "BTC-USDT",
  rate,
  atMs: NOW - agedHours * HOUR_MS,
  isEstimate: agedHours < 0,
  recvMs: NOW,
});

const vote = (rate: FundingRate | null) => fundingVote(rate, NOW, SETTINGS);

describe("funding-rate", () => {
  test.each([
    ["longs pay 0.03 %: too many of them", 0.0003, "down", 0.5],
    ["longs pay 0.05 %", 0.0005, "down", 1],
    ["shorts pay 0.01 %: too many of them", -0.0001, "up", 0.5],
    ["shorts pay 0.02 %", -0.0002, "up", 0.75],
  ])("%s", (_name, rate, direction, confidence) => {
    expect(vote(funding(rate)).direction).toBe(direction);
    expect(vote(funding(rate)).confidence).toBeCloseTo(confidence, 9);
  });

  test.each([
    ["no feed brings it", null, "funding_unknown"],
    ["the resting value", funding(0.0001), "funding_usual"],
    ["a little above it", funding(0.00029), "funding_usual"],
    ["nothing is paid", funding(0), "funding_usual"],
    ["longer ago than two intervals", funding(0.001, 16.1), "funding_old"],
  ])("abstains: %s", (_name, rate, why) => {
    expect(vote(rate)).toMatchObject({ direction: "none", why });
  });

  test("what was paid two intervals ago still counts", () => {
    expect(vote(funding(0.001, 16)).direction).toBe("down");
  });
});

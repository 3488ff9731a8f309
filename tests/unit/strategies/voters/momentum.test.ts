import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../../src/core/strategy.ts";
import { momentumVote, momentumVoter } from "../../../../src/strategies/voters/momentum.ts";
import { aView } from "../../../support/market-view.ts";

/** One s.d. over three candles of a quarter of an hour is this share of the price. */
const SIGMA = 1e-4;
const SD = SIGMA * Math.sqrt(3 * 900);

function closesOf(...steps: readonly number[]): number[] {
  const closes = [100_000];
  for (const step of steps) closes.push((closes.at(-1) ?? 0) * Math.exp(step));
  return closes;
}

const vote = (...steps: readonly number[]) =>
  momentumVote({ closes: closesOf(...steps), candleMinutes: 15, sigma: SIGMA });

describe("momentum", () => {
  test.each([
    ["three rises are continued", [SD / 3, SD / 3, SD / 3], "up", 0.5],
    ["three falls are continued", [-SD / 3, -SD / 3, -SD / 3], "down", 0.5],
    ["two s.d. are sure", [SD, SD / 2, SD / 2], "up", 1],
    ["and more than that no surer", [2 * SD, SD, SD], "up", 1],
    ["a small move is hardly believed", [SD / 30, SD / 30, SD / 30], "up", 0.05],
  ])("%s", (_name, steps, direction, confidence) => {
    const given = vote(...steps);
    expect(given.direction).toBe(direction);
    expect(given.confidence).toBeCloseTo(confidence, 9);
    expect(given.voter).toBe("momentum");
  });

  test.each([
    ["one candle against two", [SD, -SD / 10, SD]],
    ["a candle that did not move", [SD, 0, SD]],
    ["nothing moved", [0, 0, 0]],
  ])("abstains: %s", (_name, steps) => {
    expect(vote(...steps)).toMatchObject({ direction: "none", why: "candles_disagree" });
  });

  test("asks for one close more than candles, of the length it is told", () => {
    const asked: [number, number][] = [];
    const view = aView({
      sigma: SIGMA,
      closes(minutes, count): readonly number[] {
        asked.push([minutes, count]);
        return closesOf(SD / 2, SD / 2);
      },
    });
    const voter = momentumVoter({ candles: 2, candle_minutes: 5 });
    expect(voter.vote(view).direction).toBe("up");
    expect(asked).toEqual([[5, 3]]);
  });

  test.each<[string, Partial<MarketView>]>([
    ["closes are not all known", { closes: () => null }],
    ["there is no volatility", { sigma: null, closes: () => closesOf(SD, SD, SD) }],
  ])("warms up while %s", (_name, overrides) => {
    const voter = momentumVoter({ candles: 3, candle_minutes: 15 });
    expect(voter.vote(aView(overrides))).toMatchObject({ direction: "none", why: "warming" });
  });
});

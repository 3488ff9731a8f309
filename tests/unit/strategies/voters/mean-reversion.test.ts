import { describe, expect, test } from "vitest";
import {
  meanReversionVoter,
  reversionVote,
} from "../../../../src/strategies/voters/mean-reversion.ts";
import { aView } from "../../../support/market-view.ts";

describe("mean-reversion votes", () => {
  test.each([
    ["a rise beyond two s.d. is faded", 2.4, "down", 0.6],
    ["a fall beyond two s.d. is faded", -2.4, "up", 0.6],
    ["four s.d. are sure", 4, "down", 1],
  ])("%s", (_name, z, direction, confidence) => {
    const vote = reversionVote(z, 2);
    expect(vote).toMatchObject({ direction, features: { z } });
    expect(vote.confidence).toBeCloseTo(confidence, 9);
  });

  test.each([
    ["two s.d. are not beyond two", 2, "z_small"],
    ["nor is less", -1.9, "z_small"],
    ["not enough seen", null, "warming"],
  ])("abstains: %s", (_name, z, why) => {
    expect(reversionVote(z, 2)).toMatchObject({ direction: "none", confidence: 0, why });
  });

  test("remembers what it was shown, whether it was asked or not", () => {
    const voter = meanReversionVoter({ look_back_s: 30, z_high: 2 });
    for (let s = 0; s < 30; s++) {
      voter.watch?.(aView({ nowMs: 60_000_000 + s * 1_000, spotUsd: 100_000 + (s % 2) }));
    }
    const now = aView({ nowMs: 60_029_500, spotUsd: 100_002 });
    // The mean is half a dollar up and so is the s.d.: a dollar and a half is three of them.
    expect(voter.vote(now)).toMatchObject({ direction: "down", confidence: 0.75 });
  });
});

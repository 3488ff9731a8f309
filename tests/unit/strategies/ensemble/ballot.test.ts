import { describe, expect, test } from "vitest";
import { countVotes } from "../../../../src/strategies/ensemble/ballot.ts";
import { abstain, type Vote } from "../../../../src/strategies/voters/vote.ts";

const up = (voter: string, confidence: number): Vote => ({
  voter,
  direction: "up",
  confidence,
  features: {},
});
const down = (voter: string, confidence: number): Vote => ({
  ...up(voter, confidence),
  direction: "down",
  confidence,
});

const evenly = { confirmations: 2, weight: () => 1 };

const favouringCalm = (voter: string): number => (voter === "calm" ? 1.5 : 1);

describe("ballot", () => {
  test.each<[string, Vote[], object]>([
    ["two agree", [up("a", 0.5), up("b", 1)], { direction: "up", why: null, lean: 0.75 }],
    ["two agree on down", [down("a", 0.5), down("b", 0.5)], { direction: "down", lean: -0.5 }],
    [
      "those who see nothing take nothing away",
      [up("a", 0.5), up("b", 0.5), abstain("c", "z_small")],
      { direction: "up", lean: 0.5 },
    ],
    [
      "a weaker voice against takes some of it away",
      [up("a", 0.8), up("b", 0.7), down("c", 0.6)],
      { direction: "up", lean: 0.3 },
    ],
    ["one alone", [up("a", 1), abstain("b", "warming")], { direction: null, why: "unconfirmed" }],
    [
      "one on each side",
      [up("a", 1), down("b", 0.5)],
      { direction: null, why: "unconfirmed", lean: 0.25 },
    ],
    [
      "two, and one against that is as strong as the stronger",
      [up("a", 0.6), up("b", 0.5), down("c", 0.6)],
      { direction: null, why: "contradicted" },
    ],
    ["a tie", [up("a", 0.5), up("b", 0.5), down("c", 1)], { direction: null, lean: 0 }],
    ["nobody", [abstain("a", "warming")], { direction: null, why: "unconfirmed", lean: 0 }],
  ])("%s", (_name, votes, expected) => {
    const { lean, ...ballot } = countVotes(votes, evenly);
    const { lean: wanted = lean, ...rest } = expected as { lean?: number };
    expect(ballot).toMatchObject(rest);
    expect(lean).toBeCloseTo(wanted, 9);
  });

  test("as many must agree as the settings say", () => {
    const votes = [up("a", 1), up("b", 1)];
    expect(countVotes(votes, { ...evenly, confirmations: 3 }).direction).toBeNull();
    expect(countVotes(votes.slice(1), { ...evenly, confirmations: 1 }).direction).toBe("up");
  });

  test("a voter counts by its weight, for the mean and for who is strongest", () => {
    const votes = [up("a", 0.6), up("b", 0.6), down("calm", 0.5)];
    const heavy = countVotes(votes, { confirmations: 2, weight: favouringCalm });
    expect(heavy).toMatchObject({ direction: null, why: "contradicted" });
    expect(heavy.lean).toBeCloseTo((0.6 + 0.6 - 0.75) / 3.5, 9);
  });
});

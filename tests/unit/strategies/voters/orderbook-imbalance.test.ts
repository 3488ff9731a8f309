import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../../src/core/strategy.ts";
import { qty } from "../../../../src/core/units.ts";
import {
  imbalanceVote,
  orderbookImbalanceVoter,
} from "../../../../src/strategies/voters/orderbook-imbalance.ts";
import { aMarket } from "../../../support/builders.ts";
import { aView } from "../../../support/market-view.ts";

const vote = (yes: number, no: number) =>
  imbalanceVote({ yes: qty(yes * 100), no: qty(no * 100) }, 0.15);

const MUCH_FOR_YES: MarketView["bidDepth"] = (side) => qty(side === "yes" ? 900 : 100);

describe("orderbook-imbalance", () => {
  test.each([
    ["more bid for YES", vote(600, 400), "up", 2 / 3],
    ["more bid for NO", vote(400, 600), "down", 2 / 3],
    ["twice the threshold is sure", vote(650, 350), "up", 1],
    ["nearly all on one side is no surer", vote(999, 1), "up", 1],
  ])("%s", (_name, given, direction, confidence) => {
    expect(given.direction).toBe(direction);
    expect(given.confidence).toBeCloseTo(confidence, 9);
  });

  test.each([
    ["15 % is not more than 15 %", 575, 425, "imbalance_small"],
    ["even", 500, 500, "imbalance_small"],
    ["nobody bids for NO", 500, 0, "one_sided"],
    ["nobody bids at all", 0, 0, "one_sided"],
  ])("abstains: %s", (_name, yes, no, why) => {
    expect(vote(yes, no)).toMatchObject({ direction: "none", why });
  });

  test.each(["between", "less", "less_or_equal", "unknown"] as const)(
    "sees no direction in a book on `%s`, where YES is not up",
    (strikeType) => {
      const voter = orderbookImbalanceVoter({ levels: 5, imbalance_min: 0.15 });
      const view = aView({ bidDepth: MUCH_FOR_YES, market: aMarket({ strikeType }) });
      expect(voter.vote(view)).toMatchObject({ direction: "none", why: "no_direction" });
    },
  );

  test("counts the levels it is told to", () => {
    const voter = orderbookImbalanceVoter({ levels: 3, imbalance_min: 0.15 });
    const view = aView({
      bidDepth: (side, levels) => qty((side === "yes" ? 100 : 200) * (levels === 3 ? 1 : 0)),
    });
    expect(voter.vote(view)).toMatchObject({ direction: "down", features: { imbalance: -1 / 3 } });
  });
});

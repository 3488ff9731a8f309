import { underlyingOf } from "../core/market.ts";
import type { Strategy } from "../core/strategy.ts";
import { conclude } from "./entry.ts";
import { judgeLean, type Lean } from "./lean.ts";
import type { VoteParams } from "./vote-strategy.params.ts";
import type { Vote, Voter } from "./voters/vote.ts";

// One voter as a strategy of its own: its vote moves the model's probability by so much at most as it is sure.

export function createVoteStrategy(voter: Voter, params: VoteParams): Strategy {
  return {
    name: voter.name,
    evaluate(view) {
      if (underlyingOf(view.market.seriesTicker) === undefined) {
        return conclude(["other_series", ...view.problems], null, null);
      }
      voter.watch?.(view);
      return judgeLean({ strategy: voter.name, view, params }, leanOf(voter.vote(view), params));
    },
  };
}

function leanOf(vote: Vote, { shift_max }: VoteParams): Lean {
  if (vote.direction === "none") return { side: null, shift: 0, why: vote.why };
  const side = vote.direction === "up" ? "yes" : "no";
  return { side, shift: shift_max * vote.confidence, why: null };
}

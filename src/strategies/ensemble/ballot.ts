import type { CastVote, Direction, Vote } from "../voters/vote.ts";

// Several votes counted: a direction needs enough voters for it, and none against it that weighs as much as the strongest.

interface Counting {
  /** Voters that must agree. */
  readonly confirmations: number;
  /** How much a voter counts now. */
  readonly weight: (voter: string) => number;
}

export interface Ballot {
  /** Null where nothing is confirmed; `why` says so. */
  readonly direction: Direction | null;
  readonly why: "unconfirmed" | "contradicted" | null;
  /** Mean of the votes cast by weight and confidence, from −1 (sure of down) to 1. */
  readonly lean: number;
}

export function countVotes(votes: readonly Vote[], { confirmations, weight }: Counting): Ballot {
  const all = votes.filter((vote) => vote.direction !== "none");
  const total = all.reduce((sum, { voter }) => sum + weight(voter), 0);
  const net = all.reduce((sum, vote) => sum + signed(vote) * weight(vote.voter), 0);
  const lean = total > 0 ? net / total : 0;
  const direction: Direction = lean > 0 ? "up" : "down";
  const strongest = (votesOf: readonly CastVote[]): number =>
    Math.max(0, ...votesOf.map(({ confidence, voter }) => confidence * weight(voter)));
  const agreeing = all.filter((vote) => vote.direction === direction);
  const against = all.filter((vote) => vote.direction !== direction);
  if (lean === 0 || agreeing.length < confirmations) {
    return { direction: null, why: "unconfirmed", lean };
  }
  if (strongest(against) >= strongest(agreeing)) {
    return { direction: null, why: "contradicted", lean };
  }
  return { direction, why: null, lean };
}

function signed({ confidence, direction }: CastVote): number {
  return direction === "up" ? confidence : 0 - confidence;
}

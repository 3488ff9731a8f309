import { lookBacks } from "../look-back.ts";
import { abstain, cast, type Vote, type Voter } from "./vote.ts";

// Fades a spot that stands far from its mean of the last minutes (F85).

const MEAN_REVERSION = "mean-reversion";

interface ReversionSettings {
  readonly look_back_s: number;
  /** Distance from the mean that is faded, s.d. */
  readonly z_high: number;
}

/** `z` is the distance from the mean in s.d.; null while the look-back is not filled. */
export function reversionVote(z: number | null, zHigh: number): Vote {
  if (z === null) return abstain(MEAN_REVERSION, "warming");
  if (Math.abs(z) <= zHigh) return abstain(MEAN_REVERSION, "z_small", { z });
  return cast(MEAN_REVERSION, { size: 0 - z, threshold: zHigh }, { z });
}

export function meanReversionVoter({ look_back_s, z_high }: ReversionSettings): Voter {
  const memory = lookBacks(look_back_s);
  return {
    name: MEAN_REVERSION,
    watch: (view) => memory.watch(view),
    vote: (view) => reversionVote(memory.zScore(view), z_high),
  };
}

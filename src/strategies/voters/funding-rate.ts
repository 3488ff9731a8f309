import type { FundingRate } from "../../core/events.ts";
import type { Ms } from "../../core/units.ts";
import { abstain, cast, type Vote, type Voter } from "./vote.ts";

// Against the crowd of the perpetual (F87): who pays much to be long is many, and votes down here; paid to be long, up.

export const FUNDING_RATE = "funding-rate";
const HOUR_MS = 3_600_000;
/** A rate whose interval ended longer ago than this many intervals says nothing of today's crowd. */
const INTERVALS_KEPT = 2;
/** Rates are published to so many parts of one: their difference is held against a limit without float dust. */
const DECIMALS = 1e8;

interface FundingSettings {
  /** What is paid when neither side presses, per interval. */
  readonly usual_rate: number;
  /** Distance from it that counts as a crowd. */
  readonly excess_min: number;
  readonly interval_hours: number;
}

export function fundingVote(
  funding: FundingRate | null,
  nowMs: Ms,
  { excess_min, interval_hours, usual_rate }: FundingSettings,
): Vote {
  if (funding === null) return abstain(FUNDING_RATE, "funding_unknown");
  const { atMs, rate } = funding;
  if (nowMs - atMs > INTERVALS_KEPT * interval_hours * HOUR_MS) {
    return abstain(FUNDING_RATE, "funding_old", { rate });
  }
  const excess = Math.round((rate - usual_rate) * DECIMALS) / DECIMALS;
  if (Math.abs(excess) < excess_min) return abstain(FUNDING_RATE, "funding_usual", { rate });
  return cast(FUNDING_RATE, { size: 0 - excess, threshold: excess_min }, { rate });
}

export function fundingRateVoter(settings: FundingSettings): Voter {
  return {
    name: FUNDING_RATE,
    vote: ({ funding, nowMs }) => fundingVote(funding, nowMs, settings),
  };
}

import type { StrategyPlugin } from "./plugin.ts";
import { createVoteStrategy } from "./vote-strategy.ts";
import { FUNDING_RATE, fundingRateVoter } from "./voters/funding-rate.ts";

export const fundingRate: StrategyPlugin = {
  name: FUNDING_RATE,
  feeds: ["binance"],
  create({ strategy }) {
    const params = strategy[FUNDING_RATE];
    return createVoteStrategy(fundingRateVoter(params), params);
  },
};

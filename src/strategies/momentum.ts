import type { StrategyPlugin } from "./plugin.ts";
import { createVoteStrategy } from "./vote-strategy.ts";
import { MOMENTUM, momentumVoter } from "./voters/momentum.ts";

export const momentum: StrategyPlugin = {
  name: MOMENTUM,
  create: ({ strategy: { momentum: params } }) => createVoteStrategy(momentumVoter(params), params),
};

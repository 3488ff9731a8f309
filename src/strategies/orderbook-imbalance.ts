import type { StrategyPlugin } from "./plugin.ts";
import { createVoteStrategy } from "./vote-strategy.ts";
import { ORDERBOOK_IMBALANCE, orderbookImbalanceVoter } from "./voters/orderbook-imbalance.ts";

export const orderbookImbalance: StrategyPlugin = {
  name: ORDERBOOK_IMBALANCE,
  create({ strategy }) {
    const params = strategy[ORDERBOOK_IMBALANCE];
    return createVoteStrategy(orderbookImbalanceVoter(params), params);
  },
};

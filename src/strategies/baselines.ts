import { hold, type MarketView, NOTHING_JUDGED, type Strategy } from "../core/strategy.ts";
import type { Prob } from "../core/units.ts";
import type { StrategyPlugin } from "./plugin.ts";

// What every forecast has to beat. They never trade, and say once a minute what somebody would who knows nothing of the price,
// or nothing but the price: a strategy that does not beat the first two knows nothing, one that does not beat the mid has
// nothing to trade on.

/** Minutes hold all the times before the close at which forecasts are scored. */
const EVERY_MS = 60_000;

/** NO, always. */
export const alwaysNo = baseline("always-no", () => ({ probability: () => 0 }));

/** What the market says: the middle of bid and ask. */
export const marketMid = baseline("market-mid", () => ({
  probability: ({ pMarket }) => pMarket,
}));

/** The share of YES among the markets of the series that settled so far in this run. */
export const baseRate = baseline("base-rate", () => {
  const settled = new Map<string, { readonly yes: number; readonly all: number }>();
  return {
    probability: ({ market }) => {
      const past = settled.get(market.seriesTicker);
      return past === undefined ? null : past.yes / past.all;
    },
    onSettlement({ result }, { seriesTicker }) {
      if (result !== "yes" && result !== "no") return;
      const { all, yes } = settled.get(seriesTicker) ?? { yes: 0, all: 0 };
      settled.set(seriesTicker, { yes: yes + (result === "yes" ? 1 : 0), all: all + 1 });
    },
  };
});

/** All of them are named by this. */
export const BASELINES = [alwaysNo, marketMid, baseRate].map(({ name }) => name);

interface Opinion extends Pick<Strategy, "onSettlement"> {
  readonly probability: (view: MarketView) => Prob | null;
}

function baseline(name: string, create: () => Opinion): StrategyPlugin {
  return {
    name,
    create: () => {
      const { probability, ...told } = create();
      return {
        name,
        everyMs: EVERY_MS,
        ...told,
        evaluate: (view) =>
          hold(["baseline", ...view.problems], { ...NOTHING_JUDGED, p: probability(view) }),
      };
    },
  };
}

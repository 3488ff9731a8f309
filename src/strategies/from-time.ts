import { hold, type Strategy } from "../core/strategy.ts";
import type { Ms } from "../core/units.ts";

/** The strategy as it is, except that it watches before that time and trades only from then on. */
export function tradingFrom(strategy: Strategy, fromMs: Ms): Strategy {
  const { everyMs, name } = strategy;
  return {
    name,
    ...(everyMs === undefined ? {} : { everyMs }),
    evaluate: (view) => {
      const verdict = strategy.evaluate(view);
      return view.nowMs < fromMs ? hold(["before_range"]) : verdict;
    },
    onFill: (fill) => strategy.onFill?.(fill),
    candidates: (event) => strategy.candidates?.(event) ?? [],
    onSettlement: (settlement, market) => strategy.onSettlement?.(settlement, market),
  };
}

import { IOC } from "../../../src/core/orders.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import {
  hold,
  leave,
  type MarketView,
  NOTHING_JUDGED,
  type Strategy,
  trade,
  type Verdict,
  withdraw,
} from "../../../src/core/strategy.ts";
import { price, qty, type Side } from "../../../src/core/units.ts";

/** Wants something at random: takes, waits in the book, takes that back, sells. Everything else is for others to refuse. */
export function randomTrader(seed: number): Strategy {
  const rng = mulberry32(seed);
  const below = (n: number): number => Math.floor(rng.next() * n);
  const buy = (view: MarketView): Verdict => {
    const { market, nowMs } = view;
    const side: Side = below(2) === 0 ? "yes" : "no";
    const isMaker = below(2) === 0;
    const cents = isMaker ? 42 + below(6) : 45 + below(12);
    const terms = { strategy: "random", ticker: market.ticker, side, action: "buy" } as const;
    const size = { price: price(cents * 100), qty: qty(1 + below(3000)) };
    const resting = {
      timeInForce: "gtc",
      postOnly: below(3) > 0,
      expiresMs: nowMs + 4_000 + below(40_000),
      mayAdd: false,
    } as const;
    return trade({ ...terms, ...size, ...(isMaker ? resting : IOC) }, NOTHING_JUDGED);
  };
  return {
    name: "random",
    evaluate(view) {
      const dice = below(100);
      if (view.resting !== null && dice < 8) return withdraw(view.resting, "tired", NOTHING_JUDGED);
      if (view.holding !== null && dice < 8) {
        const terms = { reason: "tired", floor: price(2_000), maxMs: 20_000, maxAttempts: 5 };
        return leave(view, terms, NOTHING_JUDGED);
      }
      return dice < 40 ? buy(view) : hold(["patience"]);
    },
  };
}

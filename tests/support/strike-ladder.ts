import type { MarketView } from "../../src/core/strategy.ts";
import { price } from "../../src/core/units.ts";
import { aMarket } from "./builders.ts";
import { aView } from "./market-view.ts";

const SPOT = 100_000;
export const MINUTE = 60_000;
export const START = Date.UTC(2026, 10, 2, 14, 5);

/** YES asks in cents by strike; the bid is a cent below. Null has no offer. */
export type Asks = readonly (readonly [strikeUsd: number, askCents: number | null])[];

export const LADDER: Asks = [
  [99_000, 99.5],
  [99_200, 98],
  [99_400, 96],
  [99_600, 95],
  [99_800, 90],
  [99_900, 80],
  [100_100, 20],
  [100_300, 5],
  [100_500, 4],
  [100_700, 2.5],
];

export function eventOf(
  asks: Asks,
  overrides: (strikeUsd: number) => Partial<MarketView> = () => ({}),
): MarketView[] {
  const views: MarketView[] = [];
  for (const [strikeUsd, cents] of asks) {
    const yesAsk = cents === null ? null : price(Math.round(cents * 100));
    views.push(
      aView({
        market: aMarket({
          ticker: `KXBTCD-26NOV0210-T${strikeUsd}`,
          eventTicker: "KXBTCD-26NOV0210",
          seriesTicker: "KXBTCD",
          strikeType: "greater",
          floorUsd: strikeUsd,
          capUsd: null,
          openMs: START - 5 * MINUTE,
          closeMs: START + 55 * MINUTE,
          ranges: [{ start: price(0), end: price(10_000), step: 10 }],
        }),
        nowMs: START,
        tauS: 55 * 60,
        spotUsd: SPOT,
        p: cents === null ? null : cents / 100,
        yesAsk,
        yesBid: yesAsk === null ? null : price(yesAsk - 100),
        event: () => views,
        ...overrides(strikeUsd),
      }),
    );
  }
  return views;
}

import { type Underlying, underlyingOf } from "../../core/market.ts";
import type { MarketView } from "../../core/strategy.ts";
import type { Usd } from "../../core/units.ts";

// How lively the last hour was among the hours of the last day, and how much each voter counts then (F88). It has no
// direction and therefore no vote.

const BAR_MINUTES = 5;
const BARS_PER_HOUR = 12;
/** An hour short of a day, which is what a run is given of the time before it. */
const HOURS = 23;
const CLOSES = HOURS * BARS_PER_HOUR + 1;

export type Regime = "low" | "medium" | "high";

interface RegimeSettings {
  /** The last hour is `low` when a smaller share than this of the hours before it was calmer. */
  readonly low_share: number;
  /** And `high` from this share on. */
  readonly high_share: number;
}

/** `closes` of five-minute bars, oldest first: the newest hour is held against each whole hour before it. */
export function regimeOf(
  closes: readonly Usd[],
  { high_share, low_share }: RegimeSettings,
): Regime {
  const hours: number[] = [];
  for (let end = closes.length; end > BARS_PER_HOUR; end -= BARS_PER_HOUR) {
    hours.push(variance(closes.slice(end - 1 - BARS_PER_HOUR, end)));
  }
  const [recent = 0, ...before] = hours;
  const calmer = before.filter((hour) => hour < recent).length / before.length;
  if (calmer >= high_share) return "high";
  return calmer < low_share ? "low" : "medium";
}

function variance(closes: readonly Usd[]): number {
  return closes.slice(1).reduce((sum, usd, i) => sum + Math.log(usd / (closes[i] ?? usd)) ** 2, 0);
}

/** The regime of a market's underlying, worked out once a bar; null while the day is not known without holes. */
export function regimeWatch(settings: RegimeSettings): (view: MarketView) => Regime | null {
  const known = new Map<Underlying["asset"], { readonly bar: number; readonly regime: Regime }>();
  return (view) => {
    const { market, nowMs } = view;
    const asset = underlyingOf(market.seriesTicker)?.asset;
    if (asset === undefined) return null;
    const bar = Math.floor(nowMs / (BAR_MINUTES * 60_000));
    const seen = known.get(asset);
    if (seen?.bar === bar) return seen.regime;
    const day = view.closes(BAR_MINUTES, CLOSES);
    if (day === null) return null;
    const regime = regimeOf(day, settings);
    known.set(asset, { bar, regime });
    return regime;
  };
}

const WEIGHTS: Readonly<Record<string, Readonly<Record<Regime, number>>>> = {
  momentum: { low: 0.5, medium: 1, high: 1.5 },
  "mean-reversion": { low: 1.5, medium: 1, high: 0.5 },
};

/** How much a voter counts; 1 for those that no regime favours, and where the regime is not known. */
export function weightIn(regime: Regime | null, voter: string): number {
  return WEIGHTS[voter]?.[regime ?? "medium"] ?? 1;
}

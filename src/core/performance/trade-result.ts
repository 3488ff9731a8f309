import type { FillRecord } from "../records.ts";
import { complement, type Money, money, PRICE_ONE, type Price, type Qty, qty } from "../units.ts";

// What came of some orders among all that traded one position. Buying NO closes YES, so the position is one signed number;
// from flat to flat is one episode, and within it every contract that was bought fared alike.

export interface TradeResult {
  readonly pnl: Money;
  /** Contracts of the same position, and how many of them were sold before the settlement. */
  readonly bought: Qty;
  readonly sold: Qty;
  /** Sold or settled, all of it; else the profit is that of the sold part alone. */
  readonly isOver: boolean;
}

interface Episode {
  /** 1 for YES, −1 for NO. */
  readonly side: number;
  bought: number;
  sold: number;
  /** Cash that sales brought, fees taken off. */
  proceeds: number;
  /** What is open cost, fees included. */
  cost: number;
  readonly own: { bought: number; paid: number; sold: number; gained: number };
}

/**
 * Profit of the orders that `isOwn` names, from all fills of the position in order of time. Orders that bought have their
 * share of what the position brought; orders that sold have what they brought above the mean cost. Null when none of them
 * filled, or nothing is known yet of what became of it; `yesPayout` is null while the market has not settled.
 */
export function tradeResult(
  fills: readonly FillRecord[],
  isOwn: (fill: FillRecord) => boolean,
  yesPayout: Price | null,
): TradeResult | null {
  const episodes = episodesOf(fills, isOwn);
  const parts = episodes
    .filter(({ own }) => own.bought > 0 || own.sold > 0)
    .map((episode) => partOf(episode, episode === episodes.at(-1) ? yesPayout : null))
    .filter((part) => part !== null);
  if (parts.length === 0) return null;
  const sum = (of: (part: Part) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    pnl: money(Math.round(sum(({ pnl }) => pnl))),
    bought: qty(sum(({ bought }) => bought)),
    sold: qty(sum(({ sold }) => sold)),
    isOver: parts.every(({ isOver }) => isOver),
  };
}

/** Not rounded yet. */
type Part = Omit<TradeResult, "pnl"> & { readonly pnl: number };

/** Of one episode; null while nothing of it was sold or settled. */
function partOf(
  { bought, own, proceeds, side, sold }: Episode,
  yesPayout: Price | null,
): Part | null {
  const payout = payoutOf(side, yesPayout);
  const over = payout === null ? sold : bought;
  if (over === 0) return null;
  const brought = proceeds + (payout ?? 0) * (bought - sold);
  const pnl = own.gained + (brought * own.bought) / bought - (own.paid * over) / bought;
  return { pnl, bought: qty(bought), sold: qty(sold), isOver: over === bought };
}

/** What a contract of that side is paid; null while that is open. */
function payoutOf(side: number, yesPayout: Price | null): Price | null {
  return yesPayout === null || side > 0 ? yesPayout : complement(yesPayout);
}

function episodesOf(fills: readonly FillRecord[], isOwn: (fill: FillRecord) => boolean): Episode[] {
  const episodes: Episode[] = [];
  let held = 0;
  for (const fill of fills) {
    const change = fill.qty * ((fill.side === "yes") === (fill.action === "buy") ? 1 : -1);
    const closing = held * change < 0 ? Math.min(Math.abs(held), Math.abs(change)) : 0;
    const opening = Math.abs(change) - closing;
    const feeOf = (count: number): number => (fill.fee * count) / fill.qty;
    // What a contract costs; what a held one fetches is what the other side does not cost.
    const unit = fill.action === "buy" ? fill.price : PRICE_ONE - fill.price;
    const current = episodes.at(-1);
    if (closing > 0 && current !== undefined) {
      reduce(current, closing, (PRICE_ONE - unit) * closing - feeOf(closing), isOwn(fill));
    }
    if (opening > 0) {
      const goesOn = held !== 0 && closing === 0 ? current : undefined;
      const episode = goesOn ?? newEpisode(Math.sign(change));
      if (goesOn === undefined) episodes.push(episode);
      enlarge(episode, opening, unit * opening + feeOf(opening), isOwn(fill));
    }
    held += change;
  }
  return episodes;
}

function newEpisode(side: number): Episode {
  const own = { bought: 0, paid: 0, sold: 0, gained: 0 };
  return { side, bought: 0, sold: 0, proceeds: 0, cost: 0, own };
}

function enlarge(episode: Episode, count: number, paid: number, isOwn: boolean): void {
  episode.bought += count;
  episode.cost += paid;
  if (!isOwn) return;
  episode.own.bought += count;
  episode.own.paid += paid;
}

function reduce(episode: Episode, count: number, brought: number, isOwn: boolean): void {
  const share = (episode.cost * count) / (episode.bought - episode.sold);
  episode.sold += count;
  episode.proceeds += brought;
  episode.cost -= share;
  if (!isOwn) return;
  episode.own.sold += count;
  episode.own.gained += brought - share;
}

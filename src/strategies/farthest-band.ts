import type { Candidate } from "../core/candidate.ts";
import { executableBid } from "../core/exits/executable-bid.ts";
import { unrealizedReturn } from "../core/exits/stops.ts";
import type { Market } from "../core/market.ts";
import { type Intent, IOC } from "../core/orders.ts";
import {
  hold,
  type Judged,
  leave,
  type MarketView,
  NOTHING_JUDGED,
  type OwnFill,
  type Strategy,
  trade,
  type Verdict,
} from "../core/strategy.ts";
import { type Ms, PRICE_ONE, price, qty, type Usd } from "../core/units.ts";
import type { FarthestBandParams } from "./farthest-band.params.ts";
import { type Beyond, directionOf, isBeyond, type Rung, rungsOf } from "./farthest-ladder.ts";
import type { StrategyPlugin } from "./plugin.ts";

// Seed 0's strategy: of an event's strikes it buys the one farthest from spot that still costs 95 to 99 cents, adds one
// such entry every quarter of an hour, and gives a holding up that has lost a quarter. What it earns on most days is what
// one loss takes back: docs/strategies.md.

const NAME = "farthest-band";

export const farthestBand: StrategyPlugin = {
  name: NAME,
  series: ["KXBTCD"],
  create: ({ strategy }) => new FarthestBand(strategy[NAME]),
};

/** What own fills say of one event; nothing else decides when the next entry is due, so a restart goes on where it was. */
interface EventState {
  /** Stretch of the newest purchase. */
  boughtIn: number;
  /** Farthest strike that was sold and not yet replaced by one beyond it. */
  stopped: Beyond | null;
}

export class FarthestBand implements Strategy {
  readonly name = NAME;
  readonly #params: FarthestBandParams;
  readonly #events = new Map<string, EventState>();
  /** Stretch of the newest look at the stop, by market. */
  readonly #checkedIn = new Map<string, number>();
  #isForced: boolean;
  /** First look of the run: fills of before it are those of earlier ones. */
  #startMs: Ms = Number.POSITIVE_INFINITY;
  #ladder: { readonly event: readonly MarketView[]; readonly rungs: readonly Rung[] } | null = null;

  constructor(params: FarthestBandParams) {
    this.#params = params;
    this.#isForced = params.force_new_order;
  }

  onFill({ action, atMs, market, side }: OwnFill): void {
    const state = this.#events.get(market.eventTicker) ?? { boughtIn: -1, stopped: null };
    this.#events.set(market.eventTicker, state);
    if (action === "buy") {
      state.boughtIn = Math.max(state.boughtIn, stretchOf(atMs, this.#params.interval_minutes));
      state.stopped = null;
      if (atMs >= this.#startMs) this.#isForced = false;
    } else if (side === this.#params.side) {
      const strikeUsd = turningStrike(market, this.#params);
      const isFarther = strikeUsd !== null && isBeyond(strikeUsd, state.stopped, this.#params);
      if (isFarther && this.#params.rotate) state.stopped = { strikeUsd };
    }
    this.#ladder = null;
  }

  evaluate(view: MarketView): Verdict {
    this.#startMs = Math.min(this.#startMs, view.nowMs);
    return this.#exit(view) ?? this.#enter(view);
  }

  candidates(event: readonly MarketView[]): readonly Candidate[] {
    const [first] = event;
    if (first === undefined) return [];
    return rungsOf(event, this.#params, this.#beyond(first))
      .filter(({ why }) => why !== "wrong_direction" && why !== "too_near")
      .toSorted((a, b) => awayFrom(a, this.#params) - awayFrom(b, this.#params))
      .map(({ ask, cost, ev, view, why }) => {
        const { market } = view;
        return { strategy: NAME, market, side: this.#params.side, ask, cost, ev, why };
      });
  }

  /** A sale of what is held here, when its time has come. */
  #exit(view: MarketView): Verdict | null {
    const { holding, market, nowMs, tauS } = view;
    if (holding?.strategy !== NAME || view.bookProblem !== null) return null;
    const { roll_sell_last_seconds, stop_check_minutes, stop_loss_pct } = this.#params;
    if (tauS <= roll_sell_last_seconds) return this.#leave(view, "roll");
    // What a stop has begun to sell is sold to the end, also by the run that comes after.
    if (this.#isStopped(market)) return this.#leave(view, "stop_loss");
    const stretch = stretchOf(nowMs, stop_check_minutes);
    const checked =
      this.#checkedIn.get(market.ticker) ?? stretchOf(holding.openedMs, stop_check_minutes);
    if (stretch <= checked) return null;
    this.#checkedIn.set(market.ticker, stretch);
    if (stop_loss_pct === 0) return null;
    // Nobody who buys is a mark of nothing: that is what the holding brings now.
    const mark = (executableBid(view) ?? 0) / PRICE_ONE;
    const lost = unrealizedReturn({ entry: holding.entry, mark });
    return lost <= -stop_loss_pct ? this.#leave(view, "stop_loss") : null;
  }

  #isStopped(market: Market): boolean {
    const stopped = this.#events.get(market.eventTicker)?.stopped ?? null;
    return stopped !== null && turningStrike(market, this.#params) === stopped.strikeUsd;
  }

  #leave(view: MarketView, reason: string): Verdict {
    const { exit_floor_cents, exit_max_orders, exit_max_seconds } = this.#params;
    const { holding, p } = view;
    const bid = executableBid(view);
    const worth = p === null || holding === null ? null : holding.side === "yes" ? p : 1 - p;
    const terms = {
      reason,
      floor: price(Math.round(exit_floor_cents * 100)),
      maxMs: exit_max_seconds * 1000,
      maxAttempts: exit_max_orders,
    };
    const ev = worth === null || bid === null ? null : bid / PRICE_ONE - worth;
    return leave(view, terms, { side: holding?.side ?? null, cost: null, ev, p: null });
  }

  #enter(view: MarketView): Verdict {
    const { params, rung } = { params: this.#params, rung: this.#rungOf(view) };
    const shut = [...view.problems, ...windowGates(view, params)];
    if (!this.#isDue(view)) shut.push("not_due");
    if (this.#isOrdering(view)) shut.push("order_under_way");
    if (rung?.why !== null) shut.push(rung?.why ?? "no_event");
    const judged = rung === undefined ? NOTHING_JUDGED : judgedOf(rung, params);
    const [reason, ...others] = shut;
    if (reason !== undefined) return hold([reason, ...others], judged);
    const intent = rung === undefined ? null : buyOf(rung, params);
    return intent === null ? hold(["one_sided"], judged) : trade(intent, judged);
  }

  /** One entry in each stretch of the clock; when it is forced, at once; after a stop, when that is sold to the end. */
  #isDue(view: MarketView): boolean {
    const state = this.#events.get(view.market.eventTicker);
    if (state === undefined || this.#isForced) return true;
    if (state.stopped !== null) return this.#beyond(view) !== null;
    return stretchOf(view.nowMs, this.#params.interval_minutes) > state.boughtIn;
  }

  /** Until an order has come to its end nobody knows whether it was this stretch's entry. */
  #isOrdering(view: MarketView): boolean {
    return view.event().some(({ ordering }) => ordering === NAME);
  }

  /** The strike that the next purchase must lie beyond: once what was stopped is sold to the last contract. */
  #beyond(view: MarketView): Beyond | null {
    const stopped = this.#events.get(view.market.eventTicker)?.stopped ?? null;
    if (stopped === null || this.#isForced) return null;
    const isHeld = view
      .event()
      .some(
        ({ holding, market }) =>
          holding?.strategy === NAME && turningStrike(market, this.#params) === stopped.strikeUsd,
      );
    return isHeld ? null : stopped;
  }

  /** This market among its event's; the ladder is made once for all of them. */
  #rungOf(view: MarketView): Rung | undefined {
    const event = view.event();
    if (this.#ladder?.event !== event) {
      this.#ladder = { event, rungs: rungsOf(event, this.#params, this.#beyond(view)) };
    }
    return this.#ladder.rungs.find((rung) => rung.view.market.ticker === view.market.ticker);
  }
}

/** Shut gates of the entry window: what is bought after the roll has begun would be sold at once. */
function windowGates({ tauS }: MarketView, params: FarthestBandParams): string[] {
  const lastS = Math.max(params.no_new_entries_last_seconds, params.roll_sell_last_seconds);
  const shut: string[] = [];
  if (tauS > params.tau_max_minutes * 60) shut.push("tau_above_max");
  if (tauS <= lastS) shut.push("closing_soon");
  return shut;
}

/** How far a rung is from being the one: that one first, then the rest of the band, then by the ask's distance to it. */
function awayFrom({ ask, why }: Rung, params: FarthestBandParams): number {
  if (why === null) return -2;
  if (ask === null) return PRICE_ONE;
  const below = params.ask_min_cents * 100 - ask;
  const above = ask - params.ask_max_cents * 100;
  return Math.max(below, above, -1);
}

function stretchOf(atMs: Ms, minutes: number): number {
  return Math.floor(atMs / (minutes * 60_000));
}

/** Edge of a market's range that is its strike in the chosen direction. */
function turningStrike(
  { capUsd, floorUsd }: { readonly capUsd: Usd | null; readonly floorUsd: Usd | null },
  params: FarthestBandParams,
): Usd | null {
  return directionOf(params) === "lower" ? (capUsd ?? floorUsd) : (floorUsd ?? capUsd);
}

function judgedOf({ cost, ev }: Rung, { side }: FarthestBandParams): Judged {
  return { side, cost, ev, p: null };
}

function buyOf({ contracts, limit, view }: Rung, { side }: FarthestBandParams): Intent | null {
  if (limit === null || contracts < 1) return null;
  return {
    ...IOC,
    strategy: NAME,
    ticker: view.market.ticker,
    side,
    action: "buy",
    price: limit,
    qty: qty(contracts * 100),
    mayAdd: true,
  };
}

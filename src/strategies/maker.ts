import { makerFee } from "../core/fees.ts";
import { tickAt } from "../core/market.ts";
import type { Intent } from "../core/orders.ts";
import { latencySlippage } from "../core/slippage.ts";
import {
  hold,
  NOTHING_JUDGED,
  type RestingOrder,
  type Verdict,
  withdraw,
} from "../core/strategy.ts";
import {
  complement,
  costOf,
  money,
  PRICE_ONE,
  type Price,
  price,
  qty,
  type Side,
} from "../core/units.ts";
import type { EntryParams } from "./entry.params.ts";
import { type Candidate, conclude, described, type Entry, edgeGates, ownOpinion } from "./entry.ts";
import type { MakerParams } from "./maker.params.ts";

// Entries that wait in the book: no spread is paid and mostly no fee, but one is filled when one is wrong more often than
// when one is right. What that costs is charged beforehand (models.md §3.3).

/** One strategy before one market, with what it takes to wait there. */
export interface MakerEntry extends Entry {
  readonly params: EntryParams & MakerParams;
}

/** The better of waiting to buy YES and waiting to buy NO; null when neither side has a bid to join. */
export function bestQuote(entry: MakerEntry): Candidate | null {
  const yes = quote("yes", entry);
  const no = quote("no", entry);
  if (yes === null || no === null) return yes ?? no;
  return yes.ev >= no.ev ? yes : no;
}

/** Waiting to buy that side at its best bid, or some steps above it. */
function quote(side: Side, entry: MakerEntry): Candidate | null {
  const { yesAsk, yesBid } = entry.view;
  if (yesBid === null || yesAsk === null) return null;
  const bid = side === "yes" ? yesBid : complement(yesAsk);
  const ask = side === "yes" ? yesAsk : complement(yesBid);
  return quoteAt(side, improved(bid, ask, entry), entry);
}

function improved(bid: Price, ask: Price, { params, view }: MakerEntry): Price {
  const step = tickAt(view.market.ranges, bid);
  const wanted = bid + params.maker_improve_ticks * step;
  // The next step may be wider than this one; only what lies on both grids for certain is taken.
  return wanted < ask && tickAt(view.market.ranges, price(wanted)) === step ? price(wanted) : bid;
}

/** What an order that waits at `at` is worth if it is filled. */
function quoteAt(side: Side, at: Price, entry: MakerEntry): Candidate | null {
  const { contracts, opinion, view } = entry;
  const { fees } = view;
  if (fees === null) return null;
  const size = qty(contracts * 100);
  const perContract = ((costOf(at, size) + makerFee(at, size, fees)) * 100) / size;
  const p = side === "yes" ? opinion.p : 1 - opinion.p;
  const adverse = adverseSelection(entry);
  return {
    side,
    ask: at,
    depth: side === "yes" ? view.yesBidQty : view.yesAskQty,
    p,
    cost: money(Math.ceil(perContract)),
    ev: p - perContract / 1e6 - adverse,
    slippage: adverse,
    own: ownOpinion(entry),
  };
}

/**
 * Dollars that fair value is expected to have fallen by when one is filled, until own fills have measured it: half the
 * spread, or half of one s.d. of the time that it takes to be looked at again, whichever is more.
 */
function adverseSelection({ opinion, view }: MakerEntry): number {
  const { known, lastPrintS, yesAsk, yesBid } = view;
  const halfSpread = yesAsk === null || yesBid === null ? 0 : (yesAsk - yesBid) / 2 / PRICE_ONE;
  const perSecond = latencySlippage({
    p: opinion.p,
    tauS: lastPrintS,
    knownCount: known?.count ?? 0,
    latencyMs: 1000,
  });
  return Math.max(halfSpread, perSecond / 2);
}

/** For so many contracts, the verdict of a strategy that waits: a new order, the one that waits already, or its end. */
export function concludeMaker(
  failed: readonly string[],
  entry: MakerEntry,
  best: Candidate | null,
  contracts: number,
): Verdict {
  const { resting } = entry.view;
  if (resting !== null && resting.strategy === entry.strategy)
    return keepOrNot(failed, entry, resting);
  const shut = [...failed, ...edgeGates(entry, best)];
  if (contracts < 1) shut.push("stake_below_one");
  return conclude(shut, best, best === null ? null : waitAt(best, entry, contracts));
}

/** Less than the edge it was placed for is enough to stay: each new order goes to the back of the queue. */
function keepOrNot(failed: readonly string[], entry: MakerEntry, resting: RestingOrder): Verdict {
  const { params, view } = entry;
  const waiting = quoteAt(resting.side, resting.price, entry);
  const judged = waiting === null ? NOTHING_JUDGED : described(waiting);
  const [shut] = failed;
  if (shut !== undefined) return withdraw(resting, shut, judged);
  if (waiting === null || waiting.ev < params.ev_min * params.maker_keep_share) {
    return withdraw(resting, "quote_ev_gone", judged);
  }
  const yesTouch = resting.side === "yes" ? view.yesBid : view.yesAsk;
  const bid = yesTouch !== null && resting.side === "no" ? complement(yesTouch) : yesTouch;
  if (bid !== null && bid > resting.price) return withdraw(resting, "quote_overtaken", judged);
  return hold(["quote_resting"], judged);
}

function waitAt({ ask, side }: Candidate, entry: MakerEntry, contracts: number): Intent {
  const { params, strategy, view } = entry;
  return {
    strategy,
    ticker: view.market.ticker,
    side,
    action: "buy",
    price: ask,
    qty: qty(contracts * 100),
    timeInForce: "gtc",
    postOnly: true,
    expiresMs: view.nowMs + params.maker_ttl_s * 1000,
    mayAdd: false,
  };
}

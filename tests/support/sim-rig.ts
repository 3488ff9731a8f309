import type { Book } from "../../src/core/book.ts";
import type {
  BookDelta,
  BookSnapshot,
  FeedGap,
  MarketEvent,
  PublicTrade,
  VenueEvent,
} from "../../src/core/events.ts";
import { type FeeSchedule, QUADRATIC_FEES } from "../../src/core/fees.ts";
import type { Approved, Order } from "../../src/core/orders.ts";
import { SimVenue, type SimVenueOptions } from "../../src/core/sim/venue.ts";
import { type Ms, money, type Price, price, qty, type Side } from "../../src/core/units.ts";
import { aBook, aMarket, levels } from "./builders.ts";

export const SIM_MARKET = aMarket();
/** When the rig's orders are sent and when they arrive. */
export const SENT_MS = 1_000_000;
export const LATENCY_MS = 350;
export const ARRIVED_MS = SENT_MS + LATENCY_MS;
/** Some time after the arrival, to count from. */
export const LATER_MS = ARRIVED_MS + 1_000;

const { ticker } = SIM_MARKET;

/** An order as the gate lets it through: ten YES at 46 cents at once, unless told otherwise. */
export const anOrder = (overrides: Partial<Order> = {}): Approved<Order> =>
  ({
    strategy: "s",
    ticker,
    side: "yes",
    action: "buy",
    price: price(4_600),
    qty: qty(1_000),
    timeInForce: "ioc",
    postOnly: false,
    expiresMs: null,
    orderId: "r1-1",
    clientOrderId: "c",
    opportunityId: 1,
    createdMs: SENT_MS,
    ...overrides,
  }) as Approved<Order>;

/** A post-only order: ten YES at the best bid of the rig's book, behind a hundred. */
export const aQuote = (overrides: Partial<Order> = {}): Approved<Order> =>
  anOrder({ timeInForce: "gtc", postOnly: true, price: price(4_000), ...overrides });

const aDefaultBook = (): Book =>
  aBook({
    yes: [
      [40, 100],
      [39, 40],
    ],
    no: [
      [55, 20],
      [54, 100],
    ],
  });

export const TERMS: SimVenueOptions = {
  latencyMs: LATENCY_MS,
  latencySpread: 0,
  seed: 1,
  participation: 0.5,
  haircut: 0.3,
  feeStep: money(1),
  bookStaleMs: 2_000,
  queueModel: "riskAverse",
  restingFills: "traded",
};

/** A simulated venue before one book, on terms of whoever asks for others. */
export function simRig(book: Book = aDefaultBook(), terms: Partial<SimVenueOptions> = {}) {
  const world = {
    feedMs: SENT_MS,
    closeMs: SIM_MARKET.closeMs as Ms | undefined,
    fees: QUADRATIC_FEES as FeeSchedule | undefined,
  };
  const venue = new SimVenue(
    { ...TERMS, ...terms },
    {
      book: () => book,
      closeMs: () => world.closeMs,
      bookFeedMs: () => world.feedMs,
      fees: () => world.fees,
    },
  );
  /** What the venue says to an event, which then changes the book as in the engine. */
  const happen = (event: MarketEvent): readonly VenueEvent[] => {
    const before = venue.advance(event.recvMs);
    venue.observe(event);
    const answers = [...before, ...venue.advance(event.recvMs)];
    applyTo(book, event);
    return answers;
  };
  return { venue, book, world, happen };
}

function applyTo(book: Book, event: MarketEvent): void {
  if (event.type === "snapshot") book.replace(event.yes, event.no, event.recvMs);
  else if (event.type === "gap" && event.tickers.includes(ticker)) book.invalidate("gap");
  else if (event.type === "delta" && book.problem === null) {
    book.apply(event.side, event.price, event.delta, event.recvMs);
  }
}

/** A rig in which a quote rests. */
export function restingRig(overrides: Partial<Order> = {}, terms: Partial<SimVenueOptions> = {}) {
  const rig = simRig(aDefaultBook(), terms);
  rig.venue.submit(aQuote(overrides), SENT_MS);
  const [answer] = rig.venue.advance(ARRIVED_MS);
  if (answer?.type !== "order" || answer.state !== "resting") throw new Error("does not rest");
  return rig;
}

/** Sizes of the fills, then the last word on the order. */
export function gist(answers: readonly VenueEvent[]): readonly unknown[] {
  const fills = answers.flatMap((each) => (each.type === "fill" ? [each.fill.qty] : []));
  const last = answers.findLast((each) => each.type === "order");
  return last?.type === "order" ? [...fills, last.state, last.filledQty] : fills;
}

/** A change of one level, in cents and contracts. */
export function aDelta(side: Side, cents: number, contracts: number, recvMs: Ms): BookDelta {
  const change = { price: inCents(cents), delta: qty(Math.round(contracts * 100)) };
  return { type: "delta", ticker, sid: 1, seq: 1, side, ...change, exchangeMs: null, recvMs };
}

/** A trade at a YES price in cents. */
export function aTrade(
  takerSide: Side,
  yesCents: number,
  contracts: number,
  recvMs: Ms,
): PublicTrade {
  const size = { yesPrice: inCents(yesCents), qty: qty(Math.round(contracts * 100)) };
  return { type: "trade", ticker, tradeId: "t", ...size, takerSide, exchangeMs: null, recvMs };
}

export function aSnapshot(bids: Parameters<typeof aBook>[0], recvMs: Ms): BookSnapshot {
  const [yes, no] = [levels(bids.yes ?? []), levels(bids.no ?? [])];
  return { type: "snapshot", ticker, sid: 1, seq: 1, yes, no, recvMs };
}

export function aGap(recvMs: Ms, tickers: readonly string[] = [ticker]): FeedGap {
  const hole = { source: "kalshi", reason: "seq", sid: 1, fromSeq: 1, toSeq: 2 };
  return { type: "gap", ...hole, tickers, fromMs: null, toMs: recvMs, recvMs };
}

function inCents(cents: number): Price {
  return price(Math.round(cents * 100));
}

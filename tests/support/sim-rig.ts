import type { Book } from "../../src/core/book.ts";
import type { BookDelta } from "../../src/core/events.ts";
import { type FeeSchedule, QUADRATIC_FEES } from "../../src/core/fees.ts";
import type { Approved, Order } from "../../src/core/orders.ts";
import { SimVenue } from "../../src/core/sim/venue.ts";
import { type Ms, price, qty, type Side } from "../../src/core/units.ts";
import { aBook, aMarket } from "./builders.ts";

export const SIM_MARKET = aMarket();
/** When the rig's orders are sent and when they arrive. */
export const SENT_MS = 1_000_000;
const LATENCY_MS = 350;
export const ARRIVED_MS = SENT_MS + LATENCY_MS;

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

/** A simulated venue before one book, and what changes that book. */
export function simRig(
  book: Book = aBook({
    yes: [
      [40, 100],
      [39, 40],
    ],
    no: [
      [55, 20],
      [54, 100],
    ],
  }),
) {
  const world = {
    feedMs: SENT_MS,
    closeMs: SIM_MARKET.closeMs,
    fees: QUADRATIC_FEES as FeeSchedule | undefined,
  };
  const venue = new SimVenue(
    { latencyMs: LATENCY_MS, participation: 0.5, haircut: 0.3, bookStaleMs: 2_000 },
    {
      book: () => book,
      closeMs: () => world.closeMs,
      bookFeedMs: () => world.feedMs,
      fees: () => world.fees,
    },
  );
  return { venue, book, world };
}

/** A change of one level, in cents and contracts. */
export function aDelta(side: Side, cents: number, contracts: number, recvMs: Ms): BookDelta {
  const [at, delta] = [price(Math.round(cents * 100)), qty(Math.round(contracts * 100))];
  return {
    type: "delta",
    ticker,
    sid: 1,
    seq: 1,
    side,
    price: at,
    delta,
    exchangeMs: null,
    recvMs,
  };
}

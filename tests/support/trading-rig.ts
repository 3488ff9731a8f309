import { expect } from "vitest";
import { LevelBook, type Side } from "../../src/exchange/matching/level-book.ts";
import { gridOf, indexOfPrice } from "../../src/exchange/matching/price-grid.ts";
import { createDesk } from "../../src/exchange/trading/desk.ts";
import {
  type AccountEvent,
  type Balance,
  type CancelAnswer,
  type Desk,
  type DeskOptions,
  type DeskRefusal,
  isRefused,
  type OrderAnswer,
  type OrderRequest,
} from "../../src/exchange/trading/types.ts";
import type {
  Happening,
  WorldBook,
  WorldControls,
  WorldFloor,
  WorldMarket,
  WorldStatus,
} from "../../src/exchange/world.ts";
import { TICKER, TinyWorld, tinyMarket } from "./tiny-world.ts";

function nothing(): void {}

/** A tiny world with real, empty books. */
class TradingWorld extends TinyWorld {
  readonly books = new Map<string, LevelBook>();
  /** Shards and states of `controls.pause`, as they were called. */
  readonly pauses: (readonly [shard: number | null, isPaused: boolean])[] = [];
  readonly controls: WorldControls;
  #trades = 0;

  constructor(emit: (happening: Happening) => void) {
    super();
    this.controls = {
      pause: (shard, isPaused) => void this.pauses.push([shard, isPaused]),
      deactivate: nothing,
      activate: nothing,
      moveClose: nothing,
      changeStructure: nothing,
      delaySettlement: nothing,
      forceResult: nothing,
      amendResult: nothing,
    };
    for (const market of this.markets()) this.addBook(market, emit);
  }

  addBook(market: WorldMarket, emit: (happening: Happening) => void): LevelBook {
    this.addMarket(market, { yes: [], no: [] });
    const book = new LevelBook({
      ticker: market.ticker,
      grid: gridOf(market.structure),
      owners: 2,
      nowMs: () => this.nowMs(),
      tradeId: () => this.tradeId(),
      emit,
    });
    this.books.set(market.ticker, book);
    return book;
  }

  tradeId(): string {
    return `trade-${++this.#trades}`;
  }

  override floor(ticker: string): WorldFloor | undefined {
    return this.books.get(ticker);
  }

  override book(ticker: string): WorldBook | undefined {
    return this.books.get(ticker)?.read();
  }
}

export interface TradingRig {
  readonly world: TradingWorld;
  readonly desk: Desk;
  readonly events: AccountEvent[];
  readonly happenings: Happening[];
  /** Publishes what happens in the world, as the exchange does. */
  readonly publish: (happening: Happening) => void;
  /** What a client does at once when it hears of something. */
  react: (happening: Happening) => void;
}

export function tradingRig(options: Partial<DeskOptions> = {}): TradingRig {
  const events: AccountEvent[] = [];
  const happenings: Happening[] = [];
  const made: { rig?: TradingRig } = {};
  const publish = (happening: Happening): void => {
    happenings.push(happening);
    made.rig?.react(happening);
    made.rig?.desk.observe(happening);
  };
  const world = new TradingWorld(publish);
  const onEvent = (event: AccountEvent): void => void events.push(event);
  const desk = createDesk(world, { emit: publish, onEvent, ...options });
  const rig: TradingRig = { world, desk, events, happenings, publish, react: nothing };
  made.rig = rig;
  return rig;
}

/** A GTC bid for one contract at $0.40 without any option; whatever a test cares about it overrides. */
export function orderRequest(overrides: Partial<OrderRequest> = {}): OrderRequest {
  return {
    ticker: TICKER,
    clientOrderId: null,
    side: "bid",
    priceCc: 4000,
    countCq: 100,
    timeInForce: "good_till_canceled",
    selfTrade: "taker_at_cross",
    expirationS: null,
    isPostOnly: false,
    cancelOnPause: false,
    isReduceOnly: false,
    subaccount: 0,
    groupId: null,
    exchangeIndex: 2,
    ...overrides,
  };
}

/** Creates an order that must be accepted. */
export function place(rig: TradingRig, overrides: Partial<OrderRequest> = {}): OrderAnswer {
  return accepted(rig.desk.create(orderRequest(overrides)));
}

/** Creates an order that must be refused. */
export function refusalOf(rig: TradingRig, overrides: Partial<OrderRequest> = {}): DeskRefusal {
  return refused(rig.desk.create(orderRequest(overrides)));
}

export function accepted<T extends object>(answer: T | DeskRefusal): T {
  if (isRefused(answer)) throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer;
}

export function refused(answer: object): DeskRefusal {
  if (!isRefused(answer)) throw new Error("was not refused");
  return answer;
}

export function cancel(rig: TradingRig, orderId: string): CancelAnswer | DeskRefusal {
  return rig.desk.cancel({ orderId, ticker: TICKER, exchangeIndex: null });
}

/** A maker's size: a YES bid, or an ask given by its YES price. */
export function maker(
  rig: TradingRig,
  side: "bid" | "ask",
  priceCc: number,
  countCq: number,
): void {
  const book = bookOf(rig);
  const cc = side === "bid" ? priceCc : 10_000 - priceCc;
  const index = indexOfPrice(book.grid, cc);
  const owned: Side = side === "bid" ? "yes" : "no";
  book.add({ side: owned, owner: 0, index }, countCq, rig.world.nowMs());
}

/** Somebody buys (`yes`) or sells (`no`) YES at the touch. */
export function taker(rig: TradingRig, takerSide: Side, wanted: number): void {
  const tradeId = rig.world.tradeId();
  bookOf(rig).take({ takerSide, wanted, tradeId }, rig.world.nowMs());
}

export function bookOf(rig: TradingRig, ticker = TICKER): LevelBook {
  const book = rig.world.books.get(ticker);
  if (book === undefined) throw new Error(`${ticker} has no book`);
  return book;
}

/** Moves the clock, with the desk's timers at their own times. */
export function runTo(rig: TradingRig, ms: number): void {
  for (let next = rig.desk.nextTimerMs(); next <= ms; next = rig.desk.nextTimerMs()) {
    rig.world.runUntil(next, rig.publish);
    rig.desk.runTimers(next);
  }
  rig.world.runUntil(ms, rig.publish);
}

/** Gives a market another status, and result and payout if there are any. */
export function setStatus(
  rig: TradingRig,
  status: WorldStatus,
  payoutCc: number | null = null,
  ticker = TICKER,
): void {
  const market = rig.world.market(ticker) ?? tinyMarket({ ticker });
  const results = new Map([
    [0, "no" as const],
    [10_000, "yes" as const],
  ]);
  market.status = status;
  if (payoutCc !== null) {
    market.payoutCc = payoutCc;
    market.result = results.get(payoutCc) ?? "scalar";
  }
  rig.publish({ type: "status", ticker, status, atMs: rig.world.nowMs() });
}

export function cashOf(rig: TradingRig, exchangeIndex = 2, subaccount = 0): Balance {
  const found = rig.desk
    .balances()
    .find((cash) => cash.exchangeIndex === exchangeIndex && cash.subaccount === subaccount);
  if (found === undefined) throw new Error(`no cash on shard ${exchangeIndex}/${subaccount}`);
  return found;
}

export function positionOf(rig: TradingRig, subaccount = 0): number {
  const found = rig.desk
    .positions()
    .find((position) => position.ticker === TICKER && position.subaccount === subaccount);
  return found?.positionCq ?? 0;
}

/** Checks that the public deltas add up to the book. */
export function expectDeltasMatch(rig: TradingRig): void {
  const sums = new Map<string, number>();
  for (const happening of rig.happenings) {
    if (happening.type !== "delta" || happening.ticker !== TICKER) continue;
    const key = `${happening.side} ${happening.priceCc}`;
    const sum = (sums.get(key) ?? 0) + happening.deltaCq;
    if (sum === 0) sums.delete(key);
    else sums.set(key, sum);
  }
  const book = bookOf(rig).read();
  const levels = (["yes", "no"] as const).flatMap((side) =>
    book[side].map(([cc, cq]) => [`${side} ${cc}`, cq] as const),
  );
  expect(new Map(levels)).toEqual(sums);
}

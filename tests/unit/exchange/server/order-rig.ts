import { LevelBook } from "../../../../src/exchange/matching/level-book.ts";
import { gridOf, indexOfPrice } from "../../../../src/exchange/matching/price-grid.ts";
import { Archive } from "../../../../src/exchange/server/archive.ts";
import { createRestHandler, KALSHI_PREFIX } from "../../../../src/exchange/server/rest.ts";
import { GROUP_ROUTES } from "../../../../src/exchange/server/rest-groups.ts";
import { orderReadRoutes } from "../../../../src/exchange/server/rest-order-reads.ts";
import { ORDER_ROUTES } from "../../../../src/exchange/server/rest-orders.ts";
import { portfolioRoutes } from "../../../../src/exchange/server/rest-portfolio.ts";
import { transferRoutes } from "../../../../src/exchange/server/rest-transfers.ts";
import type { ExchangeRequest, ExchangeResponse } from "../../../../src/exchange/server/types.ts";
import { LaggedView, type ReadLag } from "../../../../src/exchange/trading/account-view.ts";
import { createDesk } from "../../../../src/exchange/trading/desk.ts";
import { ExchangeLedger } from "../../../../src/exchange/trading/ledger.ts";
import { Transfers } from "../../../../src/exchange/trading/transfers.ts";
import type { AccountEvent, Desk, DeskOptions } from "../../../../src/exchange/trading/types.ts";
import type { Happening } from "../../../../src/exchange/world.ts";
import { TICKER, TinyWorld } from "../../../support/tiny-world.ts";

/** Reads show everything at once unless a test is about their lag. */
const AT_ONCE: ReadLag = { minMs: 0, maxMs: 0 };

export interface RigOptions {
  readonly cash?: DeskOptions["cash"];
  readonly lag?: ReadLag;
  readonly world?: TinyWorld;
  readonly historyCutoffMs?: (nowMs: number) => number;
  /** The market with the book; `TICKER` when left out. */
  readonly ticker?: string;
}

interface OrderFields {
  readonly order_id: string;
  readonly client_order_id: string;
  readonly status: string;
  readonly ticker: string;
  readonly trade_id: string;
  readonly remaining_count: string;
  readonly error: { readonly code: string };
}

/** The fields of bodies that tests look at one by one. */
interface Body extends OrderFields {
  readonly order: OrderFields & Readonly<Record<string, unknown>>;
  readonly orders: readonly OrderFields[];
  readonly fills: readonly OrderFields[];
  readonly market_positions: readonly OrderFields[];
  readonly event_positions: readonly unknown[];
  readonly settlements: readonly OrderFields[];
  readonly queue_positions: readonly OrderFields[];
  readonly transfers: readonly unknown[];
  readonly cursor: string;
  readonly balance: number;
  readonly order_group_id: string;
  readonly transfer_id: string;
  readonly transfer: { readonly status: string };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly json: Body;
}

/** The endpoints of trading over a hand-written world with one book, without signatures and rate limits. */
export class OrderRig {
  readonly world: TinyWorld;
  readonly book: LevelBook;
  readonly desk: Desk;
  readonly view: LaggedView;
  readonly ledger = new ExchangeLedger();
  readonly transfers: Transfers;
  readonly events: AccountEvent[] = [];
  readonly #rest: (request: ExchangeRequest) => ExchangeResponse;
  #trades = 0;

  constructor(options: RigOptions = {}) {
    const world = options.world ?? new TinyWorld();
    this.world = world;
    const ticker = options.ticker ?? TICKER;
    const emit = (happening: Happening): void => this.desk.observe(happening);
    this.book = new LevelBook({
      ticker,
      grid: gridOf(world.market(ticker)?.structure ?? "linear_cent"),
      owners: 1,
      nowMs: () => world.nowMs(),
      tradeId: () => `00000000-0000-4000-8000-${String(++this.#trades).padStart(12, "0")}`,
      emit,
    });
    world.floorMap.set(ticker, this.book);
    this.desk = createDesk(world, {
      emit,
      onEvent: (event) => {
        this.events.push(event);
        this.view.observe(event);
        this.ledger.observe(event);
      },
      ...(options.cash === undefined ? {} : { cash: options.cash }),
    });
    const lag = options.lag ?? AT_ONCE;
    this.view = new LaggedView({ seed: 1, balances: this.desk.balances(), lag });
    this.transfers = new Transfers(this.desk);
    const archive = new Archive(options.historyCutoffMs);
    const { desk, view, ledger } = this;
    this.#rest = createRestHandler(
      { world, desk, view, ledger },
      [
        ...ORDER_ROUTES,
        ...orderReadRoutes(archive),
        ...GROUP_ROUTES,
        ...portfolioRoutes(archive),
        ...transferRoutes(this.transfers),
      ],
      () => null,
    );
  }

  /** Another participant's bid of one side. */
  offer(side: "yes" | "no", priceCc: number, countCq: number): void {
    const index = indexOfPrice(this.book.grid, priceCc);
    this.book.add({ side, owner: 0, index }, countCq, this.world.nowMs());
  }

  /** Another participant takes the front of one side. */
  take(side: "yes" | "no", countCq: number): void {
    this.book.hit(side, countCq, (happening) => this.desk.observe(happening));
  }

  pass(ms: number): void {
    this.world.runUntil(this.world.nowMs() + ms, (happening) => this.desk.observe(happening));
    this.desk.runTimers(this.world.nowMs());
    this.transfers.runTimers(this.world.nowMs());
  }

  send(method: string, path: string, body?: unknown): Answer {
    const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    const request = { method, path: `${KALSHI_PREFIX}${path}`, headers: {}, body: text };
    const answer = this.#rest(request);
    const { status, body: said } = answer;
    return { status, body: said, json: JSON.parse(said === "" ? "{}" : said) };
  }

  get(path: string): Answer {
    return this.send("GET", path);
  }

  create(over: Record<string, unknown> = {}): Answer {
    return this.send("POST", "/portfolio/events/orders", orderBody(over));
  }

  /** Rules broken so far, in the order in which they were. */
  get rules(): readonly string[] {
    return this.ledger.violations().map(({ rule }) => rule);
  }
}

let ids = 0;

/** A body that breaks no rule: a bid that rests for two minutes in a group named by the test, or in none. */
export function orderBody(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ticker: TICKER,
    client_order_id: `11111111-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    side: "bid",
    count: "1.00",
    price: "0.5000",
    time_in_force: "good_till_canceled",
    self_trade_prevention_type: "taker_at_cross",
    exchange_index: 2,
    ...over,
  };
}

/** $20 on the default shard, a little over $50 where crypto trades. */
export const FUNDS = [0, 2].map((exchangeIndex) => ({
  exchangeIndex,
  subaccount: 0,
  amountUd: exchangeIndex === 0 ? 20_000_000 : 50_018_600,
}));

/** A rig in which 2.00 contracts were bought at 52 cents, one of two orders still resting. */
export function trader(): OrderRig {
  const rig = new OrderRig({ cash: FUNDS });
  rig.offer("no", 4800, 200);
  rig.create({ count: "2.00", price: "0.5200", client_order_id: "taker" });
  rig.pass(1000);
  rig.create({ count: "3.00", price: "0.4000", client_order_id: "maker" });
  rig.pass(1000);
  return rig;
}

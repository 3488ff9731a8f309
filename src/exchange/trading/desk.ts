// The trading side of the exchange: one account, its orders and its money, over the markets of a world.

import { Agenda } from "../agenda.ts";
import { Rng } from "../random.ts";
import type { Happening, World, WorldStatus } from "../world.ts";
import { Account, isSubaccount } from "./account.ts";
import { isPastClose } from "./checks.ts";
import { Engine } from "./engine.ts";
import { Groups } from "./groups.ts";
import { OrderRequests } from "./order-requests.ts";
import { type LiveOrder, OrderStore } from "./order-store.ts";
import { isOnGrid } from "./prices.ts";
import { invalidOrder, TRADING_IS_PAUSED, USER_NOT_FOUND } from "./refusals.ts";
import { Settler } from "./settle.ts";
import { Shards } from "./shards.ts";
import {
  type AccountEvent,
  type AmendRequest,
  type Balance,
  type CancelAnswer,
  type CashPlace,
  type Desk,
  type DeskOptions,
  type DeskRefusal,
  type Fill,
  type GroupRequest,
  type OrderAnswer,
  type OrderGroup,
  type OrderName,
  type OrderRequest,
  type OrderState,
  type Position,
  type Settlement,
  type ShardState,
  type UpdateReason,
} from "./types.ts";
import { weeklyPause } from "./weekly-pause.ts";

const DEFAULT_CASH = [{ exchangeIndex: 2, subaccount: 0, amountUd: 1_000_000_000 }];
/** Orders placed this long after a cancel-all are cancelled too (kalshi.md §2.9), a moment after they were accepted. */
const SWEEP_MS = 60_000;
const SWEEP_DELAY_MS = 250;
/** The exchange takes this long at most to cancel what rests at a close (kalshi.md §3.4). */
const CLOSE_BURST_MS = 850;

export function createDesk(world: World, options: DeskOptions): Desk {
  return new TradingDesk(world, options);
}

class TradingDesk implements Desk {
  readonly #world: World;
  readonly #tell: (event: AccountEvent) => void;
  readonly #rng: Rng;
  readonly #account = new Account();
  readonly #orders = new OrderStore();
  readonly #shards = new Shards();
  readonly #timers: Agenda;
  readonly #groups: Groups;
  readonly #engine: Engine;
  readonly #settler: Settler;
  readonly #requests: OrderRequests;
  /** Cancel-alls whose minute still runs. */
  #sweeps: { readonly subaccount: number | null; readonly untilMs: number }[] = [];

  constructor(world: World, options: DeskOptions) {
    this.#world = world;
    this.#tell = options.onEvent;
    this.#rng = new Rng(world.startMs, "desk");
    this.#timers = new Agenda(world.nowMs());
    const [account, orders, tell] = [this.#account, this.#orders, options.onEvent];
    this.#groups = new Groups({
      tell: (change, group) => tell({ type: "group", change, group, atMs: world.nowMs() }),
      cancelMembers: (groupId) =>
        this.#cancelWhere((order) => order.groupId === groupId && this.#mayCancel(order), ""),
    });
    this.#engine = new Engine({
      world,
      account,
      orders,
      tell,
      emit: options.emit,
      ...(options.feeOf === undefined ? {} : { feeOf: options.feeOf }),
      onFilled: ({ groupId }, countCq) => {
        if (groupId !== null) this.#groups.filled(groupId, countCq, world.nowMs());
      },
    });
    this.#settler = new Settler({ account, tell });
    this.#requests = new OrderRequests({
      context: { world, account, orders, groups: this.#groups, shards: this.#shards },
      engine: this.#engine,
      rng: this.#rng,
      onPlaced: (order) => this.#watch(order),
    });
    for (const cash of options.cash ?? DEFAULT_CASH) {
      account.deposit(cash, cash.amountUd, world.nowMs());
    }
    if (options.hasWeeklyPause !== false) this.#watchWeek(world.nowMs());
  }

  create(request: OrderRequest): OrderAnswer | DeskRefusal {
    return this.#requests.create(request);
  }

  amend(request: AmendRequest): OrderAnswer | DeskRefusal {
    return this.#requests.amend(request);
  }

  decrease(
    name: OrderName,
    by: { readonly byCq: number } | { readonly toCq: number },
  ): CancelAnswer | DeskRefusal {
    return this.#requests.decrease(name, by);
  }

  cancel(name: OrderName): CancelAnswer | DeskRefusal {
    return this.#requests.cancel(name);
  }

  cancelAll(subaccount: number | null): void {
    const untilMs = this.#world.nowMs() + SWEEP_MS;
    this.#sweeps.push({ subaccount, untilMs });
    this.#cancelWhere((order) => {
      const isMeant = subaccount === null || order.subaccount === subaccount;
      return isMeant && this.#mayCancel(order);
    }, "Decrease");
  }

  #mayCancel({ ticker, exchangeIndex }: OrderState): boolean {
    const market = this.#world.market(ticker);
    if (market === undefined || isPastClose(market.status)) return false;
    return this.#shards.isExchangeActive(exchangeIndex);
  }

  #cancelWhere(isMeant: (order: OrderState) => boolean, reason: UpdateReason): void {
    for (const order of this.#orders.open()) {
      if (isMeant(order.state)) this.#engine.cancel(order, reason);
    }
  }

  /** Sets the timers of an order that has come to rest. */
  #watch(order: LiveOrder): void {
    const { status, expirationMs, subaccount } = order.state;
    if (status !== "resting") return;
    if (expirationMs !== null) {
      this.#timers.once(expirationMs, (nowMs) => {
        const dueMs = order.state.expirationMs ?? Number.POSITIVE_INFINITY;
        if (dueMs <= nowMs) this.#engine.cancel(order, "ExpiryCancel");
      });
    }
    const nowMs = this.#world.nowMs();
    this.#sweeps = this.#sweeps.filter((sweep) => sweep.untilMs >= nowMs);
    const isSwept = this.#sweeps.some(
      (sweep) => sweep.subaccount === null || sweep.subaccount === subaccount,
    );
    if (!isSwept) return;
    this.#timers.once(nowMs + SWEEP_DELAY_MS, () => {
      if (this.#mayCancel(order.state)) this.#engine.cancel(order, "Decrease");
    });
  }

  createGroup(request: GroupRequest): OrderGroup | DeskRefusal {
    if (!isSubaccount(request.subaccount)) return invalidOrder("invalid subaccount");
    if (!this.#account.isKnownAt(request.exchangeIndex)) return USER_NOT_FOUND;
    return this.#groups.create(this.#rng.uuid(), request);
  }

  deleteGroup(groupId: string): OrderGroup | DeskRefusal {
    return this.#groupRefusal(groupId) ?? this.#groups.delete(groupId);
  }

  resetGroup(groupId: string): OrderGroup | DeskRefusal {
    return this.#groupRefusal(groupId) ?? this.#groups.reset(groupId);
  }

  triggerGroup(groupId: string): OrderGroup | DeskRefusal {
    return this.#groupRefusal(groupId) ?? this.#groups.trigger(groupId);
  }

  limitGroup(groupId: string, limitCq: number): OrderGroup | DeskRefusal {
    const nowMs = this.#world.nowMs();
    return this.#groupRefusal(groupId) ?? this.#groups.limit(groupId, limitCq, nowMs);
  }

  /** In an exchange pause nothing is taken, least of all what would cancel orders. */
  #groupRefusal(groupId: string): DeskRefusal | null {
    const group = this.#groups.get(groupId);
    if (group === undefined || this.#shards.isExchangeActive(group.exchangeIndex)) return null;
    return TRADING_IS_PAUSED;
  }

  order(orderId: string): OrderState | undefined {
    return this.#orders.get(orderId)?.state;
  }

  orderByClientId(clientOrderId: string): OrderState | undefined {
    return this.#orders.byClientId(clientOrderId);
  }

  orders(): readonly OrderState[] {
    return this.#orders.states();
  }

  fills(): readonly Fill[] {
    return this.#engine.fills;
  }

  positions(): readonly Position[] {
    return this.#account.positions();
  }

  balances(): readonly Balance[] {
    return this.#account.balances();
  }

  settlements(): readonly Settlement[] {
    return this.#settler.settlements;
  }

  groups(): readonly OrderGroup[] {
    return this.#groups.list();
  }

  aheadCq(orderId: string): number | null {
    const order = this.#orders.get(orderId);
    if (order === undefined || order.place === null) return null;
    return this.#engine.floor(order.state.ticker)?.aheadCq(order.place) ?? null;
  }

  transfer(from: CashPlace, to: CashPlace, amountUd: number): boolean {
    const isPossible = Number.isSafeInteger(amountUd) && amountUd > 0 && this.#isPlace(to);
    if (!isPossible || amountUd > this.#account.availableUd(from)) return false;
    const atMs = this.#world.nowMs();
    this.#account.deposit(from, -amountUd, atMs);
    this.#account.deposit(to, amountUd, atMs);
    for (const place of [from, to]) {
      this.#tell({ type: "balance", balance: this.#account.balance(place), atMs });
    }
    return true;
  }

  #isPlace({ exchangeIndex, subaccount }: CashPlace): boolean {
    return this.#shards.has(exchangeIndex) && isSubaccount(subaccount);
  }

  shards(): readonly ShardState[] {
    return this.#shards.list();
  }

  setShard(state: ShardState): void {
    const before = this.#shards.list();
    this.#shards.set(state);
    this.#shardsChanged(before);
  }

  /** A shard that stops takes the other participants with it, and the orders that were to go in a pause. */
  #shardsChanged(before: readonly ShardState[]): void {
    for (const { exchangeIndex, isTradingActive } of this.#shards.list()) {
      const old = before.find((state) => state.exchangeIndex === exchangeIndex);
      if ((old?.isTradingActive ?? true) === isTradingActive) continue;
      this.#world.controls?.pause(exchangeIndex, !isTradingActive);
      if (isTradingActive) continue;
      this.#cancelWhere(
        (order) => order.cancelOnPause && order.exchangeIndex === exchangeIndex,
        "HaltCancel",
      );
    }
  }

  #watchWeek(nowMs: number): void {
    const { startMs, endMs } = weeklyPause(nowMs);
    const isPaused = startMs <= nowMs;
    const before = this.#shards.list();
    this.#shards.setWeeklyPause(isPaused);
    this.#shardsChanged(before);
    this.#timers.once(isPaused ? endMs : startMs, (atMs) => this.#watchWeek(atMs));
  }

  observe(happening: Happening): void {
    if (happening.type === "execution") this.#engine.executed(happening.orderId, happening.trade);
    else if (happening.type === "status") this.#statusChanged(happening);
    else if (happening.type === "lifecycle") this.#lifecycle(happening.msg);
  }

  #statusChanged({
    ticker,
    status,
    atMs,
  }: {
    readonly ticker: string;
    readonly status: WorldStatus;
    readonly atMs: number;
  }): void {
    const open = this.#orders.openIn(ticker);
    if (status === "active") {
      // A market that opens has no orders yet; one that is reactivated loses those it has (kalshi.md §4.2).
      for (const order of open) this.#engine.cancel(order, "HaltCancel");
    } else if (status === "closed") {
      for (const order of open) {
        this.#timers.once(atMs + this.#rng.between(1, CLOSE_BURST_MS), () =>
          this.#engine.cancel(order, "CloseCancel"),
        );
      }
    } else if (status === "finalized") this.#settle(ticker, atMs);
  }

  #settle(ticker: string, atMs: number): void {
    for (const order of this.#orders.openIn(ticker)) this.#engine.cancel(order, "CloseCancel");
    const market = this.#world.market(ticker);
    if (market !== undefined) this.#settler.settle(market, atMs);
  }

  /** Orders survive a finer tick ladder; at a price the new one lacks there is no place for them. */
  #lifecycle(msg: Readonly<Record<string, unknown>>): void {
    if (msg["event_type"] !== "price_level_structure_updated") return;
    const market = this.#world.market(String(msg["market_ticker"]));
    if (market === undefined) return;
    this.#cancelWhere(
      (order) => order.ticker === market.ticker && !isOnGrid(market, order.priceCc),
      "",
    );
  }

  nextTimerMs(): number {
    return this.#timers.nextMs();
  }

  runTimers(nowMs: number): void {
    while (this.#timers.nextMs() <= nowMs) this.#timers.runNext();
  }
}

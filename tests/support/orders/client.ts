import { createAccountStream } from "../../../src/adapters/kalshi/account-stream.ts";
import { createSigner } from "../../../src/adapters/kalshi/auth.ts";
import { createOrderWrites } from "../../../src/adapters/kalshi/order-writes.ts";
import { createKalshiRest } from "../../../src/adapters/kalshi/rest.ts";
import type { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../src/app/compose/lockstep.ts";
import { Reconciler } from "../../../src/app/live/reconcile.ts";
import { LiveVenue } from "../../../src/app/live/venue.ts";
import { type Ending, windDown } from "../../../src/app/live/wind-down.ts";
import { Session } from "../../../src/app/session.ts";
import { Engine } from "../../../src/core/engine.ts";
import type { LatchCause } from "../../../src/core/live/breakers.ts";
import type { Order } from "../../../src/core/orders.ts";
import type { OrderRecord } from "../../../src/core/records.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import type { WorldMarket } from "../../../src/exchange/world.ts";
import type { HttpClient } from "../../../src/ports.ts";
import { aMarket, TAPERED } from "../builders.ts";
import { anEngineConfig } from "../engine-config.ts";
import type { MemoryJournal } from "./memory-journal.ts";
import { randomTrader } from "./random-trader.ts";

export const LIMITS = {
  bankroll: money(1_000_000_000),
  maxDailyLossPct: 0.03,
  maxPositionPct: 0.01,
  maxOpenPositions: 2,
} as const;

/** Thrown where a client is to die. */
export class Crash extends Error {}

export interface ClientParts {
  readonly exchange: LocalExchange;
  readonly clock: VirtualClock;
  readonly journal: MemoryJournal;
  readonly runId: number;
  readonly seed: number;
  readonly latches: LatchCause[];
  /** Called at each named place; throws a `Crash` to die there. */
  readonly crash: (place: string) => void;
}

/** One life of a trading process, with the order path as it is shipped, from its start to its end or its death. */
export class Client {
  readonly venue: LiveVenue;
  readonly engine: Engine;
  readonly session: Session;
  readonly #parts: ClientParts;
  readonly #reads;
  readonly #reconciler: Reconciler;
  readonly #stop = new AbortController();
  /** What broke a task of this client; a crash or a bug. */
  failure: unknown = null;
  isDead = false;
  #lookedMs: number;
  #seq = 0;

  constructor(parts: ClientParts) {
    const { clock, exchange, journal, latches, runId, seed } = parts;
    this.#parts = parts;
    this.#lookedMs = clock.nowMs();
    const { keyId, privateKeyPem } = exchange;
    const signer = createSigner({ keyId, privateKeyPem });
    const baseUrl = "http://exchange.local/trade-api/v2";
    const http = this.#mortal(createLockstepHttp(exchange, clock));
    this.#reads = createKalshiRest({ baseUrl, http, clock, signer });
    this.engine = new Engine(
      anEngineConfig({
        runId,
        runKey: `simulation/${seed}/${runId}`,
        strategies: [randomTrader(seed * 1000 + runId)],
        limits: LIMITS,
        past: journal.past(),
      }),
    );
    this.venue = new LiveVenue({
      clock,
      writes: createOrderWrites({ baseUrl, http, clock, signer }),
      reads: this.#reads,
      gate: this.engine.gate,
      groupContracts: 500,
      ordersPerMinute: 6,
      sentMs: journal.orders.map(({ createdMs }) => createdMs),
      pastTrades: journal.fills.map(({ fillId }) => fillId),
      market: (ticker) => this.engine.market(ticker),
      isExclusive: () => true,
      isKilled: () => false,
      holdReason: () => (stream.isHeard ? null : "account_unheard"),
      latch: (cause) => void latches.push(cause),
    });
    this.session = new Session({
      recorder: journal.recorder(runId, parts.crash),
      engine: this.engine,
      venue: this.venue,
      proxy: null,
      startMs: clock.nowMs(),
      resync: () => {},
    });
    for (const order of journal.openOrders()) {
      const fills = journal.fillsOf(order.orderId);
      const trades = fills.map(({ fillId }) => fillId);
      const booked = fills.reduce((sum, fill) => sum + fill.qty, 0);
      this.engine.expect(orderOf(order));
      this.venue.adopt(orderOf(order), { trades, booked });
    }
    this.#reconciler = new Reconciler({
      venue: this.venue,
      reads: this.#reads,
      clock,
      positions: () => this.engine.portfolio.positions(),
      market: (ticker) => this.engine.market(ticker),
      isExclusive: () => true,
      isStrict: false,
      cash: null,
    });
    const url = "ws://exchange.local/trade-api/ws/v2";
    const openSocket = createLockstepSocket(exchange);
    const stream = createAccountStream({ url, openSocket, signer, clock, rng: mulberry32(seed) });
    stream
      .run(
        {
          order: (seen) => this.venue.sawOrder(seen),
          fill: (fill) => this.venue.sawFill(fill),
          missed: () => this.venue.missed(),
        },
        this.#stop.signal,
      )
      .catch((error: unknown) => this.#fail(error));
    const fees = { type: "fees", scope: "series", ticker: "KXBTC15M" } as const;
    const terms = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];
    this.#handle({ ...fees, terms, recvMs: clock.nowMs() });
  }

  /** Everything a running client does ten times a second. */
  tick(): void {
    const { clock, exchange } = this.#parts;
    const nowMs = clock.nowMs();
    this.#guard(() => {
      for (const market of exchange.world.markets()) this.#tell(market, nowMs);
      this.session.advance(nowMs);
      this.venue.tick();
    });
    if (this.isDead || nowMs - this.#lookedMs < 5_000) return;
    this.#lookedMs = nowMs;
    this.#look().catch((error: unknown) => this.#fail(error));
  }

  async #look(): Promise<void> {
    try {
      const cause = await this.#reconciler.look(this.#stop.signal);
      if (cause !== null && !this.isDead) this.venue.latch(cause);
    } catch {
      // A read that failed has shown nothing.
    }
  }

  #tell(market: WorldMarket, recvMs: number): void {
    const { ticker } = market;
    const known = this.engine.market(ticker);
    if (known === undefined) this.#handle({ type: "market", market: marketOf(market), recvMs });
    if (market.status === "finalized" && market.result !== "") {
      const { eventTicker, payoutCc, result } = market;
      const yesPayout = payoutCc === null ? null : price(payoutCc);
      const settled = { type: "settlement", ticker, eventTicker, result, yesPayout } as const;
      const rest = { expirationValue: null, settledMs: recvMs, final: true, source: "test" };
      this.#handle({ ...settled, ...rest, recvMs });
      return;
    }
    const book = this.#parts.exchange.world.book(ticker);
    if (book === undefined || market.status !== "active") return;
    const levelsOf = (side: "yes" | "no") =>
      book[side].map(([cc, cq]) => [price(cc), qty(cq)] as const);
    const levels = { yes: levelsOf("yes"), no: levelsOf("no") };
    this.#handle({ type: "snapshot", ticker, sid: 1, seq: ++this.#seq, ...levels, recvMs });
  }

  #handle(event: Parameters<Session["handle"]>[0]): void {
    this.#guard(() => this.session.handle(event));
  }

  /** The way a run ends: nothing under way, nothing resting, or a word about what may be. */
  async end(signal: AbortSignal): Promise<Ending> {
    const { clock } = this.#parts;
    const ending = await windDown(
      { venue: this.venue, reads: this.#reads, clock, alarm: () => {} },
      signal,
    );
    this.#guard(() => this.session.finish(clock.nowMs()));
    await this.die();
    return ending;
  }

  /** Gone, with whatever was under way. */
  async die(): Promise<void> {
    if (this.isDead) return;
    this.isDead = true;
    this.#stop.abort(new DOMException("dead", "AbortError"));
    await this.venue.abandon();
  }

  #guard(work: () => void): void {
    if (this.isDead || this.failure !== null) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const cause = error instanceof Error && error.cause instanceof Crash ? error.cause : error;
    this.failure ??= cause;
  }

  /** Requests of a dead client do not leave, and answers to one are heard by nobody. */
  #mortal(http: HttpClient): HttpClient {
    return {
      request: async (request, signal) => {
        const { pathname } = new URL(request.url);
        const word = wordOf(request.method, pathname);
        if (this.#dies(`${word}.before_send`)) return untilAborted(signal);
        const answer = await http.request(request, signal);
        return this.#dies(`${word}.after_send`) ? untilAborted(signal) : answer;
      },
    };
  }

  /** A crash in a task must not be taken for a failed request. */
  #dies(place: string): boolean {
    try {
      this.#parts.crash(place);
      return this.failure !== null;
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }
}

/** What a request is for, as the name of a place to die at. */
function wordOf(method: string, path: string): string {
  if (method === "GET") return "read";
  if (path.includes("order_groups")) return "group";
  return method === "POST" ? "place" : "cancel";
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new DOMException("dead", "AbortError"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

function marketOf({ closeMs, eventTicker, openMs, ticker }: WorldMarket) {
  return aMarket({ ticker, eventTicker, openMs, closeMs, ranges: TAPERED, exchangeIndex: 2 });
}

/** An order as the journal has it; what only its request said is not on file. */
function orderOf(row: OrderRecord): Order {
  return { ...row, timeInForce: "gtc", postOnly: false, expiresMs: null, mayAdd: false };
}

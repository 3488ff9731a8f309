import { createRecorder } from "../../src/adapters/sqlite/recorder.ts";
import { Session } from "../../src/app/session.ts";
import { Engine } from "../../src/core/engine.ts";
import type { MarketEvent } from "../../src/core/events.ts";
import { IOC } from "../../src/core/orders.ts";
import { SimVenue } from "../../src/core/sim/venue.ts";
import {
  hold,
  leave,
  type MarketView,
  type Strategy,
  trade,
  type Verdict,
} from "../../src/core/strategy.ts";
import { money, price, qty, type Side } from "../../src/core/units.ts";
import { aMarket, levels } from "./builders.ts";
import { anEngineConfig } from "./engine-config.ts";

// Trades as a test wants them, through the real engine, the simulated venue and the recorder: what a strategy wishes is
// said by the test, everything behind it is the program's own.

/** 2026-11-02T19:00:00Z. */
const STORY_MS = 1_793_646_000_000;
const CLOSE_MS = STORY_MS + 900_000;
const LATENCY_MS = 100;

type Wish = (view: MarketView) => Verdict;

/** Buys that many contracts at the ask of a side, believing in `p`. */
export function entry(strategy: string, side: Side, contracts: number, mayAdd = false): Wish {
  return ({ market, yesAsk, yesBid }) => {
    const ask = side === "yes" ? yesAsk : price(10_000 - (yesBid ?? 0));
    if (ask === null) return hold(["one_sided"]);
    const intent = { strategy, ticker: market.ticker, side, action: "buy", price: ask } as const;
    const judged = { side, cost: money(ask * 100), ev: 0.05, p: side === "yes" ? 0.65 : 0.35 };
    return trade({ ...intent, qty: qty(contracts * 100), ...IOC, mayAdd }, judged);
  };
}

/** Sells what is held, in at most so many orders. */
export function exit(reason: string, maxAttempts = 3): Wish {
  return (view) => {
    const terms = { reason, floor: price(100), maxMs: 60_000, maxAttempts };
    return leave(view, terms, { side: view.holding?.side ?? null, cost: null, ev: null, p: 0.4 });
  };
}

export class TradingStory {
  readonly #session: Session;
  readonly #recorder: ReturnType<typeof createRecorder>;
  readonly #wishes = new Map<string, Wish>();
  #nowMs = STORY_MS;
  #seq = 0;

  constructor(path: string, strategies: readonly string[]) {
    this.#recorder = createRecorder({
      path,
      env: "sim",
      run: { mode: "paper", startedMs: STORY_MS, version: "0.1.0", config: {}, command: "paper" },
      nowMs: () => this.#nowMs,
    });
    const engine = new Engine(
      anEngineConfig({
        runId: this.#recorder.runId,
        runKey: `story/${this.#recorder.runId}`,
        strategies: strategies.map((name) => this.#strategy(name)),
        limits: {
          bankroll: money(1_000_000_000),
          maxDailyLossPct: 1,
          maxPositionPct: 1,
          maxOpenPositions: 100,
        },
      }),
    );
    const venue = new SimVenue(
      {
        latencyMs: LATENCY_MS,
        latencySpread: 0,
        seed: 1,
        feeStep: money(1),
        participation: 1,
        haircut: 0,
        queueModel: "riskAverse",
        restingFills: "likely",
        bookStaleMs: 5_000,
      },
      {
        book: (ticker) => engine.book(ticker),
        closeMs: (ticker) => engine.market(ticker)?.closeMs,
        bookFeedMs: () => engine.bookFeedMs,
        fees: (ticker, atMs) => engine.fees(ticker, atMs),
      },
    );
    this.#session = new Session({
      recorder: this.#recorder,
      engine,
      venue,
      proxy: null,
      startMs: STORY_MS,
      resync: () => undefined,
    });
    this.#tell({
      type: "fees",
      scope: "series",
      ticker: "KXBTC15M",
      terms: [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }],
    });
  }

  get runId(): number {
    return this.#recorder.runId;
  }

  list(ticker: string): void {
    const market = aMarket({ ticker, openMs: STORY_MS, closeMs: CLOSE_MS });
    this.#tell({ type: "market", market });
  }

  /** Best bids of both sides in cents, with so many contracts on each. */
  quote(ticker: string, yes: number, no: number, contracts = 100): void {
    this.#tell({
      type: "snapshot",
      ticker,
      sid: 1,
      seq: ++this.#seq,
      yes: levels([[yes, contracts]]),
      no: levels([[no, contracts]]),
    });
  }

  /** At the next look at the market the strategy wishes this, once. */
  wish(strategy: string, ticker: string, wish: Wish): void {
    this.#wishes.set(`${strategy} ${ticker}`, wish);
  }

  /** A second passes, and a bit: every market is looked at, and orders arrive. */
  wait(seconds = 1): void {
    for (let second = 0; second < seconds; second++) {
      this.#nowMs += 1_000;
      this.#session.advance(this.#nowMs);
    }
    this.#nowMs += LATENCY_MS;
    this.#session.advance(this.#nowMs);
  }

  settle(ticker: string, result: "yes" | "no"): void {
    const settledMs = CLOSE_MS + 5_000;
    this.#nowMs = Math.max(this.#nowMs, settledMs);
    this.#tell({
      type: "settlement",
      ticker,
      eventTicker: aMarket().eventTicker,
      result,
      yesPayout: null,
      expirationValue: "100000.5",
      settledMs,
      final: true,
      source: "kalshi",
    });
  }

  async end(): Promise<void> {
    this.#session.finish(this.#nowMs);
    await this.#recorder.drain();
    await this.#recorder.close(0);
  }

  #strategy(name: string): Strategy {
    return {
      name,
      evaluate: (view) => {
        const key = `${name} ${view.market.ticker}`;
        const wish = this.#wishes.get(key);
        this.#wishes.delete(key);
        return wish?.(view) ?? hold(["no_signal"]);
      },
    };
  }

  #tell(event: DistributiveOmit<MarketEvent, "recvMs">): void {
    this.#session.handle({ ...event, recvMs: this.#nowMs });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

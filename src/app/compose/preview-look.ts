import { formatInTimeZone } from "date-fns-tz";
import type { Config } from "../../config/schema.ts";
import type { Effect } from "../../core/effects.ts";
import type { Engine } from "../../core/engine.ts";
import type { EngineEvent } from "../../core/events.ts";
import { takerFee } from "../../core/fees.ts";
import type { Opportunity, OrderRecord } from "../../core/records.ts";
import type { SlippageState } from "../../core/slippage.ts";
import { costOf, type Money, type Ms, money, ZERO_QTY } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import { wantedStrategies } from "../../strategies/registry.ts";
import type { PlannedFacts, PreviewFacts } from "../preview-report.ts";
import { buildEngine } from "./engine.ts";
import type { Environment } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { PreviewReads, type Seen } from "./preview-reads.ts";
import type { Pricing } from "./pricing.ts";

/** After this long without a look the prices in between are missing, and a run would not go on from before them either. */
const GAP_MS = 30_000;
/** Whole seconds since the last look of which the engine is told, as a run does after a stall. */
const CATCH_UP_S = 3;

export interface LookerParts {
  readonly config: Config;
  readonly env: Environment;
  /** The one that waits for the budget of requests. */
  readonly clock: Clock;
  /** Names, one at least. */
  readonly strategies: readonly string[];
  readonly slippage: readonly SlippageState[];
  readonly pricing: Pricing;
  readonly hitRate: PreviewFacts["hitRate"];
}

/**
 * Looks at the exchange, shows the engine what was read, as a run would, and asks it what it would do. The engine stays
 * from one look to the next, so that strategies learn from what they watch; nothing it wants is ever carried out.
 */
export class Looker {
  readonly #parts: LookerParts;
  readonly #reads: PreviewReads;
  #engine: Engine | null = null;
  #lookedMs: Ms = Number.NEGATIVE_INFINITY;
  /** Markets whose book the engine holds. */
  #booked: ReadonlySet<string> = new Set();

  constructor(parts: LookerParts) {
    this.#parts = parts;
    const { clock, config, env } = parts;
    this.#reads = new PreviewReads({ config, env, rest: kalshiRest(env, clock) });
  }

  async look(signal: AbortSignal): Promise<PreviewFacts> {
    const { config, env } = this.#parts;
    const seen = await this.#reads.look(signal);
    const nowMs = env.clock.nowMs();
    const engine = this.#engineFor(seen, nowMs);
    this.#show(engine, seen, nowMs);
    const { planned, rows } = ask(engine, nowMs);
    this.#lookedMs = nowMs;
    const { bankroll_usd: bankroll, max_position_pct: share } = config.risk;
    return {
      environment: env.label,
      nowMs,
      markets: seen.markets,
      spots: seen.spots,
      candles: seen.candles,
      warnings: seen.warnings,
      strategies: this.#strategies(),
      rows,
      planned,
      candidates: engine.candidates(nowMs),
      hitRate: this.#parts.hitRate,
      limits: (strategy) => entryLimits(config, strategy),
      maxPosition: money(Math.floor(bankroll * 1e6 * share)),
      staleMs: config.coinbase.stale_after_s * 1000,
      newYorkTime: (ms) => formatInTimeZone(ms, "America/New_York", "HH:mm zzz"),
    };
  }

  #strategies(): readonly string[] {
    const { config, strategies } = this.#parts;
    return wantedStrategies(config, strategies);
  }

  /** The one of the last look, or one that begins now. */
  #engineFor({ candles }: Seen, nowMs: Ms): Engine {
    if (this.#engine !== null && nowMs - this.#lookedMs <= GAP_MS) return this.#engine;
    const { config, pricing, slippage, strategies } = this.#parts;
    const options = { runId: 1, runKey: "preview", strategies, slippage, pricing };
    const engine = buildEngine(config, options);
    for (const candle of candles) engine.step(candle);
    this.#engine = engine;
    this.#lookedMs = nowMs;
    this.#booked = new Set();
    return engine;
  }

  #show(engine: Engine, seen: Seen, nowMs: Ms): void {
    const last = Math.floor(this.#lookedMs / 1000);
    const now = Math.floor(nowMs / 1000);
    for (let second = Math.max(last, now - CATCH_UP_S) + 1; second <= now; second++) {
      tell(engine, { type: "wake", recvMs: second * 1000 });
    }
    for (const report of seen.fees) tell(engine, report);
    for (const market of seen.markets) tell(engine, { type: "market", market, recvMs: nowMs });
    // Before the books: a volatility that is asked for before the first price does not know the time of day.
    for (const spot of seen.spots) tell(engine, spot);
    for (const [ticker, book] of seen.books) {
      tell(engine, { type: "snapshot", ticker, sid: 0, seq: 0, ...book, recvMs: nowMs });
    }
    const tickers = [...this.#booked].filter((ticker) => !seen.books.has(ticker));
    if (tickers.length > 0) tell(engine, lostBooks(tickers, this.#lookedMs, nowMs));
    this.#booked = new Set(seen.books.keys());
  }
}

function lostBooks(tickers: readonly string[], fromMs: Ms, recvMs: Ms): EngineEvent {
  const at = { sid: 0, fromSeq: 0, toSeq: 0, fromMs, toMs: recvMs, recvMs };
  return { type: "gap", source: "kalshi", reason: "poll_failed", tickers, ...at };
}

/** What the engine would order half-way through a look is of no interest, and must not stand in the way of the rest. */
function tell(engine: Engine, event: EngineEvent): void {
  withdraw(engine, ordersOf(engine.step(event)), event.recvMs);
}

function ask(engine: Engine, nowMs: Ms): { rows: Opportunity[]; planned: PlannedFacts[] } {
  const effects = engine.ask(nowMs);
  const rows = effects.flatMap((effect) => (effect.type === "opportunity" ? [effect.row] : []));
  const orders = ordersOf(effects);
  withdraw(engine, orders, nowMs);
  return {
    rows,
    planned: orders.map((order) => ({ order, worstCost: worstCost(engine, order, nowMs) })),
  };
}

function ordersOf(effects: readonly Effect[]): OrderRecord[] {
  return effects.flatMap((effect) => (effect.type === "order" ? [effect.row] : []));
}

function withdraw(engine: Engine, orders: readonly OrderRecord[], recvMs: Ms): void {
  for (const { orderId } of orders) {
    const end = { state: "canceled", filledQty: ZERO_QTY, reason: "preview" } as const;
    engine.step({ type: "order", orderId, ...end, recvMs });
  }
}

/** All of it at its limit, fee included; null while the fee is not known. */
function worstCost(engine: Engine, { price, qty, ticker }: OrderRecord, nowMs: Ms): Money | null {
  const fees = engine.fees(ticker, nowMs);
  return fees === undefined ? null : money(costOf(price, qty) + takerFee(price, qty, fees));
}

function entryLimits({ strategy }: Config, name: string): ReturnType<PreviewFacts["limits"]> {
  const limits = Object.entries(strategy).find(([known]) => known === name)?.[1];
  return limits !== undefined && "spread_max_ticks" in limits ? limits : null;
}

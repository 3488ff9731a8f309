import type { Effect } from "../../src/core/effects.ts";
import { Engine } from "../../src/core/engine.ts";
import type { EngineConfig } from "../../src/core/engine-config.ts";
import type { EngineEvent, IndexTick, Settlement } from "../../src/core/events.ts";
import { IOC } from "../../src/core/orders.ts";
import type { LedgerRecord, RiskRecord } from "../../src/core/records.ts";
import { money, price, qty, type Side } from "../../src/core/units.ts";
import { aFill, aMarket } from "./builders.ts";
import { anEngineConfig } from "./engine-config.ts";

// One position through its close and whatever is said about its market afterwards.

export const MARKET = aMarket({ floorUsd: 100_000 });
export const CLOSE_MS = MARKET.closeMs;
/** Of the default configuration. */
export const GRACE_MS = 120_000;

/** A result as the exchange tells it; `scalar 2500` with what YES pays, in centicents. */
export type Word = "yes" | "no" | "scalar" | "void" | `scalar ${number}` | `void ${number}`;

function said(word: string, final: boolean, recvMs: number): Settlement {
  const [name, payout] = word.replace("!", "").split(" ");
  const result = name === "yes" || name === "no" || name === "scalar" ? name : "";
  return {
    type: "settlement",
    ticker: MARKET.ticker,
    eventTicker: MARKET.eventTicker,
    result,
    yesPayout: payout === undefined ? null : price(Number(payout)),
    expirationValue: null,
    settledMs: recvMs,
    final,
    source: "kalshi",
    recvMs,
  };
}

/** Prints of the averaging minute but for those left out, counted from the last one. */
export function prints(
  valueUsd: number,
  { proxy = false, without = [] }: { proxy?: boolean; without?: readonly number[] } = {},
): IndexTick[] {
  return Array.from({ length: 60 }, (_, back) => back)
    .filter((back) => !without.includes(back))
    .toReversed()
    .map((back) => ({
      type: "index",
      indexId: "BRTI",
      valueUsd,
      avg60Usd: null,
      windowAvgUsd: null,
      windowCount: null,
      proxy: proxy ? PROXY : null,
      exchangeMs: CLOSE_MS - back * 1_000,
      recvMs: CLOSE_MS - back * 1_000,
    }));
}

const PROXY = { method: "mids", venues: 1, maxAgeMs: 0, dispersionBp: 0 } as const;

/** Nothing is allowed to be lost, so that every order is refused with what would be at risk by it. */
const LIMITS = {
  bankroll: money(1_000_000_000),
  maxDailyLossPct: 0,
  maxPositionPct: 1,
  maxOpenPositions: 100,
};
const OTHER = aMarket({ ticker: "KXBTC15M-OTHER", openMs: 0, closeMs: Number.MAX_SAFE_INTEGER });

export class Settling {
  readonly engine: Engine;
  readonly legs: LedgerRecord[] = [];
  readonly risks: RiskRecord[] = [];
  nowMs = CLOSE_MS;

  constructor(overrides: Partial<EngineConfig> = {}) {
    this.engine = new Engine(anEngineConfig({ limits: LIMITS, ...overrides }));
    this.step({ type: "market", market: MARKET, recvMs: MARKET.openMs });
  }

  buy(side: Side, fillId = "f1"): this {
    this.step({ type: "fill", fill: aFill({ side, fillId }), recvMs: 1_000_000 });
    this.legs.length = 0;
    return this;
  }

  say(word: Word | `${Word}!`, final: boolean): this {
    this.nowMs += 1_000;
    this.step(said(word, final, this.nowMs));
    return this;
  }

  /** Time passes, second by second where it matters. */
  until(nowMs: number): this {
    this.nowMs = nowMs;
    this.step({ type: "wake", recvMs: nowMs });
    return this;
  }

  step(event: EngineEvent): void {
    const effects: readonly Effect[] = this.engine.step(event);
    for (const effect of effects) {
      if (effect.type === "ledger") this.legs.push(effect.row);
      else if (effect.type === "risk") this.risks.push(effect.row);
    }
  }

  /** What all legs of the market have paid. */
  get paid(): number {
    return this.legs.reduce((sum, { cost }) => sum - cost, 0);
  }

  get pnl(): number {
    return this.legs.reduce((sum, { pnl }) => sum + (pnl ?? 0), 0);
  }

  /** What counts against the limit of the day. */
  get atRisk(): number {
    const intent = { strategy: "s", ticker: OTHER.ticker, side: "yes", action: "buy" } as const;
    const denied = this.engine.gate.check({
      intent: { ...intent, price: price(100), qty: qty(100), ...IOC, mayAdd: false },
      market: OTHER,
      worstCost: money(1),
      nowMs: this.nowMs,
      quote: { p: null, yesBid: null, yesAsk: null },
    });
    return denied?.reason === "risk.daily_loss" ? (denied.value ?? Number.NaN) - 1 : 0;
  }
}

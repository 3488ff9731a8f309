import type { Market } from "../../core/market.ts";
import { type ClosedTrade, type EquityMark, HELD } from "../../core/performance/trade.ts";
import type { Portfolio } from "../../core/portfolio.ts";
import type {
  FillRecord,
  LedgerRecord,
  Opportunity,
  OrderRecord,
  PessimisticLeg,
  PositionRecord,
} from "../../core/records.ts";
import { costOf, type Money, type Ms, money, type Price, type Qty, qty } from "../../core/units.ts";
import type { Recorder } from "../../ports.ts";

/** What the tape looks up while a run goes on. */
export interface TapeSight {
  market(ticker: string): Market | undefined;
  readonly portfolio: Portfolio;
  /** Best bid of the side that is held; undefined without one. */
  bid(ticker: string, side: "yes" | "no"): Price | undefined;
}

/** A position from its first fill to flat. */
interface Episode {
  readonly strategy: string;
  readonly market: Market;
  readonly openedMs: Ms;
  bought: number;
  paid: number;
  fees: number;
  pnl: number;
  pnlPessimistic: number;
}

interface Closed extends Episode {
  readonly closedMs: Ms;
  readonly exit: string;
}

const MINUTE_MS = 60_000;

/** Writes down what was traded, position by position, and what the account was worth, for the statistics at the end. */
export class TradeTape {
  readonly #sight: TapeSight;
  readonly #bankroll: Money;
  readonly #open = new Map<string, Episode>();
  readonly #closed: Closed[] = [];
  readonly #strategyOf = new Map<string, string>();
  /** Why each order that sells does so, by the evaluation that it points to. */
  readonly #reasons = new Map<number, string>();
  readonly #exitOf = new Map<string, string>();
  readonly #marks: EquityMark[] = [];
  #markedMs = Number.NEGATIVE_INFINITY;

  constructor(sight: TapeSight, bankroll: Money) {
    this.#sight = sight;
    this.#bankroll = bankroll;
  }

  get marks(): readonly EquityMark[] {
    return this.#marks;
  }

  /** Positions that the recording left open. */
  get openCount(): number {
    return this.#open.size;
  }

  trades(): ClosedTrade[] {
    return this.#closed.map(({ market, ...closed }) => ({
      strategy: closed.strategy,
      ticker: market.ticker,
      seriesTicker: market.seriesTicker,
      eventTicker: market.eventTicker,
      closeMs: market.closeMs,
      openedMs: closed.openedMs,
      closedMs: closed.closedMs,
      qty: qty(closed.bought),
      paid: money(closed.paid),
      fees: money(closed.fees),
      pnl: money(closed.pnl),
      pnlPessimistic: money(closed.pnlPessimistic),
      exit: closed.exit,
    }));
  }

  /** Time has passed: notes once a minute what the account is worth, while something is held. */
  onTime(nowMs: Ms): void {
    if (nowMs - this.#markedMs < MINUTE_MS || this.#open.size === 0) return;
    this.#mark(nowMs);
  }

  opportunity({ decision, opportunityId, reason }: Opportunity): void {
    if (decision === "trade") this.#reasons.set(opportunityId, reason);
  }

  order({ action, opportunityId, orderId, strategy, ticker }: OrderRecord): void {
    this.#strategyOf.set(orderId, strategy);
    if (action === "sell") this.#exitOf.set(ticker, this.#reasons.get(opportunityId) ?? "sold");
  }

  fill(row: FillRecord): void {
    const market = this.#sight.market(row.ticker);
    if (market === undefined) return;
    const episode = this.#open.get(row.ticker) ?? this.#begin(row, market);
    episode.fees += row.fee;
    if (row.action === "sell") return;
    episode.bought += row.qty;
    episode.paid += costOf(row.price, row.qty);
  }

  ledger({ pnl, ticker }: LedgerRecord): void {
    const episode = this.#newest(ticker);
    if (episode !== undefined) episode.pnl += pnl ?? 0;
  }

  /** What the same orders made on worse terms; what they made where this account held nothing is of no trade. */
  pessimistic({ pnl, ticker }: PessimisticLeg): void {
    const episode = this.#newest(ticker);
    if (episode !== undefined) episode.pnlPessimistic += pnl ?? 0;
  }

  /** A late sale and a corrected settlement belong to what they are of. */
  #newest(ticker: string): Episode | undefined {
    return (
      this.#open.get(ticker) ?? this.#closed.findLast(({ market }) => market.ticker === ticker)
    );
  }

  position({ atMs, qty: held, ticker }: PositionRecord): void {
    const episode = this.#open.get(ticker);
    if (episode !== undefined && held === 0) {
      const isSettled = atMs >= episode.market.closeMs;
      const exit = isSettled ? HELD : (this.#exitOf.get(ticker) ?? "sold");
      this.#closed.push({ ...episode, closedMs: atMs, exit });
      this.#open.delete(ticker);
      this.#exitOf.delete(ticker);
    }
    this.#mark(atMs);
  }

  #begin({ atMs, orderId, ticker }: FillRecord, market: Market): Episode {
    const strategy = this.#strategyOf.get(orderId) ?? "";
    const nothing = { bought: 0, paid: 0, fees: 0, pnl: 0, pnlPessimistic: 0 };
    const episode = { strategy, market, openedMs: atMs, ...nothing };
    this.#open.set(ticker, episode);
    return episode;
  }

  #mark(atMs: Ms): void {
    const { portfolio } = this.#sight;
    let equity = this.#bankroll + portfolio.realised;
    for (const { cost, qty: signed, ticker } of portfolio.positions()) {
      const side = signed < 0 ? "no" : "yes";
      const held: Qty = qty(Math.abs(signed));
      const bid = this.#sight.bid(ticker, side);
      equity += (bid === undefined ? 0 : costOf(bid, held)) - cost;
    }
    this.#markedMs = atMs;
    this.#marks.push({ atMs, equity: money(equity) });
  }
}

/** The recorder with the tape beside it. */
export function taped(recorder: Recorder, tape: TradeTape, sinceMs: Ms | null): Recorder {
  const isAsked = (atMs: Ms): boolean => sinceMs === null || atMs >= sinceMs;
  return {
    runId: recorder.runId,
    event: (event, feed) => {
      tape.onTime(event.recvMs);
      recorder.event(event, feed);
    },
    opportunity: (row) => {
      if (!isAsked(row.atMs)) return;
      tape.opportunity(row);
      recorder.opportunity(row);
    },
    order: (row) => {
      tape.order(row);
      recorder.order(row);
    },
    orderEvent: (row) => recorder.orderEvent(row),
    fill: (row) => {
      tape.fill(row);
      recorder.fill(row);
    },
    ledger: (row) => {
      tape.ledger(row);
      recorder.ledger(row);
    },
    pessimistic: (leg) => {
      tape.pessimistic(leg);
      recorder.pessimistic(leg);
    },
    position: (row) => {
      tape.position(row);
      recorder.position(row);
    },
    risk: (row) => recorder.risk(row),
    together: (rows) => recorder.together(rows),
    finished: (atMs) => recorder.finished(atMs),
    flush: () => recorder.flush(),
    drain: () => recorder.drain(),
    counts: () => recorder.counts(),
    stored: () => recorder.stored(),
    close: (exitCode, feeds) => recorder.close(exitCode, feeds),
  };
}

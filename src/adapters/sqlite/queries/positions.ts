import type { MarketResult } from "../../../core/market.ts";
import {
  type Action,
  complement,
  type Money,
  money,
  type Price,
  type Qty,
  qty,
  type Side,
} from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { allPaid, type PaidPosition } from "../paid-positions.ts";
import { reading, seriesRange, type TimeRange, where } from "./read.ts";

/** Of the times, `until` is the moment at which positions are shown, and `since` when they last changed at the earliest. */
export interface PositionFilter extends TimeRange {
  readonly mode?: TradingMode | undefined;
  readonly ticker?: string | undefined;
  readonly series?: string | undefined;
  readonly runId?: number | undefined;
  /** Also what is closed or settled; by default only what is open. */
  readonly all?: boolean | undefined;
}

/** Net position in one market, rebuilt from fills and settle legs. */
export interface PositionRow {
  readonly mode: TradingMode;
  /** First run on the simulated account that holds it; null for live, whose positions belong to the account. */
  readonly runId: number | null;
  readonly ticker: string;
  /** Of the newest fill. */
  readonly strategy: string;
  /** + is YES, - is NO. */
  readonly qty: Qty;
  /** What the open part cost, entry fees included. */
  readonly cost: Money;
  /** Profit of the closed part and of the settle legs, fees included. */
  readonly realized: Money;
  readonly fees: Money;
  readonly openedMs: number;
  readonly updatedMs: number;
  readonly closeMs: number | null;
  /** Newest settlement on file; an open position with a final one still needs its settle leg. */
  readonly settlement: {
    readonly result: MarketResult;
    /** What one YES contract is paid; null when the exchange does not say. */
    readonly yesPayout: Price | null;
    readonly expirationValue: string | null;
    readonly final: boolean;
    readonly settledMs: number;
    readonly source: string;
  } | null;
}

/** A settlement as it is on file. */
export type OnFile = NonNullable<PositionRow["settlement"]>;

interface Leg {
  readonly mode: TradingMode;
  readonly runId: number | null;
  readonly ticker: string;
  readonly strategy: string;
  readonly side: Side;
  readonly action: Action | "settle";
  readonly price: Price | null;
  readonly qty: Qty;
  readonly fee: Money;
  readonly pnl: Money | null;
  readonly atMs: number;
}

interface MarketFacts {
  readonly ticker: string;
  readonly closeMs: number | null;
  readonly result: MarketResult | null;
  readonly expirationValue: string | null;
  readonly yesPayout: Price | null;
  readonly final: number | null;
  readonly settledMs: number | null;
  readonly source: string | null;
}

/** Positions by mode, run and market, in order of their opening. */
export function listPositions(reader: Reader, filter: PositionFilter = {}): PositionRow[] {
  return reading(reader, () => {
    const books = new Map<string, Running>();
    for (const leg of legs(reader, filter)) {
      const key = `${leg.mode}\n${leg.mode === "live" ? "" : leg.runId}\n${leg.ticker}`;
      let book = books.get(key);
      if (book === undefined) {
        book = startOf(leg);
        books.set(key, book);
      }
      apply(book, leg);
    }
    const kept = [...books.values()].filter(
      (book) =>
        (filter.all === true || book.qty !== 0) && book.updatedMs >= (filter.since ?? -Infinity),
    );
    const facts = marketFacts(
      reader,
      kept.map((book) => book.ticker),
    );
    return kept.map((book) => positionRow(book, facts.get(book.ticker)));
  });
}

/** Settled positions, each with the newest settlement on file. */
export function listPaid(
  reader: Reader,
): { readonly paid: PaidPosition; readonly settlement: OnFile | null }[] {
  return reading(reader, () => {
    const all = allPaid(reader.db);
    const facts = marketFacts(
      reader,
      all.map(({ ruling }) => ruling.ticker),
    );
    return all.map((paid) => ({ paid, settlement: onFile(facts.get(paid.ruling.ticker)) }));
  });
}

/** The newest settlement on file of each market that has one. */
export function settlementsOnFile(
  reader: Reader,
  tickers: readonly string[],
): ReadonlyMap<string, OnFile> {
  const settled = new Map<string, OnFile>();
  for (const [ticker, facts] of marketFacts(reader, tickers)) {
    const settlement = onFile(facts);
    if (settlement !== null) settled.set(ticker, settlement);
  }
  return settled;
}

/** From the first on: a sale without the purchase before it would be a position on the other side. */
function legs(reader: Reader, filter: PositionFilter): IterableIterator<Leg> {
  const conditions = (table: string): ReturnType<typeof where> =>
    where([
      [`${table}.mode = ?`, filter.mode],
      [`${table}.ticker = ?`, filter.ticker],
      [`${table}.ticker > ? AND ${table}.ticker < ?`, ...seriesRange(filter.series)],
      [`${table}.run_id = ?`, filter.runId],
      [`${table}.at_ms <= ?`, filter.until],
    ]);
  const fills = conditions("f");
  const settled = conditions("l");
  const both =
    settled.sql === "" ? "WHERE l.action = 'settle'" : `${settled.sql} AND l.action = 'settle'`;
  return reader.db
    .prepare<unknown[], Leg>(
      `SELECT f.mode, coalesce(a.account, f.run_id) AS runId, f.ticker, coalesce(i.strategy, '') AS strategy, f.side, f.action,
         f.price_cc AS price, f.qty_cq AS qty, f.fee_ud AS fee, NULL AS pnl, f.at_ms AS atMs, 0 AS kind, f.rowid AS nr
       FROM fills f LEFT JOIN order_intents i ON i.order_id = f.order_id
       LEFT JOIN run_accounts a ON a.run_id = f.run_id ${fills.sql}
       UNION ALL
       SELECT l.mode, coalesce(b.account, l.run_id), l.ticker, l.strategy, l.side, l.action, l.price_cc, l.qty_cq, 0, l.pnl_ud, l.at_ms, 1,
         l.ledger_id
       FROM trade_ledger l LEFT JOIN run_accounts b ON b.run_id = l.run_id ${both}
       ORDER BY atMs, kind, nr`,
    )
    .iterate(...fills.values, ...settled.values);
}

interface Running {
  readonly mode: TradingMode;
  readonly runId: number | null;
  readonly ticker: string;
  readonly openedMs: number;
  strategy: string;
  qty: number;
  cost: number;
  realized: number;
  fees: number;
  updatedMs: number;
}

function startOf(leg: Leg): Running {
  const { mode, ticker, strategy, atMs } = leg;
  const runId = mode === "live" ? null : leg.runId;
  return {
    mode,
    runId,
    ticker,
    strategy,
    openedMs: atMs,
    updatedMs: atMs,
    qty: 0,
    cost: 0,
    realized: 0,
    fees: 0,
  };
}

function apply(book: Running, leg: Leg): void {
  book.updatedMs = leg.atMs;
  if (leg.action === "settle") {
    settle(book, leg);
    return;
  }
  if (leg.strategy !== "") book.strategy = leg.strategy;
  book.fees += leg.fee;
  // Buying NO at q is selling YES at 1 - q: one signed quantity describes both sides.
  const isYesBuy = (leg.side === "yes") === (leg.action === "buy");
  const yesPrice = leg.side === "yes" ? leg.price : complementOf(leg.price);
  if (yesPrice === null) return;
  trade(book, { signed: leg.qty * (isYesBuy ? 1 : -1), yesPrice, fee: leg.fee });
}

function complementOf(price: Price | null): Price | null {
  return price === null ? null : complement(price);
}

/** Average cost; the fee belongs to the part that opens, or to the profit of the part that closes. */
function trade(
  book: Running,
  { signed, yesPrice, fee }: { signed: number; yesPrice: number; fee: number },
): void {
  const closing =
    Math.sign(book.qty) === -Math.sign(signed) ? Math.min(Math.abs(book.qty), Math.abs(signed)) : 0;
  const opening = Math.abs(signed) - closing;
  const closingFee = closing === 0 ? 0 : Math.round((fee * closing) / Math.abs(signed));
  if (closing > 0) {
    const share =
      closing === Math.abs(book.qty)
        ? book.cost
        : Math.round(book.cost * (closing / Math.abs(book.qty)));
    // What a held contract fetches: the YES price for YES, the rest of the dollar for NO.
    const unit = book.qty > 0 ? yesPrice : 10_000 - yesPrice;
    book.realized += unit * closing - share - closingFee;
    book.cost -= share;
    book.qty += Math.sign(signed) * closing;
  }
  if (opening > 0) {
    const unit = signed > 0 ? yesPrice : 10_000 - yesPrice;
    book.cost += unit * opening + fee - closingFee;
    book.qty += Math.sign(signed) * opening;
  }
}

function settle(book: Running, leg: Leg): void {
  const signed = leg.qty * (leg.side === "yes" ? 1 : -1);
  book.realized += leg.pnl ?? 0;
  const before = Math.abs(book.qty);
  book.qty -= signed;
  book.cost =
    book.qty === 0 || before === 0 ? 0 : Math.round(book.cost * (Math.abs(book.qty) / before));
}

function marketFacts(reader: Reader, tickers: readonly string[]): Map<string, MarketFacts> {
  const find = reader.db.prepare<[string, string, string], MarketFacts>(
    `SELECT ? AS ticker, m.close_ms AS closeMs, s.result, s.expiration_value AS expirationValue, s.final,
       s.settled_ms AS settledMs, s.yes_payout_cc AS yesPayout, s.source
     FROM (SELECT 1) LEFT JOIN kalshi_markets m ON m.ticker = ?
     LEFT JOIN settlement_revisions s ON s.ticker = ?
     ORDER BY s.revision DESC LIMIT 1`,
  );
  const facts = new Map<string, MarketFacts>();
  for (const ticker of new Set(tickers)) {
    const found = find.get(ticker, ticker, ticker);
    if (found !== undefined) facts.set(ticker, found);
  }
  return facts;
}

function positionRow(book: Running, facts: MarketFacts | undefined): PositionRow {
  return {
    mode: book.mode,
    runId: book.runId,
    ticker: book.ticker,
    strategy: book.strategy,
    qty: qty(book.qty),
    cost: money(book.cost),
    realized: money(book.realized),
    fees: money(book.fees),
    openedMs: book.openedMs,
    updatedMs: book.updatedMs,
    closeMs: facts?.closeMs ?? null,
    settlement: onFile(facts),
  };
}

function onFile(facts: MarketFacts | undefined): OnFile | null {
  const { expirationValue, final, result, settledMs, source, yesPayout } = facts ?? {};
  if (result === null || result === undefined) return null;
  if (settledMs === null || settledMs === undefined) return null;
  return {
    result,
    yesPayout: yesPayout ?? null,
    expirationValue: expirationValue ?? null,
    final: final === 1,
    settledMs,
    source: source ?? "",
  };
}

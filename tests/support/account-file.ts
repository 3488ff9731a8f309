import type { SqliteRecorder } from "../../src/adapters/sqlite/recorder.ts";
import type { MarketResult } from "../../src/core/market.ts";
import { fillLeg, unfilledLeg } from "../../src/core/order-rows.ts";
import { IOC } from "../../src/core/orders.ts";
import { Portfolio } from "../../src/core/portfolio.ts";
import { type Paid, settleBy } from "../../src/core/settle-legs.ts";
import { rulingOf } from "../../src/core/settlement.ts";
import { type Action, money, price, qty, type Side } from "../../src/core/units.ts";
import { anOpportunity } from "../integration/sqlite/support.ts";
import { aFill, aMarket } from "./builders.ts";

// An account as its rows: orders, fills and results as a test wants them, and the legs that the program makes of them.

interface Piece {
  readonly contracts: number;
  readonly cents: number;
  /** Dollars. */
  readonly fee: number;
}

/** A result; `pays` is what YES gets in centicents where its name does not say. */
interface Said {
  readonly result: MarketResult;
  readonly final: boolean;
  readonly pays?: number;
}

export class AccountFile {
  readonly #recorder: SqliteRecorder;
  readonly #portfolio = new Portfolio();
  readonly #paid = new Map<string, Paid>();
  readonly #startMs: number;
  #nowMs: number;
  #orders = 0;
  #fills = 0;

  constructor(recorder: SqliteRecorder, startMs: number) {
    this.#recorder = recorder;
    this.#startMs = startMs;
    this.#nowMs = startMs + 2_000;
    recorder.opportunity(anOpportunity(recorder, 1, { decision: "trade" }));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  list(ticker: string): void {
    const eventTicker = ticker.slice(0, ticker.lastIndexOf("-"));
    const times = { openMs: this.#startMs, closeMs: this.#startMs + 900_000 };
    const market = aMarket({ ticker, eventTicker, ...times });
    this.#recorder.event({ type: "market", market, recvMs: this.#nowMs });
  }

  /** An order over `contracts` at the price of its first piece, filled by these pieces. */
  trade(
    ticker: string,
    [action, side]: readonly [Action, Side],
    pieces: readonly Piece[],
    contracts?: number,
  ): void {
    const strategy = "favorite";
    const orderId = `r${this.#recorder.runId}-${++this.#orders}`;
    const filled = pieces.reduce((sum, piece) => sum + piece.contracts, 0);
    const order = {
      orderId,
      clientOrderId: `kbt-${orderId}`,
      strategy,
      opportunityId: this.#recorder.runId * 1e10 + 1,
      ticker,
      side,
      action,
      price: price((pieces[0]?.cents ?? 50) * 100),
      qty: qty((contracts ?? filled) * 100),
      createdMs: ++this.#nowMs,
    };
    this.#recorder.order({ ...order, state: "pending" });
    for (const { cents, contracts: count, fee } of pieces) {
      const fill = aFill({
        fillId: `t${this.#recorder.runId}-${++this.#fills}`,
        orderId,
        ticker,
        side,
        action,
        price: price(cents * 100),
        qty: qty(Math.round(count * 100)),
        fee: money(Math.round(fee * 1e6)),
        atMs: ++this.#nowMs,
      });
      const realised = this.#portfolio.applyFill(fill);
      this.#recorder.fill(fill);
      this.#recorder.ledger(fillLeg(fill, { realised, strategy, told: undefined }));
    }
    const isAll = filled === (contracts ?? filled);
    const state = filled === 0 ? "rejected" : isAll ? "filled" : "canceled";
    const end = { orderId, state, filledQty: qty(filled * 100), reason: "told" } as const;
    this.#recorder.orderEvent({ ...end, atMs: ++this.#nowMs });
    if (filled > 0) return;
    const update = { type: "order", ...end, recvMs: this.#nowMs } as const;
    this.#recorder.ledger(unfilledLeg(update, { ...order, ...IOC }));
  }

  /** The exchange says a result, and what is held is paid, confirmed or corrected. */
  settle(ticker: string, { final, pays, result }: Said): void {
    this.#nowMs = Math.max(this.#nowMs, this.#startMs + 900_000) + 1_000;
    const atMs = this.#nowMs;
    const settlement = {
      type: "settlement",
      ticker,
      eventTicker: ticker.slice(0, ticker.lastIndexOf("-")),
      result,
      yesPayout: pays === undefined ? null : price(pays),
      expirationValue: null,
      settledMs: atMs,
      final,
      source: "kalshi",
      recvMs: atMs,
    } as const;
    this.#recorder.event(settlement);
    const ruling = rulingOf(settlement, atMs);
    if (ruling === null) return;
    const position = this.#portfolio.position(ticker);
    const held = position === undefined ? undefined : { ...position, strategy: "favorite" };
    const { after, first, next } = settleBy({ paid: this.#paid.get(ticker), held }, ruling);
    for (const settled of [next, first]) {
      if (settled !== null) this.#recorder.ledger(settled.leg);
    }
    if (first !== null) this.#portfolio.settle(ticker, first.paid.payout);
    if (after !== undefined) this.#paid.set(ticker, after);
  }
}

/** Everything that can happen to an account: pieces, both sides, scalar, void, amended, open and refused. */
export function aFullAccount(file: AccountFile): void {
  const tickers = ["A", "B", "C", "D", "E", "F"].map((name) => `KXBTC15M-26NOV021415-${name}`);
  for (const ticker of tickers) file.list(ticker);
  const [pieces = "", both = "", scalar = "", voided = "", amended = "", open = ""] = tickers;
  file.trade(
    pieces,
    ["buy", "yes"],
    [
      { contracts: 1.4, cents: 40, fee: 0.0236 },
      { contracts: 2.6, cents: 41, fee: 0.0441 },
    ],
  );
  file.trade(pieces, ["buy", "yes"], [{ contracts: 2, cents: 55, fee: 0.0347 }], 5);
  file.trade(pieces, ["sell", "yes"], [{ contracts: 3, cents: 60, fee: 0.0504 }]);
  file.trade(both, ["buy", "yes"], [{ contracts: 5, cents: 30, fee: 0.0735 }]);
  file.trade(both, ["buy", "no"], [{ contracts: 8, cents: 60, fee: 0.1344 }]);
  file.trade(scalar, ["buy", "no"], [{ contracts: 3.33, cents: 70, fee: 0.0491 }]);
  file.trade(voided, ["buy", "yes"], [{ contracts: 4, cents: 20, fee: 0.0448 }]);
  file.trade(amended, ["buy", "yes"], [{ contracts: 10, cents: 80, fee: 0.112 }]);
  file.trade(open, ["buy", "no"], [{ contracts: 2, cents: 15, fee: 0.0179 }]);
  file.trade(open, ["buy", "yes"], [], 3);
  file.settle(pieces, { result: "yes", final: false });
  file.settle(pieces, { result: "yes", final: true });
  file.settle(both, { result: "no", final: true });
  file.settle(scalar, { result: "scalar", final: true, pays: 3_333 });
  file.settle(voided, { result: "", final: true, pays: 5_000 });
  file.settle(amended, { result: "yes", final: false });
  file.settle(amended, { result: "yes", final: true });
  file.settle(amended, { result: "no", final: true });
}

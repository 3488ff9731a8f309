import { isoTime } from "../core/iso-time.ts";
import type { Market, MarketResult } from "../core/market.ts";
import type { TradeResult } from "../core/performance/trade-result.ts";
import { type FillRecord, isExit, type Opportunity, type OrderRecord } from "../core/records.ts";
import { resultWord } from "../core/settlement.ts";
import {
  formatMoney,
  formatPrice,
  formatQty,
  type Ms,
  type Price,
  type Qty,
} from "../core/units.ts";
import type { CommandContext } from "./context.ts";
import { strikeText } from "./strike-text.ts";
import { dollars, usd } from "./trading-report.ts";

// What `kbt why ID` tells of one evaluation: what it saw and how old that was, what the model and the market said, every
// gate that was shut, and what came of it.

export interface DecisionFacts {
  readonly row: Opportunity & {
    readonly runId: number;
    readonly mode: string;
    readonly modelName: string | null;
  };
  readonly market: Pick<Market, "capUsd" | "closeMs" | "floorUsd" | "openMs" | "strikeType"> | null;
  /** Oldest first; an exit may have several. */
  readonly orders: readonly OrderFacts[];
  /** Null for an exit that is still at work, or was cut off. */
  readonly exitEnd: {
    readonly state: "flat" | "stranded";
    readonly atMs: Ms;
    readonly left: number;
    readonly why: string;
  } | null;
  readonly settlement: {
    readonly result: MarketResult;
    readonly yesPayout: Price | null;
    readonly expirationValue: string | null;
    readonly settledMs: Ms;
    readonly final: boolean;
    readonly source: string;
  } | null;
  /** Of these orders; null while nothing came of them. */
  readonly result: TradeResult | null;
}

interface OrderFacts {
  readonly order: OrderRecord & { readonly reason: string };
  readonly events: readonly {
    readonly atMs: Ms;
    readonly state: string;
    readonly filledQty: Qty;
    readonly reason: string;
  }[];
  readonly fills: readonly FillRecord[];
}

export interface DecisionData {
  readonly opportunity_id: number;
  readonly run_id: number;
  readonly mode: string;
  readonly strategy: string;
  readonly ticker: string;
  readonly at: string;
  readonly at_ms: Ms;
  readonly inputs: readonly string[];
  readonly model: string;
  /** P(YES) that the strategy decided by; null where that is the model's. */
  readonly own_probability: number | null;
  readonly market: string;
  readonly judged: string;
  readonly shut_gates: readonly string[];
  readonly decision: string;
  readonly reason: string;
  /** All orders, with what happened to them. */
  readonly order: readonly string[];
  /** How the sale of a holding ended; null for an evaluation that began none. */
  readonly exit: {
    readonly reason: string;
    readonly state: "working" | "flat" | "stranded";
    readonly orders: number;
    readonly ended: string | null;
    readonly ended_ms: Ms | null;
    readonly text: string;
  } | null;
  readonly settlement: string;
  /** Of these orders, decimal dollars; null while there is none. */
  readonly pnl_usd: string | null;
  /** How it came about: `held to the settlement`. */
  readonly pnl_how: string | null;
}

export function decisionData(facts: DecisionFacts): DecisionData {
  const { row } = facts;
  return {
    opportunity_id: row.opportunityId,
    run_id: row.runId,
    mode: row.mode,
    strategy: row.strategy,
    ticker: row.ticker,
    at: isoTime(row.atMs),
    at_ms: row.atMs,
    inputs: inputLines(facts),
    model: modelText(facts),
    own_probability: row.pStrategy,
    market: marketText(row),
    judged: judgedText(row),
    shut_gates: row.failed === "" ? [] : row.failed.split(","),
    decision: row.decision,
    reason: row.reason,
    order: orderLines(facts),
    exit: exitData(facts),
    settlement: settlementText(facts),
    pnl_usd: facts.result === null ? null : usd(facts.result.pnl),
    pnl_how: facts.result === null ? null : howText(row, facts.result),
  };
}

export function renderDecision(ctx: CommandContext, data: DecisionData): string {
  const [firstInput = "", ...inputs] = data.inputs;
  const [firstOrder = "", ...orders] = data.order;
  const lines: readonly (readonly [string, string])[] = [
    ["inputs", firstInput],
    ...inputs.map((line) => ["", line] as const),
    ["model", data.model],
    ...ownLines(data),
    ["market", data.market],
    ["judged", data.judged],
    ["shut gates", data.shut_gates.length === 0 ? "none" : data.shut_gates.join(", ")],
    ["decision", decisionText(data)],
    ["order", firstOrder],
    ...orders.map((line) => ["", line] as const),
    ...(data.exit === null ? [] : [["exit", data.exit.text] as const]),
    ["settled", data.settlement],
    ["P&L", data.pnl_usd === null ? "none" : `${dollars(data.pnl_usd)}, ${data.pnl_how}`],
  ];
  const head = `evaluation ${data.opportunity_id} of run ${data.run_id} (${data.mode}): ${data.strategy} on ${data.ticker} at ${data.at}`;
  const text = lines.map(([name, value]) => `${name.padEnd(12)}${ctx.clean(value)}\n`);
  return `${ctx.clean(head)}\n${text.join("")}`;
}

/** Nothing where the strategy went by the model. */
function ownLines({ own_probability: p }: DecisionData): (readonly [string, string])[] {
  return p === null ? [] : [["strategy", `YES ${percent(p)}, its own, by which it decided`]];
}

function decisionText({ decision, exit, reason }: DecisionData): string {
  if (decision !== "trade") return `no trade, because of ${reason}`;
  return exit === null ? "trade" : `exit, because of ${reason}`;
}

function inputLines({ market, row }: DecisionFacts): string[] {
  return [
    market === null ? "strike: market unknown" : `strike ${strikeText(market)}`,
    `${row.tauS.toFixed(1)} s to the close`,
    row.spotUsd === null ? "spot: none" : `spot ${row.spotUsd}, ${age(row.spotAgeMs)}`,
    `book ${age(row.bookAgeMs)}`,
    row.sigma === null
      ? "sigma: not known"
      : `sigma ${(row.sigma * 1e4).toFixed(3)} bp per root second`,
    `basis ${bp(row.basisMean)} bp, give or take ${bp(row.basisSd)}`,
    ...knownLines(row),
  ];
}

function knownLines(row: Opportunity): string[] {
  const lines: string[] = [];
  if (row.knownCount > 0) {
    lines.push(`${row.knownCount} of 60 index values known (${row.knownSource ?? "index"})`);
  }
  if (row.referenceCount !== null) {
    lines.push(
      `strike not published: average of ${row.referenceCount} values before the open (${row.referenceSource ?? "index"})`,
    );
  }
  return lines;
}

const age = (ms: Ms | null): string => (ms === null ? "of unknown age" : `${ms} ms old`);
const bp = (relative: number | null): string =>
  relative === null ? "?" : (relative * 1e4).toFixed(2);
const percent = (p: number): string => `${(p * 100).toFixed(2)}%`;

function modelText({ row }: DecisionFacts): string {
  const version = row.model === null ? "" : ` (${row.modelName ?? "model"} ${row.model})`;
  if (row.pModel === null) return `no probability${version}`;
  const interval =
    row.pLow === null || row.pHigh === null
      ? ""
      : `, from ${percent(row.pLow)} to ${percent(row.pHigh)}`;
  return `YES ${percent(row.pModel)}${interval}${version}`;
}

function marketText({ pMarket, yesAsk, yesAskQty, yesBid, yesBidQty }: Opportunity): string {
  const mid = pMarket === null ? "no mid" : `YES ${percent(pMarket)}`;
  return `${mid}: bid ${touch(yesBid, yesBidQty)}, ask ${touch(yesAsk, yesAskQty)}`;
}

function touch(at: Price | null, size: Qty | null): string {
  if (at === null) return "none";
  return size === null ? `$${formatPrice(at)}` : `$${formatPrice(at)} for ${formatQty(size)}`;
}

function judgedText(row: Opportunity): string {
  const { cost, ev, side } = row;
  if (side === null || ev === null) return "neither side";
  const worth = `expected value ${(ev * 100).toFixed(2)} c a contract`;
  if (cost !== null) return `${side} at $${formatMoney(cost)} all in, ${worth}`;
  return isExit(row) ? `selling ${side} rather than keeping it, ${worth}` : "neither side";
}

function orderLines({ orders }: DecisionFacts): string[] {
  if (orders.length === 0) return ["none"];
  return orders.flatMap(({ events, fills, order }, at) => {
    const { action, orderId, price, qty, side } = order;
    const attempt = orders.length === 1 ? "" : `, attempt ${at + 1} of ${orders.length}`;
    return [
      `${orderId}: ${action} ${formatQty(qty)} ${side} at $${formatPrice(price)} or better${attempt}`,
      ...events.map(
        ({ atMs, reason, state }) =>
          `${isoTime(atMs)} ${state}${reason === "" ? "" : ` (${reason})`}`,
      ),
      ...fills.map(
        (fill) =>
          `${isoTime(fill.atMs)} filled ${formatQty(fill.qty)} at $${formatPrice(fill.price)}, fee $${formatMoney(fill.fee)}`,
      ),
    ];
  });
}

function exitData({ exitEnd, orders, row }: DecisionFacts): DecisionData["exit"] {
  if (!isExit(row)) return null;
  const begun = { reason: row.reason, orders: orders.length };
  if (exitEnd === null) {
    const text = "still at work, or cut off with its run";
    return { ...begun, state: "working", ended: null, ended_ms: null, text };
  }
  const { atMs, left, state, why } = exitEnd;
  const rest = state === "flat" ? "" : `, ${left} contracts left`;
  return {
    ...begun,
    state,
    ended: isoTime(atMs),
    ended_ms: atMs,
    text: `${state} at ${isoTime(atMs)}${rest}: ${why}`,
  };
}

function settlementText({ row, settlement }: DecisionFacts): string {
  if (settlement === null) return "not yet, or not imported (kbt ledger settle)";
  const { expirationValue, final, result, settledMs, source, yesPayout } = settlement;
  const value = expirationValue === null ? "" : ` at ${expirationValue}`;
  const isPlain = result === "yes" || result === "no" || yesPayout === null;
  const pays = isPlain ? "" : ` (YES pays ${yesPayout / 100} cents)`;
  const right =
    row.side === null || (result !== "yes" && result !== "no")
      ? ""
      : `; ${row.side} was ${row.side === result ? "right" : "wrong"}`;
  return `${resultWord(result)}${pays}${value}, ${isoTime(settledMs)}, from ${source}${final ? "" : ", provisional"}${right}`;
}

/** What the profit is of: a position that was sold, that settled, or both in turn. */
function howText(row: Opportunity, { bought, isOver, sold }: TradeResult): string {
  if (isExit(row)) return "realised by the sale";
  if (sold === 0) return "held to the settlement";
  if (sold === bought) return "sold before the settlement";
  const part = `${sold / 100} of ${bought / 100} contracts sold`;
  return isOver
    ? `${part} before the settlement, the rest held to it`
    : `${part}, the rest still open`;
}

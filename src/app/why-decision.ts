import { isoTime } from "../core/iso-time.ts";
import type { Market, MarketResult } from "../core/market.ts";
import type { FillRecord, Opportunity, OrderRecord } from "../core/records.ts";
import {
  costOf,
  formatMoney,
  formatPrice,
  formatQty,
  type Ms,
  money,
  PRICE_ONE,
  type Price,
  type Qty,
} from "../core/units.ts";
import type { CommandContext } from "./context.ts";
import { dollars, usd } from "./paper-report.ts";
import { strikeText } from "./strike-text.ts";

// What `kbt why ID` tells of one evaluation: what it saw and how old that was, what the model and the market said, every
// gate that was shut, and what came of it.

export interface DecisionFacts {
  readonly row: Opportunity & {
    readonly runId: number;
    readonly mode: string;
    readonly modelName: string | null;
  };
  readonly market: Pick<Market, "capUsd" | "closeMs" | "floorUsd" | "openMs" | "strikeType"> | null;
  readonly order: (OrderRecord & { readonly reason: string }) | null;
  readonly orderEvents: readonly {
    readonly atMs: Ms;
    readonly state: string;
    readonly filledQty: Qty;
    readonly reason: string;
  }[];
  readonly fills: readonly FillRecord[];
  readonly settlement: {
    readonly result: MarketResult;
    readonly expirationValue: string | null;
    readonly settledMs: Ms;
    readonly final: boolean;
    readonly source: string;
  } | null;
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
  readonly market: string;
  readonly judged: string;
  readonly shut_gates: readonly string[];
  readonly decision: string;
  readonly reason: string;
  readonly order: readonly string[];
  readonly settlement: string;
  /** Of this order, held to the settlement, decimal dollars; null while there is none. */
  readonly pnl_usd: string | null;
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
    market: marketText(row),
    judged: judgedText(row),
    shut_gates: row.failed === "" ? [] : row.failed.split(","),
    decision: row.decision,
    reason: row.reason,
    order: orderLines(facts),
    settlement: settlementText(facts),
    pnl_usd: pnlText(facts),
  };
}

export function renderDecision(ctx: CommandContext, data: DecisionData): string {
  const [firstInput = "", ...inputs] = data.inputs;
  const [firstOrder = "", ...orders] = data.order;
  const decision = data.decision === "trade" ? "trade" : `no trade, because of ${data.reason}`;
  const lines: readonly (readonly [string, string])[] = [
    ["inputs", firstInput],
    ...inputs.map((line) => ["", line] as const),
    ["model", data.model],
    ["market", data.market],
    ["judged", data.judged],
    ["shut gates", data.shut_gates.length === 0 ? "none" : data.shut_gates.join(", ")],
    ["decision", decision],
    ["order", firstOrder],
    ...orders.map((line) => ["", line] as const),
    ["settled", data.settlement],
    ["P&L", data.pnl_usd === null ? "none" : `${dollars(data.pnl_usd)}, held to the settlement`],
  ];
  const head = `evaluation ${data.opportunity_id} of run ${data.run_id} (${data.mode}): ${data.strategy} on ${data.ticker} at ${data.at}`;
  const text = lines.map(([name, value]) => `${name.padEnd(12)}${ctx.clean(value)}\n`);
  return `${ctx.clean(head)}\n${text.join("")}`;
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

function judgedText({ cost, ev, side }: Opportunity): string {
  if (side === null || cost === null || ev === null) return "neither side";
  return `${side} at $${formatMoney(cost)} all in, expected value ${(ev * 100).toFixed(2)} c a contract`;
}

function orderLines({ fills, order, orderEvents }: DecisionFacts): string[] {
  if (order === null) return ["none"];
  const { action, orderId, price, qty, side } = order;
  return [
    `${orderId}: ${action} ${formatQty(qty)} ${side} at $${formatPrice(price)} or better`,
    ...orderEvents.map(
      ({ atMs, reason, state }) =>
        `${isoTime(atMs)} ${state}${reason === "" ? "" : ` (${reason})`}`,
    ),
    ...fills.map(
      (fill) =>
        `${isoTime(fill.atMs)} filled ${formatQty(fill.qty)} at $${formatPrice(fill.price)}, fee $${formatMoney(fill.fee)}`,
    ),
  ];
}

function settlementText({ row, settlement }: DecisionFacts): string {
  if (settlement === null) return "not yet, or not imported (kbt ledger settle)";
  const { expirationValue, final, result, settledMs, source } = settlement;
  const value = expirationValue === null ? "" : ` at ${expirationValue}`;
  const right =
    row.side === null || (result !== "yes" && result !== "no")
      ? ""
      : `; ${row.side} was ${row.side === result ? "right" : "wrong"}`;
  return `${result}${value}, ${isoTime(settledMs)}, from ${source}${final ? "" : ", provisional"}${right}`;
}

/** What this order's fills brought, held to the settlement; null while that is not final, or nothing was bought. */
function pnlText({ fills, settlement }: DecisionFacts): string | null {
  if (settlement?.final !== true || fills.length === 0) return null;
  const { result } = settlement;
  if (result !== "yes" && result !== "no") return null;
  let pnl = 0;
  for (const { action, fee, price, qty, side } of fills) {
    if (action !== "buy") return null;
    pnl += (side === result ? costOf(PRICE_ONE, qty) : 0) - costOf(price, qty) - fee;
  }
  return usd(money(pnl));
}

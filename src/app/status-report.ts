import { DAY_MS, isoTime } from "../core/iso-time.ts";
import type { Opportunity, OrderRecord, RiskRecord } from "../core/records.ts";
import type { ResultLeg } from "../core/risk/loss-book.ts";
import { formatDecimal, type Money, type Ms, money, type Price, type Qty } from "../core/units.ts";
import type { CommandContext } from "./context.ts";
import { type LimitUse, limitUses, type UsedFacts } from "./status-limits.ts";
import { dollars, usd } from "./trading-report.ts";

// `kbt status` as a document and as text: what runs, what stands against trading, what is open, how much of each limit is
// used.

/** Points of the line of the profit. */
const POINTS = 60;

interface Leg {
  readonly atMs: Ms;
  readonly action: string;
  readonly side: string;
  readonly ticker: string;
  readonly price: Price | null;
  readonly qty: Qty;
  readonly pnl: Money | null;
  readonly status: string;
  readonly strategy: string;
}

/** What the database says. */
export interface StatusFacts {
  readonly environment: string;
  /** Whose orders, positions and limits are shown. */
  readonly mode: "live" | "paper" | "backtest";
  readonly runId: number | null;
  /** Of the run's clock. */
  readonly nowMs: Ms;
  readonly wallMs: Ms;
  readonly processes: readonly {
    readonly runId: number;
    readonly mode: string;
    readonly pid: number;
    readonly state: string;
    readonly beatMs: Ms;
  }[];
  readonly feeds: readonly { readonly feed: string; readonly newestMs: Ms }[];
  readonly killFile: string | null;
  readonly latches: readonly (RiskRecord & { readonly mode: string })[];
  readonly open: readonly (OrderRecord & { readonly filledQty: Qty })[];
  readonly positions: readonly {
    readonly ticker: string;
    readonly qty: Qty;
    readonly cost: Money;
  }[];
  readonly legs: readonly ResultLeg[];
  readonly trades: readonly Leg[];
  /** Newest first. */
  readonly evaluations: readonly Opportunity[];
  readonly used: UsedFacts;
}

export type StatusReport = ReturnType<typeof statusReport>;

export function statusReport(facts: StatusFacts) {
  const { environment, killFile, mode, nowMs, wallMs } = facts;
  const markets = marketsOf(facts);
  const closes = markets.map(({ close_ms: closeMs }) => closeMs);
  const nextMs = closes.length === 0 ? null : Math.min(...closes);
  return {
    type: "status",
    environment,
    mode,
    run_id: facts.runId,
    now: isoTime(nowMs),
    now_ms: nowMs,
    processes: facts.processes.map(({ beatMs, mode: its, pid, runId, state }) => {
      return { run_id: runId, mode: its, pid, state, silent_ms: wallMs - beatMs };
    }),
    feeds: facts.feeds.map(({ feed, newestMs }) => ({
      feed,
      age_ms: Math.max(0, nowMs - newestMs),
    })),
    kill_file: killFile,
    latches: facts.latches.map(({ atMs, kind, limitValue, mode: its, reason, value }) => {
      return { mode: its, kind, reason, value, limit: limitValue, at: isoTime(atMs), at_ms: atMs };
    }),
    next_close_ms: nextMs,
    markets,
    open_orders: facts.open.map(orderOf),
    positions: facts.positions.map(({ cost, qty, ticker }) => {
      return { ticker, contracts: qty / 100, cost_usd: usd(cost) };
    }),
    ...profitOf(facts),
    trades: facts.trades.map(tradeOf),
    limits: limitUses(facts.used),
  } as const;
}

/** The newest word on each market that is open, by its close. */
function marketsOf({ evaluations, nowMs }: StatusFacts) {
  const newest = new Map<string, Opportunity>();
  for (const row of evaluations) if (!newest.has(row.ticker)) newest.set(row.ticker, row);
  return [...newest.values()]
    .map((row) => ({ row, closeMs: Math.round(row.atMs + row.tauS * 1000) }))
    .filter(({ closeMs }) => closeMs > nowMs)
    .toSorted((a, b) => a.closeMs - b.closeMs || a.row.ticker.localeCompare(b.row.ticker))
    .map(({ closeMs, row }) => ({
      ticker: row.ticker,
      close_ms: closeMs,
      yes_bid: priceText(row.yesBid),
      yes_ask: priceText(row.yesAsk),
      p_model: row.pModel,
      p_market: row.pMarket,
      ev: row.ev,
      strategy: row.strategy,
      said: row.decision === "trade" ? "trade" : row.reason,
      age_ms: Math.max(0, nowMs - row.atMs),
    }));
}

function orderOf({
  action,
  filledQty,
  orderId,
  price,
  qty,
  side,
  state,
  ticker,
}: StatusFacts["open"][number]) {
  const what = `${action} ${qty / 100} ${side} at ${(price / 100).toFixed(2)}c`;
  return { order_id: orderId, ticker, what, filled: filledQty / 100, state };
}

export function tradeOf({ action, atMs, pnl, price, qty, side, status, strategy, ticker }: Leg) {
  return {
    at: isoTime(atMs),
    at_ms: atMs,
    action,
    side,
    ticker,
    contracts: qty / 100,
    price: priceText(price),
    pnl_usd: pnl === null ? null : usd(pnl),
    status,
    strategy,
  };
}

/** The profit of the day and of all days, and its line. */
function profitOf({ legs, nowMs }: StatusFacts) {
  const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  let sum = 0;
  let today = 0;
  const points = [0];
  for (const { atMs, pnl } of legs) {
    if (pnl === null) continue;
    sum += pnl;
    if (atMs >= midnightMs) today += pnl;
    points.push(sum);
  }
  return {
    realised_today_usd: usd(money(today)),
    realised_usd: usd(money(sum)),
    profit_line_usd: points.slice(-POINTS).map((point) => usd(money(point))),
  };
}

function priceText(price: Price | null): string | null {
  return price === null ? null : formatDecimal(price, 4);
}

export async function renderStatus(ctx: CommandContext, report: StatusReport): Promise<string> {
  const { environment, mode, realised_today_usd: today, realised_usd: all } = report;
  return [
    await ctx.table({
      columns: [{ title: "run" }, { title: "mode" }, { title: "pid" }, { title: "state" }],
      rows: report.processes.map(({ mode: its, pid, run_id: id, state }) => {
        return [String(id), its, String(pid), state];
      }),
    }),
    barText(ctx, report),
    await ctx.table({
      columns: [
        { title: "open order" },
        { title: "market" },
        { title: "what" },
        { title: "state" },
      ],
      rows: report.open_orders.map(({ order_id: id, state, ticker, what }) => [
        id,
        ticker,
        what,
        state,
      ]),
    }),
    await ctx.table({
      columns: [{ title: "position" }, { title: "contracts" }, { title: "cost" }],
      rows: report.positions.map(({ contracts, cost_usd: cost, ticker }) => {
        return [ticker, String(contracts), dollars(cost)];
      }),
    }),
    await ctx.table({
      columns: [
        { title: "limit" },
        { title: "used", align: "right" },
        { title: "of", align: "right" },
        { title: "key" },
      ],
      rows: report.limits.map((use) => [use.name, usedText(use), limitText(use), use.key ?? ""]),
    }),
    `${mode} on ${environment}: ${dollars(today)} realised today, ${dollars(all)} in all\n`,
  ].join("");
}

function barText(ctx: CommandContext, { kill_file: killFile, latches }: StatusReport): string {
  const bars = [
    ...(killFile === null ? [] : [`kill file ${killFile}`]),
    ...latches.map(({ kind, mode, reason }) => `${mode} ${kind}: ${ctx.clean(reason)}`),
  ];
  if (bars.length === 0) return "nothing is latched\n";
  return `latched:\n${bars.map((line) => `  ${line}\n`).join("")}`;
}

export function usedText({ unit, used }: LimitUse): string {
  return used === null ? "" : inUnit(used, unit);
}

export function limitText({ limit, unit }: LimitUse): string {
  return inUnit(limit, unit);
}

function inUnit(value: string | number, unit: LimitUse["unit"]): string {
  switch (unit) {
    case "usd":
      return dollars(String(value));
    case "mb":
      return `${value} MB`;
    case "ms":
      return `${value} ms`;
    case "minutes":
      return `${value} min`;
    case "dollars_per_contract":
      return `$${Number(value).toFixed(2)}`;
    case "contracts":
    case "count":
    case "brier":
      return String(value);
  }
}

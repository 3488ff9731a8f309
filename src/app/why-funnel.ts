import type { Funnel, GateCount, NearMiss, Passed, Step } from "../core/funnel.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Ms } from "../core/units.ts";
import type { CommandContext, Table } from "./context.ts";

// What `kbt why` shows: how far evaluations get, and what holds them back.

export interface FunnelFacts {
  readonly range: { readonly since: Ms; readonly until: Ms | undefined };
  readonly funnel: Funnel;
  /** Evaluations that began to sell a holding; the funnel is of the others. */
  readonly exits: Passed;
  readonly bought: Orders;
  readonly sold: Orders;
}

/** Orders that were sent, and those that filled at least in part. */
interface Orders {
  readonly sent: Passed;
  readonly filled: Passed;
}

export interface FunnelLine {
  readonly step: string;
  readonly windows: number;
  readonly markets: number;
  readonly evaluations: number;
}

export interface FunnelData {
  readonly since: string;
  readonly since_ms: Ms;
  readonly until: string | null;
  readonly until_ms: Ms | null;
  readonly funnel: readonly FunnelLine[];
  /** What sold a holding, which is no entry that got past the gates. */
  readonly exits: readonly FunnelLine[];
  readonly gates: readonly GateCount[];
  readonly nearest:
    | (Omit<NearMiss, "atMs" | "opportunityId"> & {
        readonly opportunity_id: number;
        readonly at: string;
        readonly at_ms: Ms;
      })
    | null;
}

const STEP_TEXT: Readonly<Record<Step, string>> = {
  data: "data fresh",
  strike: "strike known",
  time: "inside entry time",
  spread: "spread",
  ev: "expected value",
  depth: "depth",
  size: "size",
  strategy: "strategy's own",
  limits: "limits",
};

export function funnelData({ bought, exits, funnel, range, sold }: FunnelFacts): FunnelData {
  const { gates, nearest, seen, steps } = funnel;
  return {
    since: isoTime(range.since),
    since_ms: range.since,
    until: range.until === undefined ? null : isoTime(range.until),
    until_ms: range.until ?? null,
    funnel: [
      line("seen", seen),
      ...steps.map((passed) => line(STEP_TEXT[passed.step], passed)),
      line("order", bought.sent),
      line("fill", bought.filled),
    ],
    exits: [line("exit", exits), line("order", sold.sent), line("fill", sold.filled)],
    gates,
    nearest:
      nearest === null
        ? null
        : {
            code: nearest.code,
            ticker: nearest.ticker,
            ev: nearest.ev,
            opportunity_id: nearest.opportunityId,
            at: isoTime(nearest.atMs),
            at_ms: nearest.atMs,
          },
  };
}

function line(step: string, { evaluations, markets, windows }: Passed): FunnelLine {
  return { step, windows, markets, evaluations };
}

export async function renderFunnel(ctx: CommandContext, data: FunnelData): Promise<string> {
  const until = data.until === null ? "" : ` to ${data.until.slice(0, 19)}Z`;
  const [seen] = data.funnel;
  if (seen?.evaluations === 0 && data.exits[0]?.evaluations === 0) {
    return `no evaluations of what was asked for from ${data.since.slice(0, 19)}Z${until}\n`;
  }
  return [
    `evaluations from ${data.since.slice(0, 19)}Z${until} that got past each step\n`,
    await ctx.table(stepTable(data.funnel)),
    exitText(data.exits),
    data.gates.length === 0 ? "" : `\n${await ctx.table(gateTable(data.gates))}`,
    blockText(data),
  ].join("");
}

function exitText([exit, order, fill]: readonly FunnelLine[]): string {
  if (exit === undefined || exit.evaluations === 0) return "";
  const orders = `${order?.evaluations ?? 0} orders to sell, ${fill?.evaluations ?? 0} of them filled`;
  return `besides, exits: ${exit.evaluations} begun in ${exit.markets} markets; ${orders}\n`;
}

function stepTable(lines: readonly FunnelLine[]): Table {
  const seen = Math.max(1, lines[0]?.evaluations ?? 0);
  return {
    columns: [
      { title: "past" },
      { title: "windows", align: "right" },
      { title: "markets", align: "right" },
      { title: "evaluations", align: "right" },
      { title: "share", align: "right" },
    ],
    rows: lines.map(({ evaluations, markets, step, windows }) => [
      step,
      String(windows),
      String(markets),
      String(evaluations),
      `${((100 * evaluations) / seen).toFixed(evaluations > 0 && evaluations < seen / 1000 ? 3 : 1)}%`,
    ]),
  };
}

function gateTable(gates: readonly GateCount[]): Table {
  return {
    columns: [
      { title: "gate" },
      { title: "shut", align: "right" },
      { title: "alone", align: "right" },
    ],
    rows: gates.map(({ alone, code, shut }) => [code, String(shut), String(alone)]),
  };
}

/** The gate that blocks most, and the nearest that anything came. */
function blockText({ gates, nearest }: FunnelData): string {
  const [most] = gates;
  if (most === undefined) return "";
  const blocks =
    most.alone > 0
      ? `blocks most: ${most.code}; open, it alone would have let ${most.alone} more evaluations trade\n`
      : `blocks most: ${most.code}; nothing was held back by one gate alone\n`;
  if (nearest === null) return blocks;
  const { at, code, ev, opportunity_id: id, ticker } = nearest;
  const cents = (ev * 100).toFixed(2);
  return `${blocks}nearest: ${ticker} at ${at.slice(11, 19)}, EV ${cents} c, held back by ${code} alone (kbt why ${id})\n`;
}

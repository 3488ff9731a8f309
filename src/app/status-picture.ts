import { blockLine } from "./block-line.ts";
import type { CommandContext, Line, Room, Table } from "./context.ts";
import { centPrice, cents, countdown } from "./preview-units.ts";
import { limitText, type StatusReport, usedText } from "./status-report.ts";
import { dollars } from "./trading-report.ts";

// `kbt status --watch` as a picture for the room there is. What stands against trading and what it has cost stands on top;
// of everything else as much as fits, the newest and the nearest first.

/** Older than this a feed is marked. */
const STALE_MS = 10_000;
/** A line of blocks longer than this says no more. */
const BLOCKS_MAX = 40;

type Columns = CommandContext["columns"];

interface Section {
  readonly table: Table;
  /** Rows that it gets before those below it get more than their first. */
  readonly most: number;
}

export function statusPicture(report: StatusReport, room: Room, columns: Columns): readonly Line[] {
  const head = headLines(report, room);
  const sections = [marketSection(report), openSection(report), tradeSection(report)].filter(
    ({ table }) => table.rows.length > 0,
  );
  const limits = limitLines(report, room.columns);
  let left = room.rows - head.length - limits.length;
  const tables = sections.flatMap(({ most, table }, at) => {
    // Each of those below keeps its title and a row.
    const kept = 2 * (sections.length - at - 1);
    const rows = Math.max(0, Math.min(most, left - kept - 1));
    if (rows === 0) return [];
    const [title = "", ...lines] = columns(
      { ...table, rows: table.rows.slice(0, rows) },
      room.columns,
    );
    left -= 1 + lines.length;
    return [{ text: title, strong: true }, ...lines.map((text) => ({ text }))];
  });
  return [...head, ...tables, ...limits].slice(0, room.rows);
}

function headLines(report: StatusReport, { columns, rows }: Room): Line[] {
  const { environment, mode, next_close_ms: nextMs, now, now_ms: nowMs, run_id: runId } = report;
  const running = report.processes.find((one) => one.run_id === runId && one.state === "running");
  const what = running === undefined ? "nothing runs" : `run ${runId} pid ${running.pid}`;
  const next = nextMs === null ? "" : `  next close ${countdown((nextMs - nowMs) / 1000)}`;
  const hint = Number.isFinite(rows) ? "  Ctrl-C ends" : "";
  const day = dollars(report.realised_today_usd);
  const profit = `P&L today ${day}  all ${dollars(report.realised_usd)}  `;
  const blocks = Math.min(BLOCKS_MAX, Math.max(0, columns - profit.length));
  const line = blockLine(report.profit_line_usd.slice(-blocks).map(Number));
  return [
    { text: `${mode.toUpperCase()} on ${environment}  ${now.slice(0, 19)}Z${next}`, strong: true },
    { text: `${what}${others(report)}${hint}` },
    barLine(report),
    { text: feedText(report) },
    { text: `${profit}${line}` },
  ];
}

function others({ processes, run_id: runId }: StatusReport): string {
  const rest = processes.filter((one) => one.run_id !== runId);
  return rest.length === 0
    ? ""
    : `, beside it ${rest.map(({ mode, run_id: id, state }) => `${mode} ${id} ${state}`).join(", ")}`;
}

function barLine({ kill_file: killFile, latches }: StatusReport): Line {
  const bars = [
    ...(killFile === null ? [] : ["kill file"]),
    ...latches.map(({ kind, mode, reason }) => `${mode} ${kind} (${reason})`),
  ];
  if (bars.length === 0) return { text: "nothing is latched" };
  return { text: `LATCHED: ${bars.join("; ")}`, strong: true };
}

function feedText({ feeds }: StatusReport): string {
  if (feeds.length === 0) return "no feed has delivered";
  return feeds
    .map(({ age_ms: ageMs, feed }) => {
      return `${feed} ${ageText(ageMs)}${ageMs > STALE_MS ? " STALE" : ""}`;
    })
    .join("  ");
}

function ageText(ageMs: number): string {
  return ageMs < 100_000 ? `${(ageMs / 1000).toFixed(1)}s` : countdown(ageMs / 1000);
}

function marketSection({ markets, now_ms: nowMs }: StatusReport): Section {
  return {
    most: 8,
    table: {
      columns: [
        { title: "market" },
        { title: "close", align: "right" },
        { title: "bid", align: "right" },
        { title: "ask", align: "right" },
        { title: "model", align: "right" },
        { title: "ev", align: "right", spare: true },
        { title: "said" },
      ],
      rows: markets.map(({ close_ms: closeMs, ev, p_model: p, said, ticker, yes_ask, yes_bid }) => [
        ticker,
        countdown((closeMs - nowMs) / 1000),
        centPrice(yes_bid),
        centPrice(yes_ask),
        p === null ? "-" : p.toFixed(3),
        ev === null ? "-" : cents(ev),
        said,
      ]),
    },
  };
}

/** Orders first: they can still become positions. */
function openSection({ open_orders: orders, positions }: StatusReport): Section {
  return {
    most: 5,
    table: {
      columns: [{ title: "open" }, { title: "what" }, { title: "state" }],
      rows: [
        ...orders.map(({ state, ticker, what }) => [ticker, what, state]),
        ...positions.map(({ contracts, cost_usd: cost, ticker }) => {
          const side = contracts < 0 ? "no" : "yes";
          return [ticker, `${Math.abs(contracts)} ${side} for ${dollars(cost)}`, "held"];
        }),
      ],
    },
  };
}

function tradeSection({ trades }: StatusReport): Section {
  return {
    most: 20,
    table: {
      columns: [
        { title: "last trades" },
        { title: "market" },
        { title: "what" },
        { title: "P&L", align: "right" },
      ],
      rows: trades.map((trade) => {
        const { at, pnl_usd: pnl, ticker } = trade;
        return [at.slice(11, 19), ticker, tradeWords(trade), pnl === null ? "" : dollars(pnl)];
      }),
    },
  };
}

function tradeWords({
  action,
  contracts,
  price,
  side,
  status,
}: StatusReport["trades"][number]): string {
  if (action === "settle")
    return contracts === 0 ? `result ${status}` : `${contracts} ${side}: ${status} won`;
  if (contracts === 0) return `${action} ${side} ${status}`;
  return `${action} ${contracts} ${side}${price === null ? "" : ` at ${centPrice(price)}`}`;
}

/** The limits of which something is used, in as few lines as they take. */
function limitLines({ limits }: StatusReport, columns: number): Line[] {
  const words = limits
    .filter(({ unit, used }) => used !== null && unit !== "mb" && Number(used) > 0)
    .map((use) => `${use.name} ${usedText(use)}/${limitText(use)}`);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + word.length <= columns) {
      lines[lines.length - 1] = `${last}  ${word}`;
    } else lines.push(lines.length === 0 ? `limits: ${word}` : word);
  }
  return lines.slice(0, 3).map((text) => ({ text }));
}

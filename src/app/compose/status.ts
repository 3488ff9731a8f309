import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { pnl } from "../../adapters/sqlite/queries/ledger.ts";
import { listOrders } from "../../adapters/sqlite/queries/orders.ts";
import { listPositions } from "../../adapters/sqlite/queries/positions.ts";
import { listProcesses } from "../../adapters/sqlite/queries/processes.ts";
import { activeLatches } from "../../adapters/sqlite/queries/runs.ts";
import type { Config } from "../../config/schema.ts";
import { type Money, money } from "../../core/units.ts";
import type { CommandContext, CommandResult } from "../context.ts";
import { usd } from "../trading-report.ts";
import { isKilled, killFileOf } from "./kill-file.ts";

const DAY_MS = 86_400_000;
/** A living run says so every second. */
const SILENT_MS = 10_000;
const ORDERS_MAX = 100;

/** `kbt status`: what runs on this database, what stands against trading, what is open on the real account. */
export async function status(ctx: CommandContext): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path, { segments: false });
  try {
    const seen = look(reader, config);
    return { exitCode: 0, data: seen, text: await render(ctx, seen), warnings: [] };
  } finally {
    reader.close();
  }
}

type Seen = ReturnType<typeof look>;

function look(reader: Reader, config: Config) {
  const nowMs = createSystemClock().nowMs();
  const midnightMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const today = pnl(reader, "day", { mode: "live", since: midnightMs });
  const realised = today.reduce((sum, row) => sum + row.pnl, 0);
  return {
    environment: reader.env,
    processes: listProcesses(reader).map((row) => ({
      run_id: row.runId,
      mode: row.mode,
      pid: row.pid,
      state: stateOf(row.isRunning, nowMs - row.beatMs),
      silent_ms: nowMs - row.beatMs,
    })),
    kill_file: isKilled(config.storage.db_path) ? killFileOf(config.storage.db_path) : null,
    latches: activeLatches(reader).map(({ kind, mode, reason }) => ({ mode, kind, reason })),
    open_orders: listOrders(reader, { mode: "live", open: true, limit: ORDERS_MAX }).map(
      ({ action, filledQty, orderId, price, qty, side, state, ticker }) => ({
        order_id: orderId,
        ticker,
        what: `${action} ${qty / 100} ${side} at ${(price / 100).toFixed(2)}c`,
        filled: filledQty / 100,
        state,
      }),
    ),
    positions: listPositions(reader, { mode: "live" }).map(({ cost, qty, ticker }) => ({
      ticker,
      contracts: qty / 100,
      cost_usd: usd(cost),
    })),
    realised_today_usd: usd(money(realised)),
    limits: limitsOf(config),
  };
}

function stateOf(isRunning: boolean | null, silentMs: number): string {
  if (isRunning === false) return "killed";
  return silentMs > SILENT_MS ? "silent" : "running";
}

/** The limits as they are enforced, in dollars. */
function limitsOf({ risk }: Config) {
  const share = (pct: number): Money => money(Math.floor(risk.bankroll_usd * pct * 1e6));
  return {
    daily_loss_usd: usd(share(risk.max_daily_loss_pct)),
    position_usd: usd(share(risk.max_position_pct)),
    open_positions: risk.max_open_positions,
  };
}

async function render(ctx: CommandContext, seen: Seen): Promise<string> {
  const { environment, kill_file: killFile, latches, limits, realised_today_usd: today } = seen;
  const off = [
    ...(killFile === null ? [] : [`kill file ${killFile}`]),
    ...latches.map(({ kind, mode, reason }) => `${mode} ${kind}: ${ctx.clean(reason)}`),
  ];
  return [
    await ctx.table({
      columns: [{ title: "run" }, { title: "mode" }, { title: "pid" }, { title: "state" }],
      rows: seen.processes.map(({ mode, pid, run_id: id, state }) => {
        return [String(id), mode, String(pid), state];
      }),
    }),
    off.length === 0
      ? "nothing is latched\n"
      : `latched:\n${off.map((line) => `  ${line}\n`).join("")}`,
    await ctx.table({
      columns: [
        { title: "open order" },
        { title: "market" },
        { title: "what" },
        { title: "state" },
      ],
      rows: seen.open_orders.map(({ order_id: id, state, ticker, what }) => [
        id,
        ticker,
        what,
        state,
      ]),
    }),
    await ctx.table({
      columns: [{ title: "position" }, { title: "contracts" }, { title: "cost" }],
      rows: seen.positions.map(({ contracts, cost_usd: cost, ticker }) => {
        return [ticker, String(contracts), `$${cost}`];
      }),
    }),
    `${environment}: $${today} realised today, of $${limits.daily_loss_usd} that may be lost; `,
    `$${limits.position_usd} in one market, ${limits.open_positions} markets\n`,
  ].join("");
}

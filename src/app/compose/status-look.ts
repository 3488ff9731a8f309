import { readMachine } from "../../adapters/platform/machine.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import { listEvaluations } from "../../adapters/sqlite/queries/decision.ts";
import { feedNews } from "../../adapters/sqlite/queries/feed-news.ts";
import { listLedger } from "../../adapters/sqlite/queries/ledger.ts";
import { listOrders, type OrderRow } from "../../adapters/sqlite/queries/orders.ts";
import { listPositions, type PositionRow } from "../../adapters/sqlite/queries/positions.ts";
import { listProcesses, type ProcessRow } from "../../adapters/sqlite/queries/processes.ts";
import { type Account, accountLegs, accountOfRun } from "../../adapters/sqlite/queries/run-news.ts";
import { activeLatches, listRuns, type RunRow } from "../../adapters/sqlite/queries/runs.ts";
import type { Config } from "../../config/schema.ts";
import { readStoredConfig } from "../../config/stored.ts";
import { KbtError } from "../../core/errors.ts";
import { costOf, type Ms, qty } from "../../core/units.ts";
import type { StatusFacts } from "../status-report.ts";
import { isKilled, killFileOf } from "./kill-file.ts";
import { lossBookOf, readPast } from "./live-rules.ts";

const MINUTE_MS = 60_000;
/** A living run says so every second. */
const SILENT_MS = 10_000;
const ORDERS_MAX = 100;
/** Enough to find the newest word on each market that is open. */
const EVALUATIONS_READ = 300;
const TRADES_SHOWN = 20;

/** What there is to say of a database now, whether anything runs on it or not. */
export async function lookAtStatus(reader: Reader, config: Config): Promise<StatusFacts> {
  const wallMs = createSystemClock().nowMs();
  const processes = listProcesses(reader).map((row) => ({ ...row, state: stateOf(row, wallMs) }));
  const shown = shownRun(reader, processes);
  const run = shown.run;
  const nowMs = nowOf(reader, shown, wallMs);
  const own = effectiveConfig(config, run);
  const account = accountOf(reader, shown);
  const mode = account.mode;
  const runs = { mode, ...(account.runId === null ? {} : { runId: account.runId }) };
  const open = listOrders(reader, { ...runs, open: true, limit: ORDERS_MAX });
  const positions = positionsOf(reader, account, nowMs);
  const legs = accountLegs(reader, account, { nowMs });
  const past =
    mode === "live" ? readPast(reader, own, { runId: account.runId, nowMs, legs }) : null;
  return {
    environment: reader.env,
    mode,
    runId: run?.runId ?? null,
    nowMs,
    wallMs,
    processes,
    feeds: run === null ? [] : feedNews(reader, run.runId),
    killFile: isKilled(config.storage.db_path) ? killFileOf(config.storage.db_path) : null,
    latches: activeLatches(reader),
    open,
    positions,
    legs,
    trades: listLedger(reader, { ...runs, limit: TRADES_SHOWN }),
    evaluations:
      run === null ? [] : listEvaluations(reader, { runId: run.runId, limit: EVALUATIONS_READ }),
    used: {
      config: own,
      nowMs,
      atRisk: [
        ...positions.map(({ cost, ticker }) => ({ ticker, worst: Math.max(0, cost) })),
        ...open.filter(({ action }) => action === "buy").map(worstOf),
      ],
      openPositions: positions.length,
      openOrders: open.length,
      losses: past?.losses ?? lossBookOf(own, legs),
      live:
        past === null
          ? null
          : {
              entries: past.used.entries,
              lastMinute: listOrders(reader, { ...runs, since: nowMs - MINUTE_MS }).length,
              model: past.model,
              machine: await readMachine(config.storage.db_path).catch(() => null),
            },
    },
  };
}

type Process = ProcessRow & { readonly state: string };

function stateOf({ beatMs, isRunning }: ProcessRow, wallMs: Ms): string {
  if (isRunning === false) return "killed";
  return wallMs - beatMs > SILENT_MS ? "silent" : "running";
}

interface Shown {
  readonly run: RunRow | null;
  readonly process: Process | null;
}

/** The run that trades, real money first; where none runs, the newest that did, real money first. */
function shownRun(reader: Reader, processes: readonly Process[]): Shown {
  for (const mode of ["live", "paper"]) {
    const process = processes.findLast((one) => one.mode === mode && one.state === "running");
    if (process === undefined) continue;
    const [run] = listRuns(reader, { runId: process.runId });
    return { run: run ?? null, process };
  }
  for (const mode of ["live", "paper"]) {
    const [run] = listRuns(reader, { mode, limit: 1 });
    if (run !== undefined) return { run, process: null };
  }
  return { run: null, process: null };
}

/** A local exchange in a process has a time of its own, of which the database knows the newest. */
function nowOf({ env }: Reader, { process, run }: Shown, wallMs: Ms): Ms {
  if (env !== "sim") return wallMs;
  return process?.newestMs ?? run?.endedMs ?? run?.startedMs ?? wallMs;
}

/** The limits that a run has are those that it was started with. */
function effectiveConfig(config: Config, run: RunRow | null): Config {
  const stored = run === null ? null : storedOf(run);
  if (run === null || stored === null) return config;
  if (run.endedMs === null) return stored;
  if (config.risk.bankroll_from === "config") return config;
  // What the account had is known from the newest run only.
  return { ...config, risk: { ...config.risk, bankroll_usd: stored.risk.bankroll_usd } };
}

/** Null for a run of a version whose configuration this one does not read. */
function storedOf({ configJson, runId }: RunRow): Config | null {
  try {
    return readStoredConfig(configJson, runId).config;
  } catch (error) {
    if (error instanceof KbtError) return null;
    throw error;
  }
}

/** There is one real account; every other, and that of an exchange in a process, belongs to its run. */
function accountOf({ env }: Reader, { run }: Shown): Account {
  const mode = run?.mode === "paper" ? "paper" : "live";
  return { mode, runId: mode === "live" && env !== "sim" ? null : (run?.runId ?? null) };
}

function positionsOf(reader: Reader, { mode, runId }: Account, nowMs: Ms): PositionRow[] {
  if (runId === null) return listPositions(reader, { mode, until: nowMs });
  // An exchange in a process is another one in each run, and so is what is held there.
  if (mode === "live") return listPositions(reader, { mode, runId, until: nowMs });
  const account = accountOfRun(reader, runId);
  return listPositions(reader, { mode, until: nowMs }).filter((row) => row.runId === account);
}

function worstOf({ filledQty, price, qty: wanted, ticker }: OrderRow) {
  return { ticker, worst: costOf(price, qty(wanted - filledQty)) };
}

import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { pnl } from "../../adapters/sqlite/queries/ledger.ts";
import { listRuns } from "../../adapters/sqlite/queries/runs.ts";
import { DAY_MS, isoTime } from "../../core/iso-time.ts";
import { type Ms, money } from "../../core/units.ts";
import type { Alert } from "../../ports-alerts.ts";
import { ERRANDS } from "../live/errands.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import { dollars, usd } from "../trading-report.ts";
import type { WatchSetting } from "./watcher.ts";

// What alerts look up in the database: rarely, and without changing anything.

/** How often a mode was started since a time; what somebody asked for by hand is no start. */
export function startsOf(path: string, mode: WatchSetting["mode"], since: Ms): number {
  const runs = reading(path, (reader) => listRuns(reader, { mode, since, limit: 100 }));
  return runs.filter(({ configJson }) => !isErrand(configJson)).length;
}

function isErrand(configJson: string): boolean {
  const { strategies }: { readonly strategies?: unknown } = JSON.parse(configJson);
  return Array.isArray(strategies) && strategies.some((name) => ERRANDS.has(String(name)));
}

/** The last 24 hours of a mode, over all its runs on the database, and what is open now. */
export function digestOf(path: string, mode: WatchSetting["mode"], run: WatchedRun): Alert {
  const nowMs = run.clock.nowMs();
  const gaps = run.feeds.reduce((sum, { stats }) => sum + stats.gaps, 0);
  const recorded = `${run.totals.events} events and ${gaps} gaps in this run`;
  const until = isoTime(nowMs).slice(0, 16).replace("T", " ");
  const alert = { key: `digest ${until}`, severity: "info" } as const;
  if (mode === "collect" || run.trading === null) {
    return { ...alert, title: `day to ${until}Z: ${recorded}` };
  }
  const { portfolio } = run.trading.engine;
  const strategies = reading(path, (reader) =>
    pnl(reader, "strategy", { mode, since: nowMs - DAY_MS }),
  );
  const total = strategies.reduce((sum, row) => sum + row.pnl, 0);
  const closed = strategies.reduce((sum, row) => sum + row.closed, 0);
  return {
    ...alert,
    title: `day to ${until}Z: ${dollars(usd(money(total)))}, ${closed} positions closed`,
    lines: [
      ...strategies.map(
        (row) => `${row.key}: ${dollars(usd(row.pnl))}, ${row.wins} won and ${row.losses} lost`,
      ),
      `open: ${portfolio.openCount}, of which ${dollars(usd(portfolio.worstCase()))} can be lost`,
      `${recorded}, ${run.totals.evaluations} evaluations`,
    ],
  };
}

function reading<T>(path: string, read: (reader: Reader) => T): T {
  const reader = openReader(path, { segments: false });
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

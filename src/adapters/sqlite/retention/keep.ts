import type { Db } from "../open.ts";

/** Evidence of one run: what its orders were decided on. */
export interface Kept {
  /** Some market of the run has an order; its streams are in `kept_streams`, the markets in `kept_markets`. */
  readonly hasMarkets: boolean;
  /** Times whose spot, spot books and wakes are kept; milliseconds UTC, ends included, in order and apart. */
  readonly windows: readonly Window[];
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Finds the evidence of runs and leaves the markets of the last one in two temporary tables. Asked again inside every
 * transaction that removes rows: an order that was placed a moment ago counts.
 */
export function createKeeper(db: Db): (runId: number) => Kept {
  db.exec(`CREATE TEMP TABLE IF NOT EXISTS kept_markets (market_id INTEGER PRIMARY KEY);
    CREATE TEMP TABLE IF NOT EXISTS kept_streams (stream_id INTEGER PRIMARY KEY);`);
  // Both tables only grow, so their last rows say whether anything was added.
  const newest = db
    .prepare<[], string>(
      `SELECT (SELECT coalesce(max(rowid), 0) FROM order_intents) || ' ' ||
         (SELECT coalesce(max(rowid), 0) FROM fills)`,
    )
    .pluck();
  const find = createFinder(db);
  let known: { readonly runId: number; readonly at: string; readonly kept: Kept } | null = null;
  return (runId) => {
    const at = newest.get() ?? "";
    if (known === null || known.runId !== runId || known.at !== at) {
      known = { runId, at, kept: find(runId) };
    }
    return known.kept;
  };
}

/** Spot this long before an order may have moved the model that wanted it. */
const BEFORE_ORDER_MS = 3_600_000;

interface Traded {
  readonly ticker: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Null for a market that nobody described: then until the end. */
  readonly closeMs: number | null;
}

function createFinder(db: Db): (runId: number) => Kept {
  // A fill of an order that this file does not know is evidence too.
  const traded = db.prepare<{ runId: number }, Traded>(
    `SELECT o.ticker, min(o.at_ms) AS firstMs, max(o.at_ms) AS lastMs, k.close_ms AS closeMs
     FROM (SELECT ticker, created_ms AS at_ms FROM order_intents WHERE run_id = :runId
           UNION ALL SELECT ticker, at_ms FROM fills WHERE run_id = :runId) o
     LEFT JOIN kalshi_markets k ON k.ticker = o.ticker GROUP BY o.ticker`,
  );
  const addMarket = db.prepare<[string]>(
    "INSERT INTO kept_markets SELECT market_id FROM market_ids WHERE ticker = ?",
  );
  return (runId) => {
    const list = traded.all({ runId });
    db.exec("DELETE FROM kept_markets; DELETE FROM kept_streams;");
    for (const { ticker } of list) addMarket.run(ticker);
    db.exec(`INSERT INTO kept_streams SELECT stream_id FROM streams
      WHERE market_id IN (SELECT market_id FROM kept_markets)`);
    return { hasMarkets: list.length > 0, windows: merged(list.map(windowOf)) };
  };
}

function windowOf({ closeMs, firstMs, lastMs }: Traded): Window {
  const toMs = closeMs === null ? Number.MAX_SAFE_INTEGER : Math.max(closeMs, lastMs);
  return { fromMs: firstMs - BEFORE_ORDER_MS, toMs };
}

function merged(windows: readonly Window[]): Window[] {
  const apart: Window[] = [];
  for (const window of windows.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = apart.at(-1);
    if (last === undefined || window.fromMs > last.toMs) apart.push(window);
    else apart[apart.length - 1] = { ...last, toMs: Math.max(last.toMs, window.toMs) };
  }
  return apart;
}

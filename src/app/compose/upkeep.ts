import type { Logger } from "../../adapters/platform/logger.ts";
import { toError } from "../../adapters/platform/to-error.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { openWriter, type Writer } from "../../adapters/sqlite/open.ts";
import { thinInSteps } from "../../adapters/sqlite/retention/thin.ts";
import { compactInSteps } from "../../adapters/sqlite/segments/compact.ts";
import type { UpkeepSteps } from "../../adapters/sqlite/upkeep-step.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { UpkeepReport } from "../collect-report.ts";
import type { Environment } from "./environment.ts";

// What keeps the file of a run that lasts for weeks small, while the run goes on: at its start and every hour, in short
// transactions with a turn of the event loop between any two of them.

export interface Upkeep {
  /** Stops after the step under way and says what was done, and what failed. Idempotent. */
  stop(): Promise<UpkeepEnd>;
}

interface UpkeepEnd {
  /** Null when the configuration asks for no upkeep. */
  readonly report: UpkeepReport | null;
  readonly error: KbtError | null;
}

interface UpkeepParts {
  readonly config: Pick<Config, "storage">;
  readonly env: Pick<Environment, "stamp" | "clock" | "real">;
  readonly log: Pick<Logger, "info" | "error">;
}

const HOUR_MS = 3_600_000;
/** Of pages in memory: rows of an hour ago are read once. Four times as many were no faster, and stayed from round to round. */
const CACHE_KB = 500;
/** Another process is writing; nothing here is urgent. */
const BUSY_MS = 50;

/** Starts upkeep beside a run. */
export function startUpkeep(parts: UpkeepParts): Upkeep {
  const { storage } = parts.config;
  if (storage.retain_hours === 0 && storage.compact_after_hours === 0) {
    return { stop: () => Promise.resolve({ report: null, error: null }) };
  }
  const writer = openWriter(storage.db_path, { env: parts.env.stamp });
  writer.bulk.pragma(`cache_size = -${CACHE_KB}`);
  const totals: Totals = { removed: new Map(), packed: 0, bytesFreed: 0, failure: null };
  const stop = new AbortController();
  // Kept until somebody asks: a run that records well goes on although its file could not be made smaller.
  const failure = hourly(parts, { writer, totals, signal: stop.signal }).then(
    () => null,
    (error: unknown) => error,
  );
  const end = async (): Promise<UpkeepEnd> => {
    stop.abort(new DOMException("the run is over", "AbortError"));
    const error = await failure;
    writer.close();
    const isStop = error === null || error === stop.signal.reason;
    if (!isStop && !(error instanceof KbtError)) throw toError(error);
    const last = error instanceof KbtError ? error : totals.failure;
    const report = {
      removed: Object.fromEntries(totals.removed),
      packed_deltas: totals.packed,
      bytes_freed: totals.bytesFreed,
    };
    return { report, error: last };
  };
  let ended: Promise<UpkeepEnd> | null = null;
  return { stop: () => (ended ??= end()) };
}

interface Totals {
  readonly removed: Map<string, number>;
  packed: number;
  bytesFreed: number;
  /** Why the newest round was not finished; null when it was. */
  failure: KbtError | null;
}

interface Work {
  readonly writer: Writer;
  readonly totals: Totals;
  readonly signal: AbortSignal;
}

async function hourly(parts: UpkeepParts, work: Work): Promise<void> {
  const { env, log } = parts;
  const { totals } = work;
  for (;;) {
    try {
      await round(parts, work);
      work.writer.bulk.pragma("shrink_memory");
      totals.failure = null;
    } catch (error) {
      // A lock or a full disk passes, and without upkeep the file of the weeks that are left would only grow.
      if (!(error instanceof KbtError) || error.kind !== "store") throw error;
      totals.failure = error;
      const { code, message } = error;
      log.error(
        { ev: "upkeep.failed", code, error: message },
        "upkeep failed, next try in an hour",
      );
    }
    await env.clock.sleep(HOUR_MS, work.signal);
  }
}

async function round(parts: UpkeepParts, work: Work): Promise<void> {
  const { env, log } = parts;
  const { storage } = parts.config;
  const { totals, writer } = work;
  const nowMs = env.clock.nowMs();
  // What is to go need not be packed first.
  if (storage.retain_hours > 0) {
    const steps = thinInSteps(writer, { nowMs, retainMs: storage.retain_hours * HOUR_MS });
    await walk(parts, work, steps, (table, rows) => {
      totals.removed.set(table, (totals.removed.get(table) ?? 0) + rows);
    });
  }
  if (storage.compact_after_hours > 0) {
    const beforeMs = nowMs - storage.compact_after_hours * HOUR_MS;
    await walk(parts, work, compactInSteps(writer, { beforeMs, nowMs }), (_, rows) => {
      totals.packed += rows;
    });
  }
  log.info(
    {
      ev: "upkeep.done",
      removed: Object.fromEntries(totals.removed),
      packed: totals.packed,
      bytes_freed: totals.bytesFreed,
    },
    "old market data thinned and packed",
  );
}

async function walk(
  { env }: UpkeepParts,
  { totals, signal }: Work,
  steps: UpkeepSteps,
  count: (table: string, rows: number) => void,
): Promise<void> {
  for (const step of steps) {
    if (step.rows > 0) count(step.table, step.rows);
    totals.bytesFreed += step.bytesFreed;
    if (step.isBusy) await env.real.sleep(BUSY_MS, signal);
    else await turn();
    signal.throwIfAborted();
  }
}

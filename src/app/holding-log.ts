import type { Ms } from "../core/units.ts";
import type { Clock, Feed } from "../ports.ts";
import type { SessionTotals } from "./session.ts";

// A run that trades nothing says why, also where nobody sees its progress line: a line in the log for each half minute of
// the user's clock.

interface Holding {
  readonly totals: SessionTotals;
  readonly feeds: readonly Feed[];
  readonly real: Pick<Clock, "monoMs">;
  readonly log: { info(fields: Readonly<Record<string, unknown>>, message: string): void };
}

/** Half a minute less the second in which a run that asks twice a second may come late. */
const EVERY_MS: Ms = 29_000;
const REASONS_MAX = 5;

interface Stretch {
  readonly fromMs: Ms;
  readonly evaluations: number;
  readonly trades: number;
  readonly fills: number;
  readonly held: ReadonlyMap<string, number>;
}

/** To be called often; says something when it is time. */
export function createHoldingLog({ feeds, log, real, totals }: Holding): () => void {
  const now = (): Stretch => {
    const { evaluations, fills, held, trades } = totals;
    return { fromMs: real.monoMs(), evaluations, trades, fills, held: new Map(held) };
  };
  let last = now();
  return () => {
    if (real.monoMs() - last.fromMs < EVERY_MS) return;
    const next = now();
    log.info(fieldsOf(last, next, feeds), "what held most back");
    last = next;
  };
}

function fieldsOf(last: Stretch, next: Stretch, feeds: readonly Feed[]): Record<string, unknown> {
  const held = [...next.held]
    .map(([reason, count]) => [reason, count - (last.held.get(reason) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .toSorted((a, b) => b[1] - a[1]);
  const evaluations = next.evaluations - last.evaluations;
  return {
    ev: "run.holding",
    reason: held[0]?.[0] ?? null,
    count: held[0]?.[1] ?? 0,
    evaluations,
    trades: next.trades - last.trades,
    fills: next.fills - last.fills,
    stretch_s: Math.round((next.fromMs - last.fromMs) / 1000),
    reasons: Object.fromEntries(held.slice(0, REASONS_MAX)),
    // Nothing to look at is a reason too, and the feeds know which.
    ...(evaluations === 0
      ? { feeds: feeds.map((feed) => `${feed.name}: ${feed.status()}`).join(" | ") }
      : {}),
  };
}

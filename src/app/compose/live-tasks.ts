import { CRYPTO_SHARD } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import { type Patience, patiently } from "../../adapters/kalshi/patiently.ts";
import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import { KbtError } from "../../core/errors.ts";
import { type Market, seriesOfTicker } from "../../core/market.ts";
import type { Recorder } from "../../ports.ts";
import { heard } from "../heard-recorder.ts";
import type { MachineWatch } from "../live/machine-watch.ts";
import {
  type Difference,
  type ReconcileParts,
  Reconciler,
  type Spent,
  wordsOf,
} from "../live/reconcile.ts";
import { recover } from "../live/recover.ts";
import type { Session } from "../session.ts";
import type { Environment } from "./environment.ts";
import type { LiveOrders } from "./live-venue.ts";

// What goes on beside the feeds of a live run: the deadlines of orders, the account's socket, the comparison with the
// exchange. And what is compared before any of it may begin.

/** The kill file is looked for this often: it has to be seen and latched within 50 ms (reliability.md I30). */
const TICK_MS = 20;
const RECONCILE_MS = 15_000;
const RECONCILE_AGAIN_MS = 5_000;
const START_LOOKS = 5;
const START_PAUSE_MS = 1_000;

/** What a run has spent by its own ledger. */
export interface CashLedger {
  watch(recorder: Recorder): Recorder;
  spent(): Spent;
}

export function cashLedger(): CashLedger {
  const sum = { cost: 0, fills: 0, settlements: 0 };
  return {
    watch: (recorder) =>
      heard(recorder, {
        ledger(row) {
          sum.cost += row.cost;
          if (row.action === "settle") sum.settlements++;
          else sum.fills++;
        },
      }),
    spent: () => ({ ...sum }),
  };
}

export interface OrderTaskParts {
  readonly env: Environment;
  readonly config: Config;
  readonly engine: Engine;
  readonly rest: KalshiRest;
  readonly orders: LiveOrders;
  readonly cash: CashLedger;
  readonly session: Pick<Session, "advance">;
  readonly machine: Pick<MachineWatch, "run">;
}

function reconcilerOf(
  parts: OrderTaskParts,
  { isStrict, market }: Pick<ReconcileParts, "isStrict" | "market">,
) {
  const { cash, config, engine, env, orders, rest } = parts;
  return new Reconciler({
    venue: orders.venue,
    reads: rest,
    clock: env.clock,
    positions: () => engine.portfolio.positions(),
    market,
    isStrict,
    isExclusive: (ticker) => config.kalshi.series.includes(seriesOfTicker(ticker)),
    cash: {
      exchangeIndex: CRYPTO_SHARD,
      spent: () => cash.spent(),
      isProvisional: () => engine.settling.provisional().length > 0,
      seen: (theirs, cost) => orders.gate.fund(theirs + cost),
    },
  });
}

/** The work that a live run does beside its feeds. */
export function orderTasks(
  parts: OrderTaskParts,
): readonly ((signal: AbortSignal) => Promise<void>)[] {
  const { engine, env, orders } = parts;
  const { clock } = env;
  const { stream, venue } = orders;
  const handlers = {
    order: (seen: Parameters<typeof venue.sawOrder>[0]) => venue.sawOrder(seen),
    fill: (fill: Parameters<typeof venue.sawFill>[0]) => venue.sawFill(fill),
    missed: () => venue.missed(),
  };
  const reconciler = reconcilerOf(parts, {
    isStrict: false,
    market: (ticker) => engine.market(ticker),
  });
  return [
    async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(TICK_MS, signal);
        venue.tick();
      }
    },
    (signal) => stream.run(handlers, signal),
    (signal) => parts.machine.run(signal),
    async (signal) => {
      let waitMs = RECONCILE_MS;
      while (!signal.aborted) {
        await clock.sleep(waitMs, signal);
        waitMs = (await lookOnce(reconciler, venue, signal)) ? RECONCILE_AGAIN_MS : RECONCILE_MS;
      }
    },
  ];
}

/** True when something differs and is worth another look soon. */
async function lookOnce(
  reconciler: Reconciler,
  venue: LiveOrders["venue"],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const cause = await reconciler.look(signal);
    if (cause !== null) venue.latch(cause);
    return reconciler.isDiffering;
  } catch (error) {
    if (!(error instanceof KbtError) || error.kind === "auth") throw error;
    return true;
  }
}

/**
 * Before anything may be traded: the orders of earlier runs have come to their end, nothing of others rests in the series,
 * and what we think we hold is what the exchange says. Null when all that is so.
 */
export async function startProblem(
  parts: OrderTaskParts,
  patience: Patience,
): Promise<Shut | null> {
  const { env, orders, session } = parts;
  if (!(await recover({ clock: env.clock, venue: orders.venue }, patience.signal))) {
    const unknown = orders.venue.tracker.open().map(({ order }) => order.orderId);
    return shut(`the end of orders of an earlier run: ${unknown.join(", ")}`);
  }
  // What they turned out to have filled is held from here on, and has to be before it is compared.
  session.advance(env.clock.nowMs());
  return patiently(() => standingProblem(parts, patience.signal), patience);
}

/** What the exchange says stands in the way; it is only read. */
async function standingProblem(parts: OrderTaskParts, signal: AbortSignal): Promise<Shut | null> {
  const { config, orders, rest } = parts;
  const { complete, items } = await rest.orders({ status: "resting" }, signal);
  // A part of a list proves nothing of what it does not show.
  if (!complete) return shut("a whole list of what rests, which the exchange did not give");
  const foreign = items.filter((seen) => {
    const isHere = config.kalshi.series.includes(seriesOfTicker(seen.ticker));
    return isHere && !orders.venue.tracker.isOurs(seen);
  });
  if (foreign.length > 0) {
    const names = foreign.map(({ exchangeId, ticker }) => `${exchangeId} in ${ticker}`);
    return shut(`nothing of others resting (kbt live cancel-all): ${names.join(", ")}`);
  }
  const differences = await differencesAtStart(parts, signal);
  if (differences === null) return shut("a comparison with the exchange, which did not come about");
  return differences.length === 0 ? null : shut(differences.map(wordsOf).join("; "));
}

interface Shut {
  readonly open: boolean;
  readonly need: string;
}

function shut(need: string): Shut {
  return { open: false, need };
}

/** Several looks, since reads lag; no difference is believed that is gone at the next one. Null without a whole look. */
async function differencesAtStart(
  parts: OrderTaskParts,
  signal: AbortSignal,
): Promise<readonly Difference[] | null> {
  const { env, rest } = parts;
  const known = new Map<string, Market>();
  const reconciler = reconcilerOf(parts, {
    isStrict: true,
    market: (ticker) => known.get(ticker),
  });
  let newest: readonly Difference[] | null = null;
  for (let look = 0; look < START_LOOKS; look++) {
    newest = (await reconciler.compare(signal)) ?? newest;
    if (newest?.length === 0) return newest;
    for (const { what } of newest ?? []) {
      const ticker = what.replace(/^position /, "");
      // A market that has closed settles by itself, at another time there than here.
      if (ticker !== what) known.set(ticker, await rest.market(ticker, signal));
    }
    await env.clock.sleep(START_PAUSE_MS, signal);
  }
  return newest;
}

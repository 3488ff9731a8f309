import { createAccountStream } from "../../adapters/kalshi/account-stream.ts";
import type { Signer } from "../../adapters/kalshi/auth.ts";
import { createOrderWrites } from "../../adapters/kalshi/order-writes.ts";
import type { Logger } from "../../adapters/platform/logger.ts";
import { createLedgerWriter, type LedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import { listFills, listOrders, type OrderRow } from "../../adapters/sqlite/queries/orders.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { LatchCause } from "../../core/live/breakers.ts";
import { seriesOfTicker } from "../../core/market.ts";
import type { Order } from "../../core/orders.ts";
import { mulberry32 } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import { RecordedGate, type SpentSoFar } from "../live/recorded-gate.ts";
import { LiveVenue } from "../live/venue.ts";
import type { Environment } from "./environment.ts";
import { isKilled, setKillFile } from "./kill-file.ts";
import type { VenueInputs } from "./wire-trading.ts";

/** Fills of this much money within 15 s are more than the limits let happen; two cents is the least a contract costs. */
const GROUP_PRICE_USD = 0.02;
/** The exchange's clock is read from a header of whole seconds. */
const CLOCK_MS_MAX = 3_000;
const MINUTE_MS = 60_000;

export interface LiveOrders {
  readonly venue: LiveVenue;
  readonly gate: RecordedGate;
  /** Orders of earlier runs whose end was not on file. */
  readonly expected: readonly Order[];
  readonly stream: ReturnType<typeof createAccountStream>;
  close(): void;
}

interface LiveVenueWishes {
  readonly log: Logger;
  readonly machineHold: () => string | null;
  readonly spent: SpentSoFar;
}

/** The venue of a live run with its socket and the latches of its database. */
export function openLiveVenue(
  env: Environment,
  signer: Signer,
  inputs: VenueInputs,
  { log, machineHold, spent }: LiveVenueWishes,
): LiveOrders {
  const { clock, http, openSocket, urls } = env;
  const { config, engine, exchange, recorder, rest } = inputs;
  const path = config.storage.db_path;
  const ledger = createLedgerWriter({ path, env: env.stamp });
  const stream = createAccountStream({
    url: urls.kalshiWs,
    openSocket,
    signer,
    clock,
    rng: mulberry32(7),
  });
  const past = pastOrders(env, path, clock.nowMs());
  const gate = new RecordedGate(engine.gate, { recorder, clock, spent });
  const venue = new LiveVenue({
    clock,
    writes: createOrderWrites({ baseUrl: urls.kalshiRest, http, clock, signer }),
    reads: rest,
    gate,
    groupContracts: groupContracts(config),
    ordersPerMinute: config.live.orders_per_minute,
    sentMs: past.sentMs,
    pastTrades: past.trades,
    market: (ticker) => engine.market(ticker),
    isExclusive: (ticker) => config.kalshi.series.includes(seriesOfTicker(ticker)),
    isKilled: () => isKilled(path),
    holdReason: () => {
      if (!stream.isHeard) return "account_unheard";
      if (Math.abs(rest.clockOffsetMs() ?? 0) > CLOCK_MS_MAX) return "clock_skew";
      return exchange.holdReason() ?? machineHold();
    },
    latch: (cause) =>
      latch({ cause, ledger, log, path, runId: recorder.runId, atMs: clock.nowMs() }),
  });
  for (const { booked, order, trades } of past.open) {
    engine.expect(order);
    venue.adopt(order, { trades, booked });
  }
  const expected = past.open.map(({ order }) => order);
  return { venue, gate, expected, stream, close: () => ledger.close() };
}

function groupContracts({ risk }: Config): number {
  const usd = risk.bankroll_usd * risk.max_position_pct * risk.max_open_positions;
  return Math.min(1_000_000, Math.max(10, Math.ceil(usd / GROUP_PRICE_USD)));
}

interface LatchFacts {
  readonly cause: LatchCause;
  readonly ledger: LedgerWriter;
  readonly log: Logger;
  readonly path: string;
  readonly runId: number;
  readonly atMs: Ms;
}

/** A latch that cannot be put on file becomes the kill file: what stopped the trading must outlive this process. */
function latch({ atMs, cause, ledger, log, path, runId }: LatchFacts): void {
  const { kind, reason } = cause;
  log.error({ ev: "latch.set", kind, reason }, "trading stopped");
  try {
    ledger.setLatch({ ...cause, atMs }, { mode: "live", runId });
  } catch (error) {
    setKillFile(path, `${kind}: ${reason}`);
    if (!(error instanceof KbtError)) throw error;
  }
}

interface PastOrder {
  readonly order: Order;
  readonly trades: readonly string[];
  readonly booked: number;
}

/**
 * What earlier runs sent of late, and their orders without an end on file. An exchange inside the process is another one
 * in each run: what rested on the last one rests nowhere.
 */
function pastOrders(
  env: Environment,
  path: string,
  nowMs: Ms,
): {
  readonly open: readonly PastOrder[];
  readonly sentMs: readonly Ms[];
  readonly trades: readonly string[];
} {
  if (env.sim !== null) return { open: [], sentMs: [], trades: [] };
  const reader = openReader(path, { segments: false });
  try {
    const open = listOrders(reader, { mode: "live", open: true, limit: PAST_MAX }).map((row) => {
      const fills = listFills(reader, { orderId: row.orderId, limit: PAST_MAX });
      const trades = fills.map(({ fillId }) => fillId);
      return { order: orderOf(row), trades, booked: fills.reduce((sum, { qty }) => sum + qty, 0) };
    });
    const recent = listOrders(reader, { mode: "live", since: nowMs - MINUTE_MS, limit: PAST_MAX });
    const oldestMs = Math.min(nowMs, ...open.map(({ order }) => order.createdMs));
    const since = oldestMs - MINUTE_MS;
    const fills = listFills(reader, { mode: "live", since, limit: PAST_MAX });
    const trades = fills.map(({ fillId }) => fillId);
    return { open, sentMs: recent.map(({ createdMs }) => createdMs), trades };
  } finally {
    reader.close();
  }
}

const PAST_MAX = 10_000;

/** An order as the journal has it; what only its request said is not on file, and is of no use for its end. */
function orderOf(row: OrderRow): Order {
  const { action, clientOrderId, createdMs, opportunityId, orderId } = row;
  const { price, qty, side, strategy, ticker } = row;
  const ids = { orderId, clientOrderId, opportunityId, createdMs };
  const terms = { strategy, ticker, side, action, price, qty };
  return { ...ids, ...terms, timeInForce: "gtc", postOnly: false, expiresMs: null, mayAdd: false };
}

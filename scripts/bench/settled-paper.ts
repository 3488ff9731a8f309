// A database as days of `kbt paper` leave it, written by the product's own recorder: two series, settled quarter hours, three
// baselines that speak once a minute, and one strategy that buys once a market where the market errs.

import { createRecorder, type SqliteRecorder } from "../../src/adapters/sqlite/recorder.ts";
import { fillLeg } from "../../src/core/order-rows.ts";
import type { FillRecord } from "../../src/core/records.ts";
import { mulberry32, type Rng } from "../../src/core/rng.ts";
import { firstLeg } from "../../src/core/settle-legs.ts";
import { rulingOf } from "../../src/core/settlement.ts";
import { costOf, money, price, qty } from "../../src/core/units.ts";
import { aFill, aMarket } from "../../tests/support/builders.ts";
import {
  BASELINES,
  baselineOf,
  type Look,
  lookAt,
  normal,
  STRATEGY,
  WINDOW_MS,
} from "./simulated-look.ts";

const SERIES = ["KXBTC15M", "KXSOL15M"] as const;
const START_MS = Date.UTC(2026, 0, 5);
const MINUTES = 15;
const CORRELATION = 0.8;
/** Of the market's probability, as in scenario `edge`. */
const ERROR_SD = 0.036;
const CONTRACTS = qty(1_000);
const BATCH_ROWS = 50_000;

interface Size {
  readonly windows: number;
  /** Evaluations of each market of a window by the strategy. */
  readonly looks: number;
}

interface Market {
  readonly ticker: string;
  readonly eventTicker: string;
  place: number;
  readonly error: number;
  fill: FillRecord | null;
}

interface World {
  readonly recorder: SqliteRecorder;
  readonly rng: Rng;
  evaluations: number;
}

/** Writes the file and says how many evaluations it holds. */
export async function writeSettledPaper(path: string, { looks, windows }: Size): Promise<number> {
  const recorder = createRecorder({
    path,
    env: "sim",
    batchRows: BATCH_ROWS,
    run: {
      mode: "paper",
      startedMs: START_MS,
      version: "bench",
      config: { model: { name: "bench" }, strategy: { [STRATEGY]: { entry: "taker" } } },
      command: "paper",
    },
    nowMs: () => START_MS + windows * WINDOW_MS,
  });
  const world: World = { recorder, rng: mulberry32(1), evaluations: 0 };
  for (let k = 1; k <= windows; k++) playWindow(world, START_MS + k * WINDOW_MS, looks);
  await recorder.close(0);
  return world.evaluations;
}

function playWindow(world: World, closeMs: number, looks: number): void {
  const openMs = closeMs - WINDOW_MS;
  const markets = SERIES.map((series) => list(world, series, { openMs, closeMs }));
  let minute = -1;
  for (let look = 0; look < looks; look++) {
    const atMs = openMs + Math.floor((look * WINDOW_MS) / looks);
    const isNewMinute = Math.floor((look * MINUTES) / looks) > minute;
    if (isNewMinute) minute++;
    move(world.rng, markets, looks);
    for (const market of markets) {
      const seen = lookAt({ ...market, atMs, tauS: (closeMs - atMs) / 1e3 }, world.rng);
      if (isNewMinute) for (const name of BASELINES) record(world, baselineOf(seen, name));
      decide(world, market, seen);
    }
  }
  world.recorder.together(() => {
    for (const market of markets) settle(world, market, closeMs + 2_000);
  });
}

function list(
  { recorder, rng }: World,
  seriesTicker: string,
  times: { readonly openMs: number; readonly closeMs: number },
): Market {
  const eventTicker = `${seriesTicker}-${times.closeMs / WINDOW_MS}`;
  const ticker = `${eventTicker}-15`;
  const market = aMarket({ ticker, eventTicker, seriesTicker, ...times });
  recorder.event({ type: "market", market, recvMs: times.openMs });
  return { ticker, eventTicker, place: 0, error: ERROR_SD * normal(rng), fill: null };
}

/** Prices of the two underlyings move much alike. */
function move(rng: Rng, markets: readonly Market[], looks: number): void {
  const common = normal(rng);
  for (const market of markets) {
    const step = CORRELATION * common + Math.sqrt(1 - CORRELATION ** 2) * normal(rng);
    market.place += step / Math.sqrt(looks);
  }
}

function record(world: World, look: Look): number {
  const opportunityId = world.recorder.runId * 1e10 + ++world.evaluations;
  world.recorder.opportunity({ ...look, opportunityId });
  return opportunityId;
}

/** A market that is bought is not bought again. */
function decide(world: World, market: Market, look: Look): void {
  if (look.decision === "trade" && market.fill === null) {
    market.fill = buy(world, look, record(world, look));
    return;
  }
  const reason = "risk.in_market";
  const isRefused = look.decision === "trade";
  record(world, isRefused ? { ...look, decision: "no_trade", reason, failed: reason } : look);
}

function buy({ recorder }: World, look: Look, opportunityId: number): FillRecord | null {
  const { atMs, cost, side, ticker, yesAsk, yesBid } = look;
  if (side === null || cost === null || yesAsk === null || yesBid === null) return null;
  const limit = side === "yes" ? yesAsk : price(10_000 - yesBid);
  const orderId = `r${recorder.runId}-${opportunityId}`;
  const common = { orderId, ticker, side, action: "buy", price: limit, qty: CONTRACTS } as const;
  const fee = money((cost * CONTRACTS) / 100 - costOf(limit, CONTRACTS));
  const fill = aFill({ ...common, fillId: `${orderId}-f1`, fee, atMs: atMs + 300 });
  const ids = { clientOrderId: orderId, strategy: STRATEGY, opportunityId };
  recorder.order({ ...common, ...ids, state: "pending", createdMs: atMs });
  recorder.together(() => {
    recorder.fill(fill);
    recorder.ledger(fillLeg(fill, { realised: null, strategy: STRATEGY, told: undefined }));
    recorder.orderEvent({
      orderId,
      atMs: fill.atMs,
      state: "filled",
      filledQty: CONTRACTS,
      reason: "filled",
    });
  });
  return fill;
}

function settle(
  { recorder }: World,
  { eventTicker, fill, place, ticker }: Market,
  atMs: number,
): void {
  const settlement = {
    type: "settlement",
    ticker,
    eventTicker,
    result: place >= 0 ? "yes" : "no",
    yesPayout: null,
    expirationValue: "100000",
    settledMs: atMs,
    final: true,
    source: "kalshi",
    recvMs: atMs,
  } as const;
  recorder.event(settlement);
  const ruling = rulingOf(settlement, atMs);
  if (fill === null || ruling === null) return;
  const held = qty(fill.side === "yes" ? fill.qty : 0 - fill.qty);
  const cost = money(costOf(fill.price, fill.qty) + fill.fee);
  recorder.ledger(firstLeg({ ticker, qty: held, cost, strategy: STRATEGY }, ruling).leg);
}

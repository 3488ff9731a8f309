import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { accountLegs } from "../../../src/adapters/sqlite/queries/run-news.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { type LivePast, readPast } from "../../../src/app/compose/live-rules.ts";
import { BreakerDesk } from "../../../src/app/live/breaker-desk.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { LatchCause } from "../../../src/core/live/breakers.ts";
import { firstLeg } from "../../../src/core/settle-legs.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import type { Recorder } from "../../../src/ports.ts";
import { aFill } from "../../support/builders.ts";
import { aLeg, anOpportunity, anOrder, aRecorder, rows, T0, tempDb } from "./support.ts";

// What a live run knows of losses, beliefs and repetitions while it lasts, and what the next one reads of it.

const NOW = T0 + 60_000;

function pastOf(path: string, nowMs = NOW): LivePast {
  const reader = openReader(path);
  try {
    const legs = accountLegs(reader, { mode: "live", runId: null }, { nowMs });
    return readPast(reader, DEFAULTS, { runId: null, nowMs, legs });
  } finally {
    reader.close();
  }
}

function known({ losses, model, repeats }: LivePast): readonly unknown[] {
  const signal = { strategy: "s", ticker: "REPEATED-1-1", side: "yes" } as const;
  repeats.sent({ orderId: "probe", ...signal, createdMs: NOW });
  const repeated = repeats.ended({ orderId: "probe", atMs: NOW, filledQty: qty(0) });
  const { drawdown, streak } = losses;
  const lost = [losses.day(NOW), losses.rolling(NOW), drawdown, streak];
  return [...lost, losses.causes(NOW), model.score, repeated];
}

/** What one run does, through whoever listens. */
function trader(run: SqliteRecorder, heard: Recorder) {
  let count = 0;
  const enter = (ticker: string): string => {
    const orderId = `o${++count}`;
    const opportunity = { ticker, strategy: "s", decision: "trade", reason: "edge" } as const;
    const row = anOpportunity(run, count, { ...opportunity, pModel: 0.9, pMarket: 0.6 });
    heard.opportunity(row);
    const ids = { orderId, clientOrderId: orderId, ticker, strategy: "s" };
    heard.order(anOrder(row.opportunityId, ids));
    return orderId;
  };
  return {
    /** An order that nobody fills. */
    miss: (ticker: string) => {
      const orderId = enter(ticker);
      const end = { state: "canceled", filledQty: qty(0), reason: "ioc_remainder" } as const;
      heard.orderEvent({ orderId, atMs: T0 + 3_000, ...end });
    },
    /** Ten contracts for $5 that are worth nothing in the end. */
    lose: (ticker: string) => {
      const orderId = enter(ticker);
      const size = { qty: qty(1_000), cost: money(5_000_000), price: price(5_000) };
      heard.fill(aFill({ orderId, fillId: orderId, ticker, ...size, atMs: T0 + 3_000 }));
      heard.ledger(aLeg({ ticker, ...size, orderId, strategy: "s" }));
      const settled = { yesPayout: price(0), result: "no", isFinal: true } as const;
      const ruling = {
        ...settled,
        ticker,
        source: "test",
        expirationValue: null,
        atMs: T0 + 9_000,
      };
      const holding = { ticker, qty: size.qty, cost: size.cost, strategy: "s" };
      heard.ledger(firstLeg(holding, ruling).leg);
      const result = { type: "settlement", eventTicker: "E", settledMs: T0 + 9_000 } as const;
      heard.event({ ...result, ...ruling, final: true, recvMs: T0 + 9_000 }, null);
    },
  };
}

test("I23, I31: a restart knows what the run before it knew, and forgives what a person has cleared", async () => {
  const path = tempDb();
  const run = aRecorder(path, "live");
  const books = pastOf(path);
  const latched: LatchCause[] = [];
  const desk = new BreakerDesk(books, (cause) => latched.push(cause));
  const { lose, miss } = trader(run, desk.hear(run));
  for (const nr of [1, 2, 3]) lose(`LOST-${nr}-1`);
  for (let nr = 0; nr < 3; nr++) miss("REPEATED-1-1");
  expect(latched).toEqual([]);
  for (const nr of [4, 5, 6]) lose(`LOST-${nr}-1`);
  expect([...new Set(latched.map(({ kind }) => kind))]).toEqual([
    "daily_loss",
    "rolling_loss",
    "loss_streak",
  ]);
  await run.close(0);

  const before = known(books);
  expect(before).toMatchObject([30_000_000, 30_000_000, 30_000_000, {}, {}, { results: 6 }, {}]);
  expect(known(pastOf(path))).toEqual(before);
  expect(pastOf(path).used.entries).toHaveLength(9);
  expect(rows(path, "SELECT kind, value FROM risk_events")).toEqual([
    { kind: "loss_cooldown", value: 60 },
  ]);

  const writer = createLedgerWriter({ path, env: "sim" });
  const owner = { mode: "live", runId: null };
  for (const kind of ["daily_loss", "rolling_loss", "loss_streak"]) {
    const row = { atMs: NOW, kind, value: 1, limitValue: 1, reason: "test" };
    writer.setLatch(row, owner);
    writer.clearLatch({ mode: "live", kind, atMs: NOW, reason: "looked at it" });
  }
  writer.close();
  const after = pastOf(path);
  expect(after.losses.causes(NOW)).toEqual([]);
  // The day is not reopened: entries are still held against what was lost.
  expect(after.losses.day(NOW)).toBe(30_000_000);
});

test("a loss that was booked while nothing ran latches at the start", async () => {
  const path = tempDb();
  const run = aRecorder(path, "live");
  const { lose } = trader(run, run);
  for (const nr of [1, 2, 3, 4, 5, 6]) lose(`LOST-${nr}-1`);
  await run.close(0);
  const kinds: string[] = [];
  new BreakerDesk(pastOf(path), ({ kind }) => kinds.push(kind)).start(NOW);
  expect(kinds).toContain("daily_loss");
});

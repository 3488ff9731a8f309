import { dirname } from "node:path";
import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { pnl } from "../../../src/adapters/sqlite/queries/ledger.ts";
import { pastTrading } from "../../../src/adapters/sqlite/queries/past-trading.ts";
import { listPositions } from "../../../src/adapters/sqlite/queries/positions.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import type { PastTrading } from "../../../src/core/past-trading.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { rows } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";
import { aLeg, anOpportunity, anOrder, aRecorder, T0, TICKER, tempDb } from "./support.ts";

const NOW = T0 + 60_000;
const DAY = 86_400_000;

const starting = (accountKey: string | undefined, startedMs = T0) =>
  ({
    run: { mode: "paper", startedMs, version: "0.1.0", config: {}, command: "paper", accountKey },
  }) as const;

const paper = (path: string, accountKey: string | undefined = "paper s") =>
  aRecorder(path, "paper", starting(accountKey));

let orders = 0;
/** An order of strategy `s` and one fill of it. */
function traded(recorder: SqliteRecorder, fill: Partial<Parameters<typeof aFill>[0]> = {}): void {
  orders++;
  const orderId = `o${orders}`;
  const ticker = fill.ticker ?? TICKER;
  const row = anOpportunity(recorder, orders, { decision: "trade", ticker });
  recorder.opportunity(row);
  const ids = { orderId, clientOrderId: orderId, ticker, strategy: "s" };
  recorder.order(anOrder(row.opportunityId, ids));
  recorder.fill(aFill({ orderId, fillId: `f${orders}`, atMs: NOW - 1_000, ...fill, ticker }));
}

function market(recorder: SqliteRecorder, ticker: string, closeMs: number): void {
  recorder.event({ type: "market", market: aMarket({ ticker, openMs: T0, closeMs }), recvMs: T0 });
}

function pastOf(path: string, account: number, nowMs = NOW): PastTrading {
  const reader = openReader(path);
  try {
    return pastTrading(reader, { account, mode: "paper" }, nowMs);
  } finally {
    reader.close();
  }
}

test("a run goes on from the newest one of its strategies that has ended, and no two from the same", async () => {
  const path = tempDb();
  const first = paper(path);
  expect(first.account).toEqual({ account: first.runId, continues: null });
  // It still runs.
  const beside = paper(path);
  expect(beside.account).toEqual({ account: beside.runId, continues: null });
  await first.close(0);
  const next = paper(path);
  expect(next.account).toEqual({ account: first.runId, continues: first.runId });
  const third = paper(path);
  expect(third.account).toEqual({ account: third.runId, continues: null });
  expect(paper(path, "paper other").account?.continues).toBeNull();
  expect(paper(path, undefined).account).toEqual(expect.objectContaining({ continues: null }));
  await next.close(0);
  expect(paper(path).account).toEqual({ account: first.runId, continues: next.runId });
});

test("a run without a key has no account", () => {
  expect(aRecorder(tempDb(), "paper").account).toBeNull();
});

test("it is told the fills of its account that still count, and what was lost today", async () => {
  const path = tempDb();
  const first = paper(path);
  market(first, "OPEN", NOW + 1);
  market(first, "CLOSED", NOW);
  market(first, "LONG AGO", NOW - DAY);
  traded(first, { ticker: "LONG AGO", atMs: NOW - DAY + 1 });
  traded(first, { ticker: "LONG AGO", atMs: NOW - DAY });
  traded(first, { ticker: "OPEN", atMs: NOW - 3 * DAY });
  traded(first, { ticker: "CLOSED", atMs: NOW - DAY + 1 });
  traded(first, { ticker: "CLOSED", atMs: NOW - DAY });
  traded(first, { ticker: "OPEN", atMs: NOW, qty: qty(300), isTaker: false });
  traded(first, { ticker: "OPEN", atMs: NOW + 1 });
  const midnight = Math.floor(NOW / DAY) * DAY;
  first.ledger(aLeg({ action: "sell", pnl: money(-5), atMs: midnight }));
  first.ledger(aLeg({ action: "sell", pnl: money(-7), atMs: midnight - 1 }));
  first.ledger(aLeg({ action: "sell", pnl: money(9), atMs: midnight + 1 }));
  await first.close(0);
  const other = paper(path, "paper other");
  traded(other, { ticker: "OPEN" });
  await other.close(0);
  const { fills, losses } = pastOf(path, first.runId);
  expect(
    fills.map(({ fill, isOpen, strategy }) => [fill.ticker, fill.atMs - NOW, isOpen, strategy]),
  ).toEqual([
    ["LONG AGO", 1 - DAY, false, "s"],
    ["OPEN", -3 * DAY, true, "s"],
    ["CLOSED", 1 - DAY, true, "s"],
    ["CLOSED", -DAY, true, "s"],
    ["OPEN", 0, true, "s"],
  ]);
  expect(fills.at(-1)?.fill).toMatchObject({ qty: 300, isTaker: false, price: 5_000, side: "yes" });
  expect(losses).toEqual([{ pnl: -5, atMs: midnight }]);
});

test("after a reset the strategy's fills are nobody's: still held, no longer its own", async () => {
  const path = tempDb();
  const first = paper(path);
  market(first, TICKER, NOW + 1);
  traded(first, { atMs: NOW - 2_000 });
  traded(first, { atMs: NOW - 500 });
  await first.close(0);
  const writer = createLedgerWriter({ path, env: "sim" });
  const reason = "sold by hand: all of it";
  writer.resetStrategy({ mode: "paper", strategy: "s", atMs: NOW - 1_000, reason });
  writer.resetStrategy({ mode: "live", strategy: "s", atMs: NOW, reason });
  writer.resetStrategy({ mode: "paper", strategy: "other", atMs: NOW, reason });
  writer.close();
  expect(pastOf(path, first.runId).fills.map(({ strategy }) => strategy)).toEqual(["", "s"]);
});

test("what one run bought and the next one sold is one position that is closed", async () => {
  const path = tempDb();
  const first = paper(path);
  traded(first, { price: price(5_000), qty: qty(1_000), fee: money(0) });
  await first.close(0);
  const second = paper(path);
  traded(second, { action: "sell", price: price(6_000), qty: qty(400), fee: money(0) });
  const positions = () => {
    const reader = openReader(path);
    try {
      return listPositions(reader, { all: true });
    } finally {
      reader.close();
    }
  };
  expect(positions()).toMatchObject([{ runId: first.runId, qty: 600, realized: 400_000 }]);
  traded(second, { action: "sell", price: price(6_000), qty: qty(600), fee: money(0) });
  expect(positions()).toMatchObject([{ runId: first.runId, qty: 0, realized: 1_000_000 }]);
});

test("why tells a sale by what an earlier run on the account paid, and a purchase by what a later one got", async () => {
  const path = tempDb();
  const first = paper(path);
  traded(first, { price: price(5_000), qty: qty(1_000), fee: money(0) });
  await first.close(0);
  const second = paper(path);
  traded(second, {
    action: "sell",
    price: price(6_000),
    qty: qty(1_000),
    fee: money(0),
    atMs: NOW,
  });
  await second.close(0);
  const folder = dirname(path);
  const ids = rows(path, "SELECT opportunity_id FROM order_intents ORDER BY created_ms, order_id");
  for (const [id] of ids) {
    const { stdout } = await kbtHere(["why", String(id), "--db", path, "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, data: { pnl_usd: "1.00" } });
  }
  expect(ids).toHaveLength(2);
});

test("what was settled before its close is held no more", async () => {
  const path = tempDb();
  const first = paper(path);
  market(first, "EARLY", NOW + DAY);
  traded(first, { ticker: "EARLY" });
  await first.close(0);
  const writer = createLedgerWriter({ path, env: "sim" });
  const leg = aLeg({ action: "settle", ticker: "EARLY", orderId: null, price: null });
  writer.appendLedger(leg, { mode: "paper", runId: first.runId });
  writer.close();
  expect(pastOf(path, first.runId).fills.map(({ isOpen }) => isOpen)).toEqual([false]);
});

test("a position that one run bought and the next one sold is one that won or lost", async () => {
  const path = tempDb();
  const first = paper(path);
  first.ledger(aLeg({ action: "buy", pnl: null }));
  first.ledger(aLeg({ action: "sell", pnl: money(30) }));
  await first.close(0);
  const second = paper(path);
  second.ledger(aLeg({ action: "sell", pnl: money(-50) }));
  await second.close(0);
  const reader = openReader(path);
  expect(pnl(reader, "strategy")).toMatchObject([{ closed: 1, wins: 0, losses: 1, pnl: -20 }]);
  reader.close();
});

test("a settlement that both a run and cron see is booked once, whichever run held the position first", async () => {
  const path = tempDb();
  const first = paper(path);
  traded(first, { qty: qty(1_000) });
  await first.close(0);
  const second = paper(path);
  const leg = aLeg({
    action: "settle",
    price: null,
    qty: qty(1_000),
    status: "yes",
    orderId: null,
    strategy: "s",
  });
  second.ledger(leg);
  const writer = createLedgerWriter({ path, env: "sim" });
  expect(writer.appendLedger(leg, { mode: "paper", runId: first.runId })).toBe(false);
  // Another account's position in the same market is another position.
  const other = paper(path, "paper other");
  traded(other, { qty: qty(1_000) });
  expect(writer.appendLedger(leg, { mode: "paper", runId: other.runId })).toBe(true);
  writer.close();
});

test("on the real account a holding that has closed counts until it is settled, by whomever", async () => {
  const path = tempDb();
  const first = aRecorder(path, "live", { run: { ...starting("live").run, mode: "live" } });
  const [closed, settled] = ["KXBTC15M-26AUG170100-00", "KXBTC15M-26AUG170045-45"] as const;
  for (const ticker of [closed, settled]) {
    market(first, ticker, NOW - 500);
    traded(first, { ticker });
  }
  await first.close(0);
  const cron = createLedgerWriter({ path, env: "sim" });
  const lost = { status: "no", cost: money(0), pnl: money(-4_000_000) } as const;
  const leg = aLeg({ ticker: settled, action: "settle", ...lost, atMs: NOW - 100 });
  cron.appendLedger(leg, { mode: "live", runId: null });
  cron.close();
  const reader = openReader(path);
  const past = pastTrading(reader, { account: first.runId, mode: "live" }, NOW);
  const onPaper = pastTrading(reader, { account: first.runId, mode: "paper" }, NOW);
  reader.close();
  const open = past.fills.filter(({ isOpen }) => isOpen).map(({ fill }) => fill.ticker);
  expect(open).toEqual([closed]);
  expect(past.settled).toMatchObject([
    { ruling: { ticker: settled, atMs: NOW - 100, isFinal: true }, cost: 4_000_000, payout: 0 },
  ]);
  // The settled position says it already.
  expect(past.losses).toEqual([]);
  expect(onPaper.settled).toEqual([]);
});

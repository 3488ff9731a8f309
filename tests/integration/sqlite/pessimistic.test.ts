import { dirname } from "node:path";
import { expect, test } from "vitest";
import { openReader, type Reader } from "../../../src/adapters/sqlite/open.ts";
import { listLedger, pnl } from "../../../src/adapters/sqlite/queries/ledger.ts";
import { pastShadow } from "../../../src/adapters/sqlite/queries/pessimistic.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import type { PessimisticLeg } from "../../../src/core/records.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { kbtHere } from "../../support/shell.ts";
import { aLeg, aRecorder, rows, T0, TICKER, tempDb } from "./support.ts";

const NOW = T0 + 60_000;

const paper = (path: string): SqliteRecorder =>
  aRecorder(path, "paper", {
    run: {
      mode: "paper",
      startedMs: T0,
      version: "0.1.0",
      config: {},
      command: "paper",
      accountKey: "paper s",
    },
  });

const leg = (overrides: Partial<PessimisticLeg> = {}): PessimisticLeg => ({
  atMs: T0 + 2_000,
  ticker: TICKER,
  strategy: "s",
  orderId: "o1",
  action: "buy",
  side: "yes",
  price: price(5_000),
  qty: qty(400),
  fee: money(70_000),
  pnl: null,
  ruling: null,
  ...overrides,
});

const settled = (pnlUd: number, overrides: Partial<PessimisticLeg> = {}): PessimisticLeg =>
  leg({
    action: "settle",
    orderId: null,
    price: null,
    fee: money(0),
    pnl: money(pnlUd),
    ruling: {
      ticker: overrides.ticker ?? TICKER,
      result: pnlUd > 0 ? "yes" : "no",
      yesPayout: price(pnlUd > 0 ? 10_000 : 0),
      isFinal: true,
      source: "kalshi",
      expirationValue: null,
      atMs: T0 + 2_000,
    },
    ...overrides,
  });

function read<T>(path: string, look: (reader: Reader) => T): T {
  const reader = openReader(path);
  try {
    return look(reader);
  } finally {
    reader.close();
  }
}

test("profits are a range: what each account made, by strategy, series and day", async () => {
  const path = tempDb();
  const recorder = paper(path);
  const other = "KXSOL15M-26NOV021415-15";
  recorder.ledger(aLeg({ action: "settle", strategy: "s", ticker: TICKER, pnl: money(3_000_000) }));
  recorder.ledger(aLeg({ action: "settle", strategy: "z", ticker: other, pnl: money(1_000_000) }));
  recorder.pessimistic(leg());
  recorder.pessimistic(settled(1_930_000));
  recorder.pessimistic(leg({ ticker: other, orderId: "o2" }));
  recorder.pessimistic(settled(-2_070_000, { ticker: other }));
  await recorder.close(0);
  const range = (by: "strategy" | "series" | "day"): unknown[] =>
    read(path, (reader) =>
      pnl(reader, by).map((row) => [row.key, row.pessimistic, row.pnl, row.optimistic]),
    );
  // The worse and the better of both, position by position: 1.93 or 3.00 dollars of BTC, −2.07 or 1.00 of SOL.
  expect(range("series")).toEqual([
    ["KXBTC15M", 1_930_000, 3_000_000, 3_000_000],
    ["KXSOL15M", -2_070_000, 1_000_000, 1_000_000],
  ]);
  expect(range("day")).toEqual([["2026-11-02", -140_000, 4_000_000, 4_000_000]]);
  // What one account alone traded has a line too: `z` is of no pessimistic leg.
  expect(range("strategy")).toEqual([
    ["s", -140_000, 3_000_000, 3_000_000],
    ["z", 0, 1_000_000, 1_000_000],
  ]);
  const [total] = rows(path, "SELECT sum(pnl_ud) AS pnl FROM pessimistic_legs");
  expect(total).toEqual({ pnl: -140_000 });
});

test("an account that was not filled where the other one lost is the better end there", async () => {
  const path = tempDb();
  const recorder = paper(path);
  recorder.ledger(aLeg({ action: "settle", strategy: "s", ticker: "A", pnl: money(-5_000_000) }));
  recorder.ledger(aLeg({ action: "settle", strategy: "s", ticker: "B", pnl: money(2_000_000) }));
  recorder.pessimistic(leg({ ticker: "B" }));
  recorder.pessimistic(settled(1_930_000, { ticker: "B" }));
  await recorder.close(0);
  expect(read(path, (reader) => pnl(reader, "strategy"))).toMatchObject([
    {
      pessimistic: -3_070_000,
      pnl: -3_000_000,
      optimistic: 2_000_000,
      closed: 2,
      wins: 1,
      losses: 1,
    },
  ]);
});

test("live, and runs of before there was such an account, have one number", async () => {
  const path = tempDb();
  for (const mode of ["live", "paper"] as const) {
    const recorder = aRecorder(path, mode);
    recorder.fill(aFill({ orderId: mode }));
    recorder.ledger(aLeg({ action: "settle", pnl: money(3_000_000) }));
    await recorder.close(0);
  }
  const ranges = read(path, (reader) =>
    pnl(reader, "strategy").flatMap((row) => [row.pessimistic, row.optimistic]),
  );
  expect(ranges).toEqual([null, null, null, null]);
});

test("the class of a fill is on file, and beside its leg", async () => {
  const path = tempDb();
  const recorder = paper(path);
  for (const fillClass of ["crossed", "queue", "through", null] as const) {
    const fillId = `f-${fillClass}`;
    recorder.fill(aFill({ orderId: "o1", fillId, fillClass }));
    recorder.ledger(aLeg({ orderId: "o1", payload: { fill_id: fillId } }));
  }
  recorder.ledger(aLeg({ action: "settle", orderId: null, payload: {} }));
  await recorder.close(0);
  const classes = read(path, (reader) => listLedger(reader).map((row) => row.fillClass));
  expect(classes.toReversed()).toEqual(["crossed", "queue", "through", null, null]);
});

test("a run goes on with what the pessimistic account of the last one left open or may be corrected", async () => {
  const path = tempDb();
  const first = paper(path);
  const list = (ticker: string, closeMs: number): void =>
    first.event({ type: "market", market: aMarket({ ticker, openMs: T0, closeMs }), recvMs: T0 });
  for (const ticker of ["OPEN", "PAID"]) list(ticker, NOW + 1_000);
  list("LONG-AGO", NOW - 86_400_000);
  for (const ticker of ["OPEN", "PAID", "LONG-AGO"]) first.pessimistic(leg({ ticker }));
  first.pessimistic(settled(1_930_000, { ticker: "PAID" }));
  first.pessimistic(leg({ ticker: "OPEN", atMs: NOW + 1, orderId: "later" }));
  await first.close(0);
  const past = read(path, (reader) => pastShadow(reader, first.runId, NOW));
  expect(past).toEqual([
    leg({ ticker: "OPEN" }),
    leg({ ticker: "PAID" }),
    settled(1_930_000, { ticker: "PAID" }),
  ]);
});

test("ledger settle pays and corrects the pessimistic account too, once, also beside a run that still goes on", async () => {
  const path = tempDb();
  const first = paper(path);
  first.pessimistic(leg());
  await first.close(0);
  const second = paper(path);
  expect(second.account?.account).toBe(first.runId);
  const says = (result: "yes" | "no", final: boolean): void => {
    const seen = {
      settledMs: T0 + 900_000,
      recvMs: T0 + 900_000,
      source: "kalshi",
      yesPayout: null,
    };
    const what = { ticker: TICKER, eventTicker: "KXBTC15M-26NOV021415", expirationValue: "1" };
    second.event({ type: "settlement", ...what, ...seen, result, final });
    second.flush();
  };
  const args = ["ledger", "settle", "--sim", "--db", path, "--json"];
  for (const [result, final] of [
    ["yes", false],
    ["no", true],
  ] as const) {
    says(result, final);
    for (let time = 0; time < 2; time++) {
      expect((await kbtHere(args, dirname(path))).code).toBe(0);
    }
  }
  // The run hears of it as well.
  second.pessimistic(settled(-2_070_000));
  await second.close(0);
  expect(
    rows(
      path,
      "SELECT run_id, qty_cq, pnl_ud, provisional FROM pessimistic_legs WHERE action = 'settle' ORDER BY leg_id",
    ),
  ).toEqual([
    { run_id: first.runId, qty_cq: 400, pnl_ud: 1_930_000, provisional: 1 },
    { run_id: first.runId, qty_cq: 0, pnl_ud: -4_000_000, provisional: 0 },
  ]);
});

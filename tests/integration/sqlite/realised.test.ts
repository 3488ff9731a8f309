import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openReader, type Reader } from "../../../src/adapters/sqlite/open.ts";
import { boughtBy, realisedProfits } from "../../../src/adapters/sqlite/queries/realised.ts";
import { scoredRows } from "../../../src/adapters/sqlite/queries/scored.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { aLeg, anOpportunity, anOrder, T0 } from "./support.ts";

const YES = "KXBTC15M-A";
const CLOSE_MS = T0 + 900_000;

const folder = mkdtempSync(join(tmpdir(), "kbt-realised-"));
let reader: Reader;

beforeAll(async () => {
  const path = join(folder, "q.sqlite");
  const recorder = createRecorder({
    path,
    env: "sim",
    run: { mode: "paper", startedMs: T0, version: "0.1.0", config: {}, command: "paper" },
    nowMs: () => CLOSE_MS,
  });
  const market = aMarket({ ticker: YES, closeMs: CLOSE_MS });
  recorder.event({ type: "market", market, recvMs: T0 });
  for (const nr of [0, 1]) recorder.opportunity(anOpportunity(recorder, nr, { ticker: YES }));
  recorder.order(anOrder(recorder.runId * 1e10, { ticker: YES }));
  const fill = { orderId: "o1", ticker: YES, fee: money(10_000), atMs: T0 + 1 };
  recorder.fill(aFill({ ...fill, fillId: "1", price: price(6_000), qty: qty(100) }));
  recorder.fill(aFill({ ...fill, fillId: "2", price: price(6_100), qty: qty(50) }));
  recorder.ledger(aLeg({ ticker: YES, atMs: T0 + 1, cost: money(610_000) }));
  const sold = { action: "sell", cost: money(-270_000) } as const;
  recorder.ledger(aLeg({ ...sold, ticker: YES, atMs: T0 + 2, pnl: money(26_000) }));
  recorder.ledger(aLeg({ ...sold, ticker: YES, atMs: T0 + 9, pnl: money(-5), strategy: "fade" }));
  recorder.event({
    type: "settlement",
    ticker: YES,
    eventTicker: "E",
    result: "yes",
    yesPayout: null,
    expirationValue: "1",
    settledMs: CLOSE_MS + 10_000,
    final: true,
    source: "kalshi",
    recvMs: CLOSE_MS + 11_000,
  });
  await recorder.close(0);
  reader = openReader(path);
});

afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true, force: true });
});

test("of two evaluations the one whose order filled, at what a contract came to with its fees", () => {
  const bought = [...scoredRows(reader, { filledOnly: true })];
  expect(bought.map((row) => row.opportunityId)).toEqual([10_000_000_000]);
  // 60 cents for one and 61 for half of one, and two cents of fees, over one and a half.
  expect([...boughtBy(reader)]).toEqual([[10_000_000_000, { atMs: T0 + 1, cost: 616_667 }]]);
});

test("profits are those of legs that realised one, by time", () => {
  expect(realisedProfits(reader, { mode: "paper" })).toEqual([
    { runId: 1, atMs: T0 + 2, pnl: 26_000 },
    { runId: 1, atMs: T0 + 9, pnl: -5 },
  ]);
  expect(realisedProfits(reader, { strategies: ["fade"] })).toHaveLength(1);
  expect(realisedProfits(reader, { until: T0 })).toEqual([]);
});
